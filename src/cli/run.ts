import { InvalidError } from '../errors.js';
import { dayOf } from '../job/date-layout.js';
import { datesBetween } from '../job/date-range.js';
import type { Shard } from '../run/plan/shard-inputs.js';
import type { CommandFile } from './command.js';
import { withJob, withRun } from './job-options.js';
import { runToReport, type Start } from './run-to-report.js';
import { parseShard, shardHelp } from './shard-option.js';

/** `nightshift run JOB`. */
export const run = {
  name: 'run',
  summary: 'score the partitions that are not published yet, and publish each one',
  describe: (command) =>
    withRun(withJob(command))
      .option('--partition <glob>', 'only matching partitions')
      .option('--shard <i/n>', `${shardHelp}; afterwards run: nightshift finish`, (text: string) =>
        parseShard(text),
      )
      .option(
        '--from <date>',
        'with --to: run each date (day, month or year) separately, one after another',
        dateOf,
      )
      .option('--to <date>', 'the last date, included', dateOf)
      .option('--force', 'rescore published and quarantined partitions', false)
      .addHelpText(
        'after',
        '\nCost: one pass over the input. Memory depends on chunk size, workers and model, not on the input.',
      ),
  async run(args, options) {
    const start: Start = async (job, settings) => {
      const { runJob } = await import('../run/run-job.js');
      return runJob(job, {
        ...settings,
        selection: {
          partition: (options['partition'] as string | undefined) ?? null,
          shard: (options['shard'] as Shard | undefined) ?? null,
          failedOnly: false,
        },
        force: options['force'] === true,
      });
    };
    const dates = datesOf(options);
    if (dates === null) {
      const pipes = options['shard'] === undefined;
      return (await runToReport(args[0]!, options, start, { pipes })).exit_code;
    }
    const { backfill } = await import('./backfill.js');
    return backfill(args[0]!, options, dates, start);
  },
} satisfies CommandFile;

function dateOf(text: string): string {
  return dayOf(text, new Date());
}

/** Returns the dates from `--from` to `--to`; null without them. */
function datesOf(options: Readonly<Record<string, unknown>>): readonly string[] | null {
  const { from, to, date } = options as Readonly<Partial<Record<string, string>>>;
  if (from === undefined && to === undefined) return null;
  if (from === undefined || to === undefined || date !== undefined) {
    const message = 'give "--from" and "--to" together, and without "--date"';
    throw new InvalidError('usage', message, { hint: 'see nightshift run --help' });
  }
  return datesBetween(from, to);
}
