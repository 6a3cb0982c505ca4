import { TransientError } from '../errors.js';
import type { Job } from '../job/job.js';
import { loadJob } from '../job/load-job.js';
import { logLoss, writeNow, writeOutput } from '../process/standard-streams.js';
import { steadyNow } from '../process/steady-clock.js';
import type { RunEnd } from '../run/finish/end-run.js';
import type { RunOptions } from '../run/plan/run-options.js';
import type { Observe } from '../run/records/events.js';
import { writeLastRun } from '../run/records/last-run.js';
import { newRunId } from '../run/records/run-id.js';
import type { LogFields } from '../telemetry/log.js';
import { dataWithoutSecrets, withoutHidden } from '../telemetry/secrets.js';
import { exitOf } from './exit.js';
import { jobOptions } from './job-options.js';
import { type Call, endedReport, failedReport, type LastLine } from './last-line.js';
import { openObserver } from './observe.js';
import { type Observers, openObservers } from './observers.js';
import { logEnd, logRunEnded, printEnd, printFailure } from './print-end.js';
import { type StderrForm, stderrFormOf } from './stderr-form.js';
import { stopSignal } from './stop-signal.js';

type RunSettings = Pick<RunOptions, 'runId' | 'startedAt' | 'observe' | 'signal'>;
export type Start = (job: Job, settings: RunSettings) => Promise<RunEnd>;

/** Runs `start` with a job, prints one line of JSON that says how it ended, whatever happens, and returns it. */
export async function runToReport(
  path: string,
  options: Readonly<Record<string, unknown>>,
  start: Start,
): Promise<LastLine> {
  const startedAt = new Date(steadyNow());
  const form = stderrFormOf(options);
  const quiet = options['quiet'] === true;
  let observers: Observers | null = null;
  let call = callOf(path, options, startedAt);
  const stop = stopSignal((error) => writeNow(1, lineOf(failedReport(call, exitOf(error)))));
  try {
    const job = { ...(await loadJob(path, jobOptions(options))), variables: call.variables };
    call = { ...call, name: job.name, job };
    observers = await openObservers(path, job, options, fieldsOf(call));
    const observer = await openObserver(quiet, form, fieldsOf(call));
    const observe: Observe = (event) => {
      observer.observe(event);
      observers?.observe(event);
    };
    const settings = { runId: call.runId, startedAt, observe, signal: stop.signal };
    const end = await start(job, settings).finally(() => observer.close());
    const report = endedReport(end, options['exitOnCheck'] === true);
    if (form === 'text') await printEnd(end, report, quiet);
    else await logEnd(end, report, fieldsOf(call));
    await writeLastRun(job.output.path, report, startedAt);
    await observers?.end(report, end.summary, report.error?.message ?? null);
    return await writeLastLine(report, form, fieldsOf(call));
  } catch (error) {
    const exit = exitOf(error);
    const report = failedReport(call, exit);
    await printFailure(exit, form, fieldsOf(call));
    if (form === 'json') await logRunEnded(report, fieldsOf(call), null, null);
    if (call.job !== null) await writeLastRun(call.job.output.path, report, startedAt);
    // A run that never had a job still reports its exit code to the observers.
    observers ??= await openObservers(path, null, options, fieldsOf(call)).catch(() => null);
    await observers?.end(report, null, exit.message).catch(() => {});
    return await writeLastLine(report, form, fieldsOf(call));
  } finally {
    stop.release();
  }
}

function callOf(path: string, options: Readonly<Record<string, unknown>>, startedAt: Date): Call {
  const { date = null, set = {} } = jobOptions(options);
  return { name: path, runId: newRunId(startedAt), date, variables: shownVariables(set), job: null };
}

function shownVariables(set: Readonly<Record<string, string>>): Call['variables'] {
  return dataWithoutSecrets(set) as Call['variables'];
}

/** Returns the fields of every log line. */
function fieldsOf({ name, runId, date }: Call): LogFields {
  return { job: name, run_id: runId, ...(date === null ? {} : { date }) };
}

/**
 * Writes the last line and returns it, with the exit code of the call: a scheduler that reads the line must not take a run without one for
 * a success (5); the line also reports a log that could not be written.
 */
async function writeLastLine(report: LastLine, form: StderrForm, fields: LogFields): Promise<LastLine> {
  const error = await writeOutput(lineOf(report));
  if (error === null || report.exit_code !== 0) return report;
  const message = `the last line could not be written to standard output (${error})`;
  const hint = 'the scores are published; free space where standard output is written, then run again';
  const lost = new TransientError('output-lost', message, { hint });
  await printFailure(exitOf(lost), form, fields);
  return { ...report, exit_code: lost.exitCode, reason: lost.reason };
}

function lineOf(report: LastLine): string {
  const loss = logLoss();
  return `${withoutHidden(JSON.stringify(loss === null ? report : { ...report, log_loss: loss }))}\n`;
}
