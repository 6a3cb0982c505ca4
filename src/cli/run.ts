import type { CommandFile } from './command.js';
import { withJob, withRun } from './job-options.js';
import { runToReport } from './run-to-report.js';
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
      .option('--force', 'rescore published and quarantined partitions', false)
      .addHelpText(
        'after',
        '\nCost: one pass over the input. Memory depends on chunk size, workers and model, not on the input.',
      ),
  run: (args, options) =>
    runToReport(args[0]!, options, async (job, heard) => {
      const { runJob } = await import('../run/run-job.js');
      return runJob(job, {
        ...heard,
        selection: {
          partition: (options['partition'] as string | undefined) ?? null,
          shard: (options['shard'] as { index: number; count: number } | undefined) ?? null,
          failedOnly: false,
        },
        force: options['force'] === true,
      });
    }),
} satisfies CommandFile;
