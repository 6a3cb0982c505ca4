import type { LimitFunction } from 'p-limit';
import type { Job } from '../../job/job.js';
import type { Observe } from '../../run-event.js';
import type { Pool } from '../../workers/pool.js';
import { trimMemory } from '../../workers/trim-memory.js';
import { checkDiskStill } from './disk-budget.js';
import type { Means } from './means.js';
import { isSpent, memoryBudget, memorySpent } from './memory-budget.js';
import { countedMemory, largestWorker, lookMs, runMemory } from './memory-use.js';
import { clockFor, deadlineOf, timeBudget } from './time-budget.js';

const tickMs = 200;

/** Time that an ended process takes to release its memory. */
const settledMs = 100;

interface Watch {
  /** Forwards the run's events, and counts the work done. */
  readonly observe: Observe;
  peakBytes(): number;
  close(): void;
}

/** The resources of a run that can be reduced, and the bytes of its input. */
interface Watched {
  readonly pool: Pool;
  readonly slots: LimitFunction;
  readonly bytes: number;
}

/** The part of a run that budgets concern. */
interface WatchedRun {
  readonly job: Job;
  readonly startedAt: Date;
  /** The output folder, whose disk is watched; null if there is none. */
  readonly output: string | null;
  readonly means: Means;
  readonly observe: Observe;
  /** Releases memory that the run does not need, before memory or time ends it. */
  readonly relieve?: ((why: string) => void) | null;
  stop(error: Error): void;
}

/** Watches memory, time and disk of a run several times a second; ends it by `run.stop` if one runs out. */
export function watchBudgets(run: WatchedRun, { pool, slots, bytes }: Watched): Watch {
  const { job, observe, output, startedAt } = run;
  const { memoryBytes, isGroupLimited } = run.means;
  const note = (message: string) => observe({ kind: 'note', level: 'warn', message });
  const stop = (error: Error) => run.stop(error);
  const noteLate = (message: string) => {
    note(message);
    run.relieve?.('the run may not end in time');
  };
  const deadline = deadlineOf(job, startedAt);
  const now = deadline === null ? Date.now : clockFor(deadline);
  const hasProgress = () => finished > 0;
  const onTime =
    deadline === null ? null : timeBudget(deadline, now(), { stop, note: noteLate, hasProgress });
  const onMemory = memoryBudget(memoryBytes, { stop, note, shrink });
  /** Remaining bytes of each partition in progress. */
  const left = new Map<string, number>();
  let finished = 0;
  let done = 0;
  let peak = 0;
  let ticks = 0;
  let isBusy = false;
  let looksAgainAt = 0;

  function shrink(): boolean {
    trimMemory();
    pool.trim();
    run.relieve?.('the run needs its memory');
    if (slots.concurrency === 1 && pool.size === 1) return false;
    slots.concurrency = Math.max(1, slots.concurrency >> 1);
    pool.resize(Math.min(pool.size, slots.concurrency));
    return true;
  }

  function count(partition: string, more: number): void {
    const rest = left.get(partition) ?? 0;
    done += Math.min(rest, more);
    if (rest > more) left.set(partition, rest - more);
    else left.delete(partition);
  }

  async function tick(): Promise<void> {
    const used = await countedMemory(pool, isGroupLimited);
    peak = Math.max(peak, used);
    onMemory(used, performance.now());
    if (++ticks % 5 === 0 && output !== null) await checkDiskStill(output);
  }

  /**
   * Between two ticks a slice may grow beyond the memory that is left: then the largest worker is ended, and
   * its slice is tried again alone.
   */
  function look(): void {
    const used = runMemory(pool);
    peak = Math.max(peak, used);
    if (!isSpent(used, memoryBytes) || performance.now() < looksAgainAt) return;
    looksAgainAt = performance.now() + settledMs;
    const largest = largestWorker(pool);
    if (largest === null) return;
    if (slots.concurrency === 1 && pool.size === 1) {
      stop(memorySpent(used, memoryBytes, 'with one worker and one slice at a time'));
      return;
    }
    slots.concurrency = 1;
    pool.resize(1);
    pool.endForMemory(largest);
    note(
      `memory is exhausted (${Math.round(used / 2 ** 20)} MiB): the largest worker was stopped, and slices continue one at a time`,
    );
  }

  const looking = setInterval(look, lookMs(memoryBytes));
  const timer = setInterval(() => {
    // First, because the rest waits for the disk of the output.
    onTime?.(bytes === 0 ? 0 : Math.min(1, done / bytes), now());
    if (isBusy) return;
    isBusy = true;
    tick()
      .catch(stop)
      .finally(() => {
        isBusy = false;
      });
  }, tickMs);
  return {
    observe(event) {
      if (event.kind === 'partition-started') left.set(event.partition, event.bytes);
      else if (event.kind === 'slice-scored') count(event.partition, event.bytes ?? 0);
      else if (event.kind === 'partition-ended') {
        if (event.state === 'published' || event.state === 'held') finished++;
        count(event.partition, Number.POSITIVE_INFINITY);
      }
      observe(event);
    },
    peakBytes: () => peak,
    close() {
      clearInterval(timer);
      clearInterval(looking);
    },
  };
}
