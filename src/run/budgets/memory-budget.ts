import { BudgetError } from '../../errors.js';

/** Measured: what the main process and a worker take beside model and slices, in bytes (docs/durability.md). */
const mainBytes = 130 * 2 ** 20;
const workerBytes = 100 * 2 ** 20;
/** A model in memory is as big as its file and again as much for what the runtime makes of it. */
const modelCopies = 2;
/** A slice as bytes, as columns and as results, in the worker and on its way. */
const sliceCopies = 8;

/** The shares of the limit from which on less is done at once, and the run is stopped. */
const tight = 0.85;
const spent = 0.97;
const settleMs = 1_000;

/** How many workers the memory holds, at least 1. */
export function roomFor(need: {
  readonly memoryBytes: number;
  readonly modelBytes: number;
  readonly chunkBytes: number;
}): number {
  const each = workerBytes + modelCopies * need.modelBytes + sliceCopies * need.chunkBytes;
  return Math.max(1, Math.floor((need.memoryBytes * tight - mainBytes) / each));
}

/** What the memory holds of one slice decoded, counted as `SliceRoom` counts; the main process, a worker and a model beside it. */
export function roomOfSlice(need: { readonly memoryBytes: number; readonly modelBytes: number }): number {
  const left = need.memoryBytes * tight - mainBytes - workerBytes - modelCopies * need.modelBytes;
  return Math.max(leastRoom, Math.floor(left / 2));
}

/** A slice may take this much however short memory is: the watch sees what comes of it. */
const leastRoom = 32 * 2 ** 20;

const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;

/** The error that ends a run when its memory is used up; `when` says what was under way. */
export function memorySpent(usedBytes: number, limitBytes: number, when: string): BudgetError {
  return new BudgetError(
    'memory-budget',
    `the memory limit is reached: ${mib(usedBytes)} of ${mib(limitBytes)} in use ${when}`,
    { hint: 'raise "run.memory", or lower "run.chunk_bytes" or "run.batch_rows"; the rerun resumes' },
  );
}

/** Whether so much is in use that a process has to be ended at once. */
export function isSpent(usedBytes: number, limitBytes: number): boolean {
  return usedBytes >= limitBytes * spent;
}

export interface MemoryActions {
  /** Does less at once; false when it already does the least it can. */
  shrink(): boolean;
  stop(error: BudgetError): void;
  note(message: string): void;
}

/**
 * Watches the memory of all processes together against `limitBytes`: when it gets tight, less is done at once, step by step; when that does not help,
 * the run is stopped (exit 6) before the kernel would end it. The returned function is told the bytes in use, a few times a second.
 */
export function memoryBudget(
  limitBytes: number,
  actions: MemoryActions,
): (usedBytes: number, nowMs: number) => void {
  let shrunkAt = Number.NEGATIVE_INFINITY;
  let isLeast = false;
  let stopped = false;
  return (used, now) => {
    if (stopped || used < limitBytes * tight) return;
    // What was given up needs a moment to be freed; only a limit that is passed cannot wait.
    if (now - shrunkAt < settleMs && !(isLeast && used >= limitBytes)) return;
    if (!isLeast) {
      isLeast = !actions.shrink();
      shrunkAt = now;
      if (!isLeast)
        actions.note(`memory is tight (${mib(used)} of ${mib(limitBytes)}): less is done at once`);
      return;
    }
    if (!isSpent(used, limitBytes)) return;
    stopped = true;
    actions.stop(memorySpent(used, limitBytes, 'with one worker and one slice at a time'));
  };
}
