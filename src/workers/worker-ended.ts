import { fileLimitHint, InvalidError, NightshiftError, TransientError } from '../errors.js';
import { endOf, metFileLimit, startHint } from '../process/child.js';
import type { Ended } from './channel.js';

/** A task was abandoned because its worker ended, not by its own error; its owner may try again. */
export class WorkerEndedError extends NightshiftError {
  readonly exitCode = 1;
  readonly ended: Ended;
  /** True if the pool ended the worker because it used too much memory; nothing else is to blame. */
  readonly forMemory: boolean;
  /** True if the pool ended the worker because its task took too long. */
  readonly timedOut: boolean;

  constructor(ended: Ended, why: string, forMemory = false, timedOut = false) {
    super('worker-ended', why);
    this.ended = ended;
    this.forMemory = forMemory;
    this.timedOut = timedOut;
  }
}

/** Returns the error of tasks that are waiting when the pool is closed. */
export function workersStopped(): WorkerEndedError {
  return new WorkerEndedError({ code: null, signal: null, hasStarted: true }, 'the workers were stopped');
}

/** Returns the error of a pool whose workers cannot be opened: the third in a row ended. */
export function cannotOpen({ code, signal, hasStarted }: Ended, why: string): NightshiftError {
  const message = `${why} while it ${hasStarted ? 'opened the model' : 'started'}, three times in a row`;
  if (metFileLimit(code)) {
    const limit = `${message}: too many files are open`;
    return new TransientError('too-many-files', limit, { hint: fileLimitHint });
  }
  if (!hasStarted) return new TransientError('worker-ended', message, { hint: startHint });
  if (signal === 'SIGKILL') {
    const hint =
      'check that there is memory for one copy of the model per worker; give the run more memory, or fewer workers';
    return new TransientError('worker-ended', message, { hint });
  }
  const hint = 'the model ends its own process: try it with "nightshift check", or export it again';
  return new InvalidError('model-ends-workers', message, { hint });
}

/** Describes the end of a worker; `timeoutMs` is the limit of a task that took longer, else null. */
export function endedBecause(ended: Ended, timeoutMs: number | null): string {
  if (timeoutMs !== null)
    return `a worker was stopped because a batch took longer than ${timeoutMs / 1000} s`;
  if (ended.signal === 'SIGKILL' && ended.hasStarted)
    return 'a worker was killed from outside, probably because of its memory (SIGKILL)';
  if (typeof ended.whyNotStarted === 'string') return `a worker was ended ${ended.whyNotStarted}`;
  if (ended.signal !== null) return `a worker was ended by ${ended.signal}`;
  return `a worker ended with ${endOf(ended.code, null)}`;
}
