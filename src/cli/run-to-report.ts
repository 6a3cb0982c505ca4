import { TransientError } from '../errors.js';
import type { Job } from '../job/job.js';
import { loadJob } from '../job/load-job.js';
import { logLoss, writeOutput, writeOutputNow } from '../process/standard-streams.js';
import type { Observe } from '../run/events.js';
import type { RunReport } from '../run/finish/report.js';
import type { Failure } from '../run/publish/record.js';
import type { RunEnd } from '../run/run-job.js';
import type { RunOptions } from '../run/scene.js';
import { openLog } from '../telemetry/log.js';
import { type Exit, exitOf, logExit, tellExit } from './exit.js';
import { jobOptions } from './job-options.js';
import { type FailedReport, type Machines, openMachines } from './machines.js';
import { openObserver, openRunLog } from './observe.js';
import { type StderrForm, stderrFormOf } from './stderr-form.js';
import { stopSignal } from './stop-signal.js';
import { isColoured, printable } from './table.js';

export type Start = (job: Job, heard: Pick<RunOptions, 'observe' | 'signal'>) => Promise<RunEnd>;

/** Runs what `start` does with a job and prints the one line of JSON that says how it ended, whatever happens. */
export async function runToReport(
  path: string,
  options: Readonly<Record<string, unknown>>,
  start: Start,
): Promise<number> {
  const form = stderrFormOf(options);
  let machines: Machines | null = null;
  let name = path;
  const stop = stopSignal((error) => writeOutputNow(lineOf(failedReport(name, exitOf(error)))));
  try {
    const job = await loadJob(path, jobOptions(options));
    name = job.name;
    machines = await openMachines(path, job, options);
    const observer = await openObserver(options['quiet'] === true, form);
    const observe: Observe = (event) => {
      observer.observe(event);
      machines?.observe(event);
    };
    const end = await start(job, { observe, signal: stop.signal }).finally(() => observer.close());
    await tellEnd(end, options['quiet'] === true, form);
    const report = withError(end);
    await machines?.end(report, end.summary, report.error?.message ?? null);
    return await writeLastLine(report, form);
  } catch (error) {
    const exit = exitOf(error);
    await tellFailure(exit, form);
    const report = failedReport(name, exit);
    // A run that never had a job still leaves its exit code for those who watch.
    machines ??= await openMachines(path, null, options).catch(() => null);
    await machines?.end(report, null, exit.message).catch(() => {});
    return await writeLastLine(report, form);
  } finally {
    stop.release();
  }
}

/**
 * Writes the last line and returns the exit code: a scheduler that reads the line must not take a run without one for a good run (5), and a log that could not
 * be written is said in it.
 */
async function writeLastLine(report: RunReport | FailedReport, form: StderrForm): Promise<number> {
  const error = await writeOutput(lineOf(report));
  if (error === null || report.exit_code !== 0) return report.exit_code;
  const message = `the last line could not be written to standard output (${error})`;
  const hint = 'what was scored is published; free space where standard output goes, then run again';
  const lost = new TransientError('output-lost', message, { hint });
  await tellFailure(exitOf(lost), form);
  return lost.exitCode;
}

function lineOf(report: RunReport | FailedReport): string {
  const loss = logLoss();
  return `${JSON.stringify(loss === null ? report : { ...report, log_loss: loss })}\n`;
}

/** The report, and where not all is well what went wrong first: a scheduler may keep nothing but this line. */
function withError({ report, stopped, failures }: RunEnd): RunReport & Partial<Pick<FailedReport, 'error'>> {
  const failure = stopped ?? failures[0];
  if (report.exit_code === 0 || failure === undefined) return report;
  return { ...report, error: { message: failure.message, hint: failure.hint } };
}

async function tellEnd(end: RunEnd, quiet: boolean, form: StderrForm): Promise<void> {
  const { summary, stopped, failures } = end;
  if (form === 'json') return logEnd(end, quiet);
  if (summary !== null && !quiet) {
    const { terminalSummary } = await import('../quality/terminal.js');
    process.stderr.write(`${terminalSummary(summary, isColoured(process.stderr))}\n`);
  }
  if (summary === null)
    for (const failure of failures.slice(0, 10)) process.stderr.write(`${failureText(failure)}\n`);
  if (stopped !== null) process.stderr.write(tellExit({ ...stopped, code: stopped.exitCode }));
}

/** The same as lines of JSON; the level of the first says how it went. */
async function logEnd({ summary, stopped, failures }: RunEnd, quiet: boolean): Promise<void> {
  const log = await openRunLog('json');
  if (summary !== null && !quiet) {
    const { terminalSummary } = await import('../quality/terminal.js');
    const level = ({ good: 'info', check: 'warn', bad: 'error' } as const)[summary.verdict.level];
    const [verdict, ...rest] = terminalSummary(summary, false).trimEnd().split('\n');
    log[level](verdict!);
    for (const line of rest) log.info(line.trim());
  }
  if (summary === null)
    for (const { message, reason, hint } of failures.slice(0, 10)) log.error(message, { reason, hint });
  if (stopped !== null) logExit({ ...stopped, code: stopped.exitCode }, log);
}

/** What ended a command before it could do its work, on stderr. */
export async function tellFailure(exit: Exit, form: StderrForm): Promise<void> {
  if (form === 'text') process.stderr.write(tellExit(exit));
  else logExit(exit, await openRunLog('json').catch(() => openLog('info')));
}

function failureText({ message, hint }: Failure): string {
  return printable(message) + (hint === null ? '' : `\n  ${printable(hint)}`);
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
    rows: { read: 0, scored: 0, repaired: 0, flagged: 0, rejected: 0, skipped: 0 },
    output: null,
    summary: null,
    error: { message, hint },
  };
}
