import type { ChildProcess } from 'node:child_process';
import { BudgetError, InvalidError, TransientError } from '../errors.js';
import { endOf, hasStarted, startChild, startHint, wasLate } from '../process/child.js';
import type { ReasonOf } from '../reasons.js';
import { checkSizes } from './check-sizes.js';
import { codedOutputs, codesOf } from './codes-of.js';
import type { ModelDescription } from './describe-model.js';
import type { ProbeAnswer } from './probe-child.js';
import { probeModel } from './probe-model.js';
import type { ProbeReport, ProbeRequest } from './probe-report.js';

/** A model that is known to open, with the findings of its trial runs on generated rows. */
export interface PreparedModel {
  /** The result of `describeModel`, with codes for inputs and outputs that a proven rewrite changes, and the true widths of outputs. */
  readonly description: ModelDescription;
  readonly report: ProbeReport;
}

/** Limit for a model's first runs; a slower model is unfit for a batch job. */
const patienceMs = 300_000;
const neverStopped = new AbortController().signal;
const cache = new Map<string, Promise<ProbeReport>>();
const probedPaths = new Set<string>();

/** Returns true if this process has probed the model at `path`, so that the answer is probably cached. */
export function isProbed(path: string): boolean {
  return probedPaths.has(path);
}

/** A process that loads the runtime and waits for one model to try out. */
export interface Prober {
  readonly pid: number | null;
  /** Rejects with the signal's reason if the run is stopped. */
  ask(request: ProbeRequest): Promise<ProbeReport>;
  /** Ends the process, whether or not it was used. */
  close(): void;
}

/**
 * Opens and probes the model in a separate short-lived process, so that a model that aborts, hangs or exhausts memory cannot end this one;
 * `'here'` uses this process, which blocks. Costs about 0.3 s, less with a prober that was started ahead; caches the answer to a request.
 * Throws `InvalidError` if the runtime refuses the model or crashes on it, `TransientError` if the process is killed from outside.
 */
export async function prepareModel(
  request: ProbeRequest,
  where: 'here' | (() => Prober) = () => startProber(neverStopped),
): Promise<PreparedModel> {
  checkSizes(request.description, request.shape.widths, request.fixedRows);
  if (request.description.trees !== null) return prepareTrees(request);
  const key = JSON.stringify([request.description.sha256, request.description.path, rest(request)]);
  let report = cache.get(key);
  if (report === undefined) {
    report = where === 'here' ? probeModel(request) : where().ask(request);
    cache.set(key, report);
    probedPaths.add(request.description.path);
    report.catch(() => cache.delete(key));
  }
  const answer = await report;
  return { description: applyReport(request.description, answer), report: answer };
}

/** Returns what a trial would find of a file of trees: each row is scored by itself, and no size of a batch is faster. */
function prepareTrees({ description, batchRows, shape }: ProbeRequest): PreparedModel {
  const width = Math.max(1, ...Object.values(shape.widths));
  const report: ProbeReport = {
    rewrites: [],
    refuted: [],
    outputs: null,
    failure: null,
    batchRows:
      batchRows === 'auto'
        ? Math.max(64, Math.min(treeBatchRows, Math.floor(treeBatchValues / width)))
        : batchRows,
    dependsOnBatch: 'none',
    rates: [],
  };
  return { description, report };
}

/** Rows, and values of features, that are scored at once. */
const treeBatchRows = 2048;
const treeBatchValues = 2 ** 20;

function rest({ shape, fixedRows, rewrite, batchRows, threads }: ProbeRequest): unknown {
  const constants = Object.entries(shape.constants).map(([name, { type, dims, data }]) => [
    name,
    type,
    dims,
    Array.from(data as ArrayLike<unknown>, String),
  ]);
  return [shape.widths, constants, fixedRows, rewrite, batchRows, threads];
}

function applyReport(description: ModelDescription, report: ProbeReport): ModelDescription {
  const codes = codesOf(report.rewrites);
  const outputCodes = codedOutputs(report.rewrites);
  const seen = new Map(report.outputs?.map((output) => [output.name, output]));
  return {
    ...description,
    inputs: description.inputs.map((input) => ({ ...input, codes: codes.get(input.name) ?? null })),
    outputs: description.outputs.map((output) => {
      const probed = seen.get(output.name);
      const coded = { ...output, codes: outputCodes.get(output.name) ?? null };
      if (probed === undefined) return coded;
      if (!probed.rows) {
        const shape = `[${(output.dims ?? []).map((dim) => dim ?? '?').join(', ')}]`;
        return { ...coded, refused: `does not answer per row: its shape ${shape} has no axis of rows` };
      }
      const width = probed.tail.reduce((product, dim) => product * dim, 1);
      const labels =
        output.classLabels !== null && output.classLabels.length === width ? output.classLabels : null;
      return { ...coded, dims: [null, ...probed.tail], classLabels: labels };
    }),
  };
}

/**
 * Starts the process; it ends by itself after its answer, and at once if `signal` aborts. A batch that takes longer than `batchTimeoutMs`
 * ends it with `BudgetError`.
 */
export function startProber(signal: AbortSignal, batchTimeoutMs: number | null = null): Prober {
  const child = startChild(new URL('./probe-child.js', import.meta.url), 'pipe');
  let stderr = '';
  child.stderr?.on('data', (text: Buffer) => {
    if (stderr.length < 2000) stderr += text.toString();
  });
  const end = () => void child.kill('SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  child.once('exit', () => signal.removeEventListener('abort', end));
  return {
    pid: child.pid ?? null,
    async ask(request) {
      try {
        return await askChild(child, request, batchTimeoutMs, () => stderr);
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    },
    close: end,
  };
}

function askChild(
  child: ChildProcess,
  request: ProbeRequest,
  batchTimeoutMs: number | null,
  stderr: () => string,
): Promise<ProbeReport> {
  const path = request.description.path;
  return new Promise((resolve, reject) => {
    let answered = false;
    let isLate = false;
    let isOpening = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, patienceMs);
    let batchTimer: NodeJS.Timeout | undefined;
    const settle = (act: () => void): void => {
      if (answered) return;
      answered = true;
      clearTimeout(timer);
      clearTimeout(batchTimer);
      act();
    };
    const how = (code: number | null, signal: string | null) => `with ${lastWords(code, signal, stderr())}`;
    const ended = (code: number | null, signal: string | null) =>
      settle(() => {
        if (isLate) reject(tooSlow(path));
        else if (!hasStarted(child) || (!isOpening && signal !== 'SIGKILL'))
          reject(neverStarted(path, wasLate(child) ? 'without a sign of life' : how(code, signal)));
        else reject(endedEarly(path, code, signal, stderr()));
      });
    child.on('message', (message) => {
      const answer = message as ProbeAnswer | 'started' | 'open' | 'batch';
      if (answer === 'started') return;
      if (answer === 'open') {
        isOpening = true;
        return;
      }
      if (answer === 'batch') {
        clearTimeout(batchTimer);
        if (batchTimeoutMs === null || answered) return;
        batchTimer = setTimeout(() => {
          settle(() => reject(batchTooSlow(path, batchTimeoutMs)));
          child.kill('SIGKILL');
        }, batchTimeoutMs);
        return;
      }
      settle(() => (answer.report === null ? reject(revive(answer, path)) : resolve(answer.report)));
    });
    // A process that never started has no number, and no exit.
    child.on('error', (error) => {
      if (child.pid === undefined) settle(() => reject(error));
    });
    child.on('exit', ended);
    if (child.exitCode !== null || child.signalCode !== null) ended(child.exitCode, child.signalCode);
    // A failed send is followed by the exit, which says why.
    else child.send(request, () => {});
  });
}

/**
 * Returns the error for a process that was killed from outside, which says nothing about its model: the kernel does so if memory is short.
 */
function endedEarly(path: string, code: number | null, signal: string | null, stderr: string): Error {
  if (signal === 'SIGKILL') {
    const message = 'the process that tested the model was killed (SIGKILL)';
    const hint = 'run again; if it happens again, give the run more memory';
    return new TransientError('probe-killed', message, { file: path, hint });
  }
  const message = `the model crashed the process that tested it, with ${lastWords(code, signal, stderr)}`;
  const hint =
    'check that there is enough memory for the model; try it in Python with onnxruntime, and export it again';
  return new InvalidError('model-crashes', message, { file: path, hint });
}

/** Returns the error for a process that ended before it opened the model, for example if the system starts no more threads. */
function neverStarted(path: string, how: string): Error {
  const message = `the process that tests the model ended before it opened the model, ${how}`;
  return new TransientError('probe-killed', message, { file: path, hint: startHint });
}

/** Returns how a process ended, with its last words. */
function lastWords(code: number | null, signal: string | null, stderr: string): string {
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return `${endOf(code, signal)}${last === '' ? '' : `: ${last.slice(0, 300)}`}`;
}

function batchTooSlow(path: string, timeoutMs: number): Error {
  const message = `"batch_timeout" is reached: the model took longer than ${timeoutMs / 1000} s for a batch of generated rows in its test`;
  return new BudgetError('time-budget', message, {
    file: path,
    hint: 'raise "batch_timeout", or lower "run.batch_rows"; check that the model finishes in Python with onnxruntime',
  });
}

function tooSlow(path: string): Error {
  const message = `the model did not answer within ${patienceMs / 1000} s in its test on generated rows`;
  return new InvalidError('model-too-slow', message, {
    file: path,
    hint: 'try it in Python with onnxruntime',
  });
}

function revive({ error }: ProbeAnswer, path: string): Error {
  if (error === null) return new Error('the probe answered nothing');
  if (error.reason === null) return new Error(error.message);
  const details = { file: path, ...(error.hint === null ? {} : { hint: error.hint }) };
  if (error.exitCode === 5) return new TransientError(error.reason as ReasonOf<5>, error.message, details);
  return new InvalidError(error.reason as ReasonOf<2>, error.message, details);
}
