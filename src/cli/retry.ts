import type { CommandFile } from './command.js';
import { withJob, withRun } from './job-options.js';
import { runToReport } from './run-to-report.js';

/** `nightshift retry JOB`. */
export const retry = {
  name: 'retry',
  summary: 'run only the partitions that failed, were held back, interrupted or quarantined last time',
  describe: (command) =>
    withRun(withJob(command))
      .option('--partition <glob>', 'only matching partitions among them')
      .addHelpText('after', '\nCost: one pass over the inputs of those partitions.'),
  async run(args, options) {
    const { exit_code } = await runToReport(args[0]!, options, async (job, settings) => {
      const { runJob } = await import('../run/run-job.js');
      const partition = (options['partition'] as string | undefined) ?? null;
      return runJob(job, {
        ...settings,
        selection: { partition, shard: null, failedOnly: true },
        force: false,
      });
    });
    return exit_code;
  },
} satisfies CommandFile;
