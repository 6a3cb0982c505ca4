import type { CommandFile } from './command.js';
import { exitOnCheck, withJob } from './job-options.js';
import { localPath } from './local-path.js';
import { runToReport } from './run-to-report.js';
import { withStderrForm } from './stderr-form.js';

/** `nightshift finish JOB`. */
export const finish = {
  name: 'finish',
  summary:
    'after shards: check that every partition is published, apply the gates to the whole run, write its summary and _SUCCESS',
  describe: (command) =>
    withStderrForm(withJob(command))
      .option('--metrics <file>', 'also write Prometheus metrics to this file', localPath)
      .option('--quiet', 'no summary on the terminal', false)
      .option('--exit-on-check', exitOnCheck, false)
      .addHelpText(
        'after',
        '\nCost: reads the run folder’s records and the model; reads no input and scores nothing.',
      ),
  async run(args, options) {
    const { exit_code } = await runToReport(args[0]!, options, async (job, settings) => {
      const { finishJob } = await import('../run/finish-job.js');
      return finishJob(job, settings);
    });
    return exit_code;
  },
} satisfies CommandFile;
