import { BudgetError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { mebibytes } from '../../text/units.js';
import { memoryLimit, readMachine } from './machine.js';

/** Measured: memory of the main process and of a worker without model and slices (docs/durability.md). */
const mainBytes = 130 * 2 ** 20;
const workerBytes = 100 * 2 ** 20;
/** A model in memory takes the size of its file, and as much again for the runtime's structures. */
const modelCopies = 2;
/** A slice exists as bytes, as columns and as results, in the worker and in transit. */
const sliceCopies = 8;

/** Shares of the limit at which the run reduces its parallelism, and at which it stops. */
const tight = 0.85;
const spent = 0.97;
const settleMs = 1_000;

/** Returns how many workers fit into the memory, at least 1. */
export function roomFor(need: {
  readonly memoryBytes: number;
  readonly modelBytes: number;
  readonly chunkBytes: number;
}): number {
  const each = workerBytes + modelCopies * need.modelBytes + sliceCopies * need.chunkBytes;
  return Math.max(1, Math.floor((need.memoryBytes * tight - mainBytes) / each));
}

/** Returns the memory for one decoded slice, as in `SliceRoom`, beside the processes and the model. */
export function roomOfSlice(need: { readonly memoryBytes: number; readonly modelBytes: number }): number {
  const left = need.memoryBytes * tight - mainBytes - workerBytes - modelCopies * need.modelBytes;
  return Math.max(leastRoom, Math.floor(left / 2));
}

/** A slice may always take this much, even if memory is short: the memory watch handles the consequences. */
const leastRoom = 32 * 2 ** 20;

/** Returns the most bytes that a model may have so that one session of it fits beside the main process. */
export async function mostModelBytes(job: Job): Promise<number> {
  return Math.max(0, Math.floor(memoryLimit(job, await readMachine()) * tight - mainBytes));
}

/** Returns the error that ends a run when its memory is exhausted; `when` says what was in progress. */
export function memorySpent(usedBytes: number, limitBytes: number, when: string): BudgetError {
  return new BudgetError(
    'memory-budget',
    `the memory limit was reached: ${mebibytes(usedBytes)} of ${mebibytes(limitBytes)} in use ${when}`,
    {
      hint: 'give the run more memory ("run.memory", or that of the container), or lower "run.chunk_bytes" or "run.batch_rows"; the rerun resumes',
    },
  );
}

/** Returns true if memory use is so high that a process must be ended at once. */
export function isSpent(usedBytes: number, limitBytes: number): boolean {
  return usedBytes >= limitBytes * spent;
}

interface MemoryActions {
  /** Reduces the parallelism; returns false at the minimum. */
  shrink(): boolean;
  stop(error: BudgetError): void;
  note(message: string): void;
}

/**
 * Watches the memory of all processes together against `limitBytes`: reduces the parallelism step by step
 * when memory gets tight; if that does not help, stops the run (exit 6) before the kernel would kill it. Call
 * the returned function with the bytes in use, a few times a second.
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
    // Released memory needs a moment to be freed; only an exceeded limit cannot wait.
    if (now - shrunkAt < settleMs && !(isLeast && used >= limitBytes)) return;
    if (!isLeast) {
      isLeast = !actions.shrink();
      shrunkAt = now;
      if (!isLeast)
        actions.note(
          `memory is tight (${mebibytes(used)} of ${mebibytes(limitBytes)}): reducing parallel work`,
        );
      return;
    }
    if (!isSpent(used, limitBytes)) return;
    stopped = true;
    actions.stop(memorySpent(used, limitBytes, 'with one worker and one slice at a time'));
  };
}
