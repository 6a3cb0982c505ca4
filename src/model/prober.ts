import { BudgetError, fileLimitHint, InvalidError, TransientError } from '../errors.js';
import { endOf, hasStarted, metFileLimit, startChild, startHint, whyNotStarted } from '../process/child.js';
import { after } from '../process/timer.js';
import type { ReasonOf } from '../reasons.js';
import type { ProbeAnswer, ProbeSaid } from './answer-probe.js';
import type { ProbeReport, ProbeRequest } from './probe-report.js';

/** Limit for a model's first runs; a slower model is unfit for a batch job. */
const patienceMs = 300_000;

/** A process that loads the runtime and waits for one model to try out. */
export interface Prober {
  readonly pid: number | null;
  /** Rejects with the signal's reason if the run is stopped. */
  ask(request: ProbeRequest): Promise<ProbeReport>;
  /** Ends the process, used or not; gives a lent one back if it may be used again. */
  close(): void;
}

/** The process behind a prober. */
interface ProbeProcess {
  readonly pid: number | null;
  /** Its standard error so far. */
  stderr(): string;
  /** False for one that ended before any of our code ran in it. */
  hasStarted(): boolean;
  /** Why it was killed before it started; null if it was not. */
  whyNotStarted(): string | null;
  send(request: ProbeRequest): void;
  kill(): void;
  /** Calls back until the returned function is called; calls `onEnd` at once for a process that has ended. */
  listen(events: ProbeEvents): () => void;
}

interface ProbeEvents {
  onSaid(said: ProbeSaid): void;
  onEnd(code: number | null, signal: string | null): void;
  /** The process could not be started. */
  onError(error: Error): void;
}

/**
 * Starts a process for a trial; it ends after its answer, and at once if `signal` aborts. A batch that takes
 * longer than `batchTimeoutMs` ends it with `BudgetError`.
 */
export function startProber(signal: AbortSignal, batchTimeoutMs: number | null = null): Prober {
  const process = startProcess();
  return proberOver(process, signal, batchTimeoutMs, () => process.kill());
}

function startProcess(): ProbeProcess {
  const child = startChild(new URL('./probe-child.js', import.meta.url), 'pipe');
  let stderr = '';
  child.stderr?.on('data', (text: Buffer) => {
    if (stderr.length < 2000) stderr += text.toString();
  });
  return {
    pid: child.pid ?? null,
    stderr: () => stderr,
    hasStarted: () => hasStarted(child),
    whyNotStarted: () => whyNotStarted(child),
    // A failed send is followed by the exit event, which says why.
    send: (request) => void (child.connected && child.send(request, () => {})),
    kill: () => void child.kill('SIGKILL'),
    listen({ onSaid, onEnd, onError }) {
      const heard = (said: unknown) => onSaid(said as ProbeSaid);
      const failed = (error: Error) => {
        // A process that never started has no pid and no exit event.
        if (child.pid === undefined) onError(error);
      };
      child.on('message', heard);
      child.on('error', failed);
      child.on('exit', onEnd);
      if (child.exitCode !== null || child.signalCode !== null) onEnd(child.exitCode, child.signalCode);
      return () => void child.off('message', heard).off('error', failed).off('exit', onEnd);
    },
  };
}

/** Makes a process a prober; `close` gets true if the process is idle and may be reused. */
export function proberOver(
  process: ProbeProcess,
  signal: AbortSignal,
  batchTimeoutMs: number | null,
  close: (isFree: boolean) => void,
): Prober {
  let isFree = true;
  const end = () => process.kill();
  signal.addEventListener('abort', end, { once: true });
  return {
    pid: process.pid,
    async ask(request) {
      isFree = false;
      try {
        const report = await askProcess(process, request, batchTimeoutMs);
        isFree = true;
        return report;
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    },
    close() {
      signal.removeEventListener('abort', end);
      close(isFree);
    },
  };
}

function askProcess(
  process: ProbeProcess,
  request: ProbeRequest,
  batchTimeoutMs: number | null,
): Promise<ProbeReport> {
  const { path } = request.description;
  return new Promise((resolve, reject) => {
    let answered = false;
    let isLate = false;
    let isOpening = false;
    let batchTimer: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      isLate = true;
      process.kill();
    }, patienceMs);
    const settle = (act: () => void): void => {
      if (answered) return;
      answered = true;
      clearTimeout(timer);
      clearTimeout(batchTimer);
      // Not before `listen` has returned: it may call back at once.
      queueMicrotask(() => leave());
      act();
    };
    const limitBatch = () => {
      clearTimeout(batchTimer);
      if (batchTimeoutMs === null || answered) return;
      batchTimer = after(batchTimeoutMs, () => {
        settle(() => reject(batchTooSlow(path, batchTimeoutMs)));
        process.kill();
      });
    };
    const how = (code: number | null, signal: string | null) =>
      `with ${lastWords(code, signal, process.stderr())}`;
    const leave = process.listen({
      onSaid(said) {
        if (said === 'started') return;
        if (said === 'open') isOpening = true;
        else if (said === 'batch') limitBatch();
        else settle(() => (said.report === null ? reject(revive(said, path)) : resolve(said.report)));
      },
      onEnd: (code, signal) =>
        settle(() => {
          if (isLate) reject(tooSlow(path));
          else if (metFileLimit(code)) reject(tooManyFiles(path));
          else if (!process.hasStarted() || (!isOpening && signal !== 'SIGKILL'))
            reject(neverStarted(path, process.whyNotStarted() ?? how(code, signal)));
          else reject(endedEarly(path, code, signal, process.stderr()));
        }),
      onError: (error) => settle(() => reject(error)),
    });
    if (!answered) process.send(request);
  });
}

/** Returns the error for a process killed from outside, usually by the kernel for lack of memory. */
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

/** Returns the error for a process that ended before it opened the model, such as for lack of threads. */
function neverStarted(path: string, how: string): Error {
  const message = `the process that tests the model ended before it opened the model, ${how}`;
  return new TransientError('probe-killed', message, { file: path, hint: startHint });
}

function tooManyFiles(path: string): Error {
  const message = 'the process that tests the model cannot be started: too many files are open';
  return new TransientError('too-many-files', message, { file: path, hint: fileLimitHint });
}

/** A line of a stack, as V8 (`    at ...`) or an abort of Node (` 1: 0xbb835e ...`) prints it. */
const stackLine = /^\s*(?:at |\d+: 0x[0-9a-f]+ |-+ .*stack trace -+|Node\.js v\d)/;

/** Returns how a process ended, with what it wrote last. */
function lastWords(code: number | null, signal: string | null, stderr: string): string {
  const isWord = (line: string) => line.trim() !== '' && !stackLine.test(line);
  const last = stderr.split('\n').findLast(isWord)?.trim() ?? '';
  return `${endOf(code, signal)}${last === '' ? '' : `: ${last.slice(0, 300)}`}`;
}

function batchTooSlow(path: string, timeoutMs: number): Error {
  const message = `"batch_timeout" was reached: the model took longer than ${timeoutMs / 1000} s for a batch of generated rows in its test`;
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
  if (error === null) return new Error('the probe did not answer');
  if (error.reason === null) return new Error(error.message);
  const details = { file: path, ...(error.hint === null ? {} : { hint: error.hint }) };
  if (error.exitCode === 5) return new TransientError(error.reason as ReasonOf<5>, error.message, details);
  return new InvalidError(error.reason as ReasonOf<2>, error.message, details);
}
