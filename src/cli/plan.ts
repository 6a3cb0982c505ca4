import { loadJob } from '../job/load-job.js';
import type { CommandFile } from './command.js';
import { jobOptions, parseShard, withJob } from './job-options.js';
import { print } from './print.js';

/** `nightshift plan JOB`: one line of JSON, for a scheduler to fan out over. */
export const plan = {
  name: 'plan',
  summary: 'the partitions of a job, as one line of JSON',
  describe: (command) =>
    withJob(command)
      .option('--partition <glob>', 'only matching partitions')
      .option('--shard <i/n>', 'only every n-th partition, starting at the i-th', parseShard)
      .option('--json', 'as JSON (the only format)', false)
      .option('--todo', 'only partitions whose record says they are not published', false)
      .addHelpText(
        'after',
        '\nCost: reads each input’s size; opens neither inputs nor model, writes nothing.',
      ),
  async run(args, options) {
    const job = await loadJob(args[0]!, jobOptions(options));
    const { listPartitions } = await import('../run/list-partitions.js');
    const partitions = await listPartitions(job, {
      partition: (options['partition'] as string | undefined) ?? null,
      shard: (options['shard'] as { index: number; count: number } | undefined) ?? null,
      failedOnly: false,
    });
    const shown =
      options['todo'] === true ? partitions.filter(({ state }) => state !== 'published') : partitions;
    print(`${JSON.stringify({ job: job.name, output: job.output.path, partitions: shown })}\n`);
    return 0;
  },
} satisfies CommandFile;
