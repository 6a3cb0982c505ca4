import { InvalidArgumentError } from 'commander';
import { loadJob } from '../job/load-job.js';
import type { Shard } from '../run/plan/shard-inputs.js';
import type { CommandFile } from './command.js';
import { jobOptions, withJob } from './job-options.js';
import { planTable } from './plan-table.js';
import { print, printJson } from './print.js';
import { parseShard, shardHelp } from './shard-option.js';
import { stopSignal } from './stop-signal.js';
import { screenWidth } from './table.js';

/** `nightshift plan JOB`: one line of JSON, for a scheduler to fan out over; a table on a terminal. */
export const plan = {
  name: 'plan',
  summary: 'the partitions of a job, as one line of JSON',
  describe: (command) =>
    withJob(command)
      .option('--partition <glob>', 'only matching partitions')
      .option('--shard <i/n>', shardHelp, (text: string) => parseShard(text))
      .option(
        '--shards <n>',
        'also list n shards with their partitions and bytes, except empty ones',
        parseCount,
      )
      .option(
        '--save',
        'pin the inputs for `run --shard` and `finish`: these end with 5 if the inputs change',
        false,
      )
      .option('--json', 'print JSON even on a terminal', false)
      .option('--todo', 'only partitions whose record says they are not published', false)
      .addHelpText(
        'after',
        '\nCost: reads each input’s size; opens neither inputs nor model. Writes nothing without --save.',
      ),
  async run(args, options) {
    const job = await loadJob(args[0]!, jobOptions(options));
    const { listPartitions } = await import('../run/list-partitions.js');
    const stop = options['save'] === true ? stopSignal() : null;
    const { partitions, shards } = await listPartitions(job, {
      partition: (options['partition'] as string | undefined) ?? null,
      shard: (options['shard'] as Shard | undefined) ?? null,
      shards: (options['shards'] as number | undefined) ?? null,
      saving: stop?.signal ?? null,
    }).finally(() => stop?.release());
    const shown =
      options['todo'] === true ? partitions.filter(({ state }) => state !== 'published') : partitions;
    const more = shards === null ? {} : { shards };
    const isTable = process.stdout.isTTY === true && options['json'] !== true;
    if (isTable) print(`${planTable(job, shown, shards, screenWidth()).join('\n')}\n`);
    else await printJson({ job: job.name, output: job.output.path, ...more, partitions: shown });
    return 0;
  },
} satisfies CommandFile;

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('must be a whole number from 1 to 999999');
  return Number(text);
}
