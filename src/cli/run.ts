import { loadJob } from '../job/load-job.js';
import type { RunReport } from '../run/report.js';
import type { CommandFile } from './command.js';
import { exitOf, tellExit } from './exit.js';
import { jobOptions, parseShard, withJob } from './job-options.js';
import { openObserver } from './observe.js';
import { stopSignal } from './stop-signal.js';

/** `nightshift run JOB`. */
export const run = {
  name: 'run',
  summary: 'score what is not yet scored, and publish it partition by partition',
  describe: (command) =>
    withJob(command)
      .option('--workers <n>', 'processes that score, in place of the job file’s')
      .option('--memory <size>', 'the memory budget, e.g. 1GiB')
      .option('--partition <glob>', 'only these partitions')
      .option('--shard <i/n>', 'only every n-th partition, from the i-th on', parseShard)
      .option('--force', 'also what is already published', false)
      .option('--quiet', 'no progress', false)
      .addHelpText(
        'after',
        '\nCost: one pass over the input. Memory depends on chunk size, workers and model, not on the input.',
      ),
  run: (args, options) => runToReport(args[0]!, options, false),
} satisfies CommandFile;

/** Runs a job and prints the one line of JSON that says how it ended, whatever happens. */
export async function runToReport(
  path: string,
  options: Readonly<Record<string, unknown>>,
  failedOnly: boolean,
): Promise<number> {
  const stop = stopSignal();
  try {
    const job = await loadJob(path, jobOptions(options));
    const { runJob } = await import('../run/run-job.js');
    const observer = await openObserver(options['quiet'] === true);
    const { report, summary } = await runJob(job, {
      selection: {
        partition: (options['partition'] as string | undefined) ?? null,
        shard: (options['shard'] as { index: number; count: number } | undefined) ?? null,
        failedOnly,
      },
      force: options['force'] === true,
      observe: observer.observe,
      signal: stop.signal,
    }).finally(() => observer.close());
    if (summary !== null && options['quiet'] !== true) {
      const { terminalSummary } = await import('../quality/terminal.js');
      process.stderr.write(`${terminalSummary(summary, process.stderr.isTTY === true)}\n`);
    }
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return report.exit_code;
  } catch (error) {
    const exit = exitOf(error);
    process.stderr.write(tellExit(exit));
    process.stdout.write(`${JSON.stringify(failedReport(path, exit))}\n`);
    return exit.code;
  } finally {
    stop.release();
  }
}

/** The report of a run that ended before its first partition, with what went wrong beside the fields that are always there. */
function failedReport(job: string, { code, reason, message, hint }: ReturnType<typeof exitOf>): object {
  const report: Omit<RunReport, 'output' | 'summary'> & { output: null; summary: null } = {
    job,
    run_id: '',
    exit_code: code,
    reason,
    partitions: { planned: 0, published: 0, failed: 0, skipped: 0 },
    rows: { read: 0, scored: 0, repaired: 0, flagged: 0, rejected: 0 },
    output: null,
    summary: null,
  };
  return { ...report, error: { message, hint } };
}
