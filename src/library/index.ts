import { checkAsJson } from '../cli/check-as-json.js';
import { exitOf } from '../cli/exit.js';
import { type Call, endedReport, failedReport, type LastLine } from '../cli/last-line.js';
import { type Observers, openObservers } from '../cli/observers.js';
import { InterruptedError, NightshiftError } from '../errors.js';
import { dayOf } from '../job/date-layout.js';
import type { JobOptions } from '../job/job-options.js';
import { loadJob } from '../job/load-job.js';
import { steadyNow } from '../process/steady-clock.js';
import { writeLastRun } from '../run/records/last-run.js';
import { newRunId } from '../run/records/run-id.js';
import { stopRequestsWith } from '../storage/s3/request.js';
import { asStorageError } from '../storage/storage-error.js';
import { dataWithoutSecrets, hideSecret } from '../telemetry/secrets.js';
import type * as api from './api.js';

// Before the runtime loads: see main.ts.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';

/** Runs a job file without printing. See `api.ts` for this and the other functions. */
async function run(path: string, options: api.RunOptions = {}): Promise<LastLine> {
  const startedAt = new Date(steadyNow());
  const { onEvent = () => {} } = options;
  const given = jobOptions(options);
  const variables = dataWithoutSecrets(given.set ?? {}) as Call['variables'];
  const { date = null, output = null } = given;
  let call: Call = { name: path, runId: newRunId(startedAt), date, variables, job: null, output };
  const fields = () => ({ job: call.name, run_id: call.runId });
  let observers: Observers | null = null;
  try {
    const job = { ...(await loadJob(path, given)), variables };
    call = { ...call, name: job.name, job, output: job.output.path };
    observers = await openObservers(path, job, {}, fields());
    const { runJob } = await import('../run/run-job.js');
    const end = await stoppable(options.signal, (signal) =>
      runJob(job, {
        runId: call.runId,
        startedAt,
        selection: { partition: options.partition ?? null, shard: null, failedOnly: false },
        force: options.force === true,
        observe(event) {
          observers?.observe(event);
          onEvent(event);
        },
        signal,
      }),
    );
    const report = endedReport(end, options.exitOnCheck === true);
    await writeLastRun(job.output.path, report, startedAt);
    await observers?.end(report, end.summary, report.error?.message ?? null);
    return report;
  } catch (thrown) {
    const error = asStorageError(thrown);
    const exit = exitOf(error);
    const report = failedReport(call, exit);
    if (call.job !== null) await writeLastRun(call.job.output.path, report, startedAt);
    observers ??= await openObservers(path, call.job, {}, fields()).catch(() => null);
    await observers?.end(report, null, exit.message).catch(() => {});
    throw error;
  }
}

/** Checks a job file. */
async function check(path: string, options: api.JobOptions = {}) {
  return asOurs(async () => {
    const job = await loadJob(path, jobOptions(options));
    const { checkJob } = await import('../run/check-job.js');
    return checkAsJson(await stoppable(options.signal, (signal) => checkJob(job, signal)));
  });
}

/** Opens a job's model and contract in this process. */
async function openScorer(path: string, options: api.JobOptions = {}): Promise<api.Scorer> {
  return asOurs(async () => {
    const job = await loadJob(path, jobOptions(options));
    const { openRowScorer } = await import('../run/open-row-scorer.js');
    const scorer = await stoppable(options.signal, (signal) => openRowScorer(job, signal));
    return {
      score: (rows, { signal: stop } = {}) =>
        asOurs(() => stoppable(stop, (signal) => scorer.score(rows, signal))),
      close: () => scorer.close(),
    };
  });
}

/** Calls `work` with a signal whose reason is an error of ours. */
async function stoppable<T>(
  asked: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const stop = () => own.abort(new InterruptedError('AbortSignal'));
  const done = stopRequestsWith(own.signal);
  if (asked?.aborted === true) stop();
  asked?.addEventListener('abort', stop, { once: true });
  try {
    own.signal.throwIfAborted();
    return await work(own.signal);
  } finally {
    asked?.removeEventListener('abort', stop);
    done();
  }
}

async function asOurs<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asStorageError(error);
  }
}

function jobOptions({ date, set, input, output, workers, memory }: api.JobOptions): JobOptions {
  for (const [name, value] of Object.entries(set ?? {})) hideSecret(name, value);
  const day = date === undefined ? undefined : dayOf(date, new Date());
  const inputs = typeof input === 'string' ? [input] : input;
  const given = { date: day, set, input: inputs, output, workers, memory };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as JobOptions;
}

// Fails to compile if the public types do not describe these.
({ run, check, openScorer }) satisfies Omit<typeof api, 'NightshiftError'>;

export { check, NightshiftError, openScorer, run };
