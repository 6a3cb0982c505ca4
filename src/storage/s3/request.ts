import { setTimeout as sleep } from 'node:timers/promises';
import { isThrottled, mayPass, s3Error } from './s3-error.js';

/** Maximum number of requests in progress. */
const mostAtOnce = 16;
/** Number of attempts of one request. */
const attempts = 6;
const firstPauseMs = 100;
const longestPauseMs = 5_000;
/** First delay of all requests after the service asks for fewer. */
const throttleMs = 300;

/** The kind of a request: decides the wording of its errors, and whether `stopRequestsWith` ends it. */
export interface Purpose {
  readonly verb: 'read' | 'written';
  readonly isStopped: boolean;
}

/** Data of a run, which is not needed once the run is asked to end. */
export const reading: Purpose = { verb: 'read', isStopped: true };
export const uploading: Purpose = { verb: 'written', isStopped: true };
/** Records of a run, which are still needed to end it in order. */
export const recalling: Purpose = { verb: 'read', isStopped: false };
export const recording: Purpose = { verb: 'written', isStopped: false };

const stops = new Set<AbortSignal>();
const waiting: (() => void)[] = [];
let running = 0;
/** No request begins before this time of `performance.now`. */
let notBefore = 0;

/**
 * Ends every request of this process when `signal` aborts, with its reason. A request of another caller in
 * the same process fails as if its connection had been lost, and is repeated. Call the returned function when
 * the work is done.
 */
export function stopRequestsWith(signal: AbortSignal): () => void {
  stops.add(signal);
  return () => void stops.delete(signal);
}

/**
 * Returns the result of a request for `path`. Repeats what may pass (a lost connection, a body that breaks
 * off, 5xx, SlowDown) with growing, random pauses, while all other requests wait too if the service asks for
 * fewer. Throws as `s3Error` describes.
 */
export async function request<T>(
  path: string,
  own: AbortSignal | null,
  send: (signal: AbortSignal) => Promise<T>,
  { verb, isStopped }: Purpose = reading,
): Promise<T> {
  const stopped = isStopped ? [...stops] : [];
  const signal = AbortSignal.any(own === null ? stopped : [own, ...stopped]);
  for (let attempt = 1; ; attempt++) {
    await room(signal);
    try {
      return await untilAborted(signal, send(signal));
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error) || attempt === attempts) throw s3Error(error, path, verb);
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** attempt) * (0.5 + Math.random() / 2);
      if (isThrottled(error)) notBefore = Math.max(notBefore, performance.now() + throttleMs * attempt);
      await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
    } finally {
      running--;
      waiting.shift()?.();
    }
  }
}

/** Waits until a request may begin, and counts it. */
async function room(signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  while (running >= mostAtOnce) {
    await untilAborted(signal, new Promise<void>((resolve) => waiting.push(resolve)));
  }
  running++;
  const pause = notBefore - performance.now();
  if (pause <= 0) return;
  try {
    await sleep(pause, undefined, { signal });
  } catch {
    running--;
    waiting.shift()?.();
    signal.throwIfAborted();
  }
}

/**
 * Returns the result of `work`, or throws the signal's reason at once: a hanging request must not hold up a
 * process that is asked to end.
 */
async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => {});
    aborted.catch(() => {});
  }
}
