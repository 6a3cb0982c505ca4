import type { Job } from '../job/job.js';
import { loadJob } from '../job/load-job.js';
import type { Observe } from '../run/events.js';
import type { RunEnd } from '../run/run-job.js';
import type { RunOptions } from '../run/scene.js';
import { exitOf, tellExit } from './exit.js';
import { jobOptions } from './job-options.js';
import { type FailedReport, type Machines, openMachines } from './machines.js';
import { openObserver } from './observe.js';
import { stopSignal } from './stop-signal.js';
import { isColoured, printable } from './table.js';

export type Start = (job: Job, heard: Pick<RunOptions, 'observe' | 'signal'>) => Promise<RunEnd>;

/** Runs what `start` does with a job and prints the one line of JSON that says how it ended, whatever happens. */
export async function runToReport(
  path: string,
  options: Readonly<Record<string, unknown>>,
  start: Start,
): Promise<number> {
  const stop = stopSignal();
  let machines: Machines | null = null;
  try {
    const job = await loadJob(path, jobOptions(options));
    machines = await openMachines(path, job, options);
    const observer = await openObserver(options['quiet'] === true);
    const observe: Observe = (event) => {
      observer.observe(event);
      machines?.observe(event);
    };
    const end = await start(job, { observe, signal: stop.signal }).finally(() => observer.close());
    await tellEnd(end, options['quiet'] === true);
    await machines?.end(end.report, end.summary, end.stopped?.message ?? end.failures[0]?.message ?? null);
    process.stdout.write(`${JSON.stringify(end.report)}\n`);
    return end.report.exit_code;
  } catch (error) {
    const exit = exitOf(error);
    process.stderr.write(tellExit(exit));
    const report = failedReport(path, exit);
    // A run that never had a job still leaves its exit code for those who watch.
    machines ??= await openMachines(path, null, options).catch(() => null);
    await machines?.end(report, null, exit.message).catch(() => {});
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return exit.code;
  } finally {
    stop.release();
  }
}

async function tellEnd({ summary, stopped, failures }: RunEnd, quiet: boolean): Promise<void> {
  if (summary !== null && !quiet) {
    const { terminalSummary } = await import('../quality/terminal.js');
    process.stderr.write(`${terminalSummary(summary, isColoured(process.stderr))}\n`);
  }
  if (summary === null)
    for (const { message } of failures.slice(0, 10)) process.stderr.write(`${printable(message)}\n`);
  if (stopped !== null) process.stderr.write(tellExit({ ...stopped, code: stopped.exitCode }));
}

/** The report of a run that ended before its first partition, with what went wrong beside the fields that are always there. */
export function failedReport(
  job: string,
  { code, reason, message, hint }: ReturnType<typeof exitOf>,
): FailedReport {
  return {
    job,
    run_id: '',
    exit_code: code,
    reason,
    partitions: { planned: 0, published: 0, failed: 0, skipped: 0 },
    rows: { read: 0, scored: 0, repaired: 0, flagged: 0, rejected: 0 },
    output: null,
    summary: null,
    error: { message, hint },
  };
}
