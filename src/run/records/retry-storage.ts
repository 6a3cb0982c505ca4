import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '../../errors.js';
import type { Observe } from '../../run-event.js';

const firstPauseMs = 200;
const longestPauseMs = 10_000;

/** Returns how long to wait after failed attempt number `attempt`, counted from 0. */
export function pauseMs(attempt: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** attempt);
}

/** Reasons that may pass. */
const passing: ReadonlySet<string> = new Set(['storage-failed', 'storage-away', 'too-many-files']);

interface StorageRetries {
  readonly retries: number;
  readonly signal: AbortSignal;
  readonly observe: Observe;
  /** Name of the retried work, for the log. */
  readonly what: string;
}

/** Returns the result of `work`; retries it up to `retries` times, with growing pauses, if storage fails. */
export async function retryStorage<T>(
  { retries, signal, observe, what }: StorageRetries,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const mayPass = error instanceof TransientError && passing.has(error.reason);
      if (!mayPass || signal.aborted || attempt >= retries) throw error;
      observe({ kind: 'note', level: 'warn', message: `${error.message}: ${what} will be retried` });
      await sleep(pauseMs(attempt), undefined, { signal });
    }
  }
}
