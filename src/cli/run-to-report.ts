import { TransientError } from '../errors.js';
import { isPiped, type Job, standardStream } from '../job/job.js';
import { loadJob } from '../job/load-job.js';
import { logLoss, writeNow, writeOutput } from '../process/standard-streams.js';
import { steadyNow } from '../process/steady-clock.js';
import type { RunEnd } from '../run/finish/end-run.js';
import type { RunOptions } from '../run/plan/run-options.js';
import { writeLastRun } from '../run/records/last-run.js';
import { newRunId } from '../run/records/run-id.js';
import type { Observe } from '../run-event.js';
import { type LogFields, openLog, withFields } from '../telemetry/log.js';
import { dataWithoutSecrets, withoutHidden } from '../telemetry/secrets.js';
import { exitOf, exitText, logExit } from './exit.js';
import { jobOptions } from './job-options.js';
import { type Call, endedReport, failedReport, type LastLine } from './last-line.js';
import { openObserver } from './observe.js';
import { type Observers, openObservers } from './observers.js';
import { logEnd, logRunEnded, printEnd, printFailure } from './print-end.js';
import { type StderrForm, stderrFormOf } from './stderr-form.js';
import { stopSignal } from './stop-signal.js';

type RunSettings = Pick<RunOptions, 'runId' | 'startedAt' | 'observe' | 'signal'>;
export type Start = (job: Job, settings: RunSettings) => Promise<RunEnd>;

/**
 * Runs `start` with a job, prints one line of JSON that says how it ended, whatever happens, and returns it.
 * The line goes to stdout; to stderr if stdout takes the scored rows. With `pipes`, the job may read standard
 * input and write standard output.
 */
export async function runToReport(
  path: string,
  options: Readonly<Record<string, unknown>>,
  start: Start,
  { pipes = false }: { readonly pipes?: boolean } = {},
): Promise<LastLine> {
  const startedAt = new Date(steadyNow());
  const form = stderrFormOf(options);
  const quiet = options['quiet'] === true;
  let observers: Observers | null = null;
  let call = callOf(path, options, startedAt);
  const stop = stopSignal((error) => {
    const exit = exitOf(error);
    if (form === 'text') writeNow(2, exitText(exit));
    else logExit(exit, withFields(openLog('error', { write: (line) => writeNow(2, line) }), fieldsOf(call)));
    writeNow(sendsRows(call) ? 2 : 1, lineOf(failedReport(call, exit)));
  });
  try {
    const job = { ...(await loadJob(path, { ...jobOptions(options), pipes })), variables: call.variables };
    call = { ...call, name: job.name, job, output: job.output.path };
    stop.watch(job, startedAt);
    observers = await openObservers(path, job, options, fieldsOf(call));
    const observer = await openObserver(quiet, form, fieldsOf(call));
    const observe: Observe = (event) => {
      observer.observe(event);
      observers?.observe(event);
    };
    const settings = { runId: call.runId, startedAt, observe, signal: stop.signal };
    const reported = (end: RunEnd): LastLine => endedReport(end, options['exitOnCheck'] === true);
    const isGood = (end: RunEnd): boolean => reported(end).exit_code === 0;
    const running = isPiped(job) ? runPiped(job, settings, start, isGood) : start(job, settings);
    const end = await running.finally(() => observer.close());
    const report = reported(end);
    if (form === 'text') await printEnd(end, report, quiet);
    else await logEnd(end, report, fieldsOf(call));
    if (!sendsRows(call)) await writeLastRun(job.output.path, report, startedAt);
    await observers?.end(report, end.summary, report.error?.message ?? null);
    return await writeLastLine(report, form, call);
  } catch (error) {
    const exit = exitOf(error);
    const report = failedReport(call, exit);
    await printFailure(exit, form, fieldsOf(call));
    if (form === 'json') await logRunEnded(report, fieldsOf(call), null, null);
    if (call.job !== null && !sendsRows(call)) await writeLastRun(call.job.output.path, report, startedAt);
    // A run that never had a job still reports its exit code to the observers.
    observers ??= await openObservers(path, null, options, fieldsOf(call)).catch(() => null);
    await observers?.end(report, null, exit.message).catch(() => {});
    return await writeLastLine(report, form, call);
  } finally {
    stop.release();
  }
}

/**
 * Runs a job over files in place of its standard streams. Writes the scored rows to standard output only if
 * `isGood` accepts how the run ended: the receiver cannot see the exit code first.
 */
async function runPiped(
  job: Job,
  settings: RunSettings,
  start: Start,
  isGood: (end: RunEnd) => boolean,
): Promise<RunEnd> {
  const { openPipeFiles } = await import('../run/pipes/pipe-files.js');
  const files = await openPipeFiles(job, settings);
  try {
    const end = await start(files.job, settings);
    if (job.output.path !== standardStream) return end;
    if (isGood(end)) await files.send();
    return { ...end, report: { ...end.report, output: standardStream, summary: null } };
  } finally {
    await files.remove();
  }
}

function callOf(path: string, options: Readonly<Record<string, unknown>>, startedAt: Date): Call {
  const { date = null, set = {}, output = null } = jobOptions(options);
  const variables = shownVariables(set);
  return { name: path, runId: newRunId(startedAt), date, variables, job: null, output };
}

function shownVariables(set: Readonly<Record<string, string>>): Call['variables'] {
  return dataWithoutSecrets(set) as Call['variables'];
}

/** Returns true if standard output takes the scored rows, and no other line. */
function sendsRows({ output }: Call): boolean {
  return output === standardStream;
}

/** Returns the fields of every log line; a line about one partition names it. */
function fieldsOf({ name, runId, date }: Call): LogFields {
  return { job: name, run_id: runId, date, partition: null };
}

/**
 * Writes the last line and returns it. If the line of a successful run cannot be written, returns exit code
 * 5: a scheduler that reads the line must not take a run without one for a success. The line also reports a
 * log that could not be written.
 */
async function writeLastLine(report: LastLine, form: StderrForm, call: Call): Promise<LastLine> {
  if (sendsRows(call)) {
    process.stderr.write(lineOf(report));
    return report;
  }
  const error = await writeOutput(lineOf(report));
  if (error === null || report.exit_code !== 0) return report;
  const message = `the last line could not be written to standard output (${error})`;
  const hint = 'the scores are published; free space where standard output is written, then run again';
  const lost = new TransientError('output-lost', message, { hint });
  await printFailure(exitOf(lost), form, fieldsOf(call));
  return { ...report, exit_code: lost.exitCode, reason: lost.reason };
}

function lineOf(report: LastLine): string {
  const loss = logLoss();
  return `${withoutHidden(JSON.stringify(loss === null ? report : { ...report, log_loss: loss }))}\n`;
}
