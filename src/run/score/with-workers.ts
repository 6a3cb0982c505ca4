import pLimit, { type LimitFunction } from 'p-limit';
import type { Observe } from '../../run-event.js';
import { createPool, type Pool } from '../../workers/pool.js';
import type { Prewarmed } from '../../workers/prewarmed.js';
import type { Means } from '../budgets/means.js';
import { roomOfSlice } from '../budgets/memory-budget.js';
import { watchBudgets } from '../budgets/watch-budgets.js';
import type { RunPlan } from '../plan/run-plan.js';
import type { PartitionContext } from '../slice/score-slice.js';
import { stageUrl } from './prewarm-workers.js';

/** Workers of a run, and what bounds them. */
export interface Crew {
  readonly plan: RunPlan;
  readonly means: Means;
  readonly pool: Pool;
  /** Bounds the slices that are in flight, of all partitions together. */
  readonly slots: LimitFunction;
  /** Aborted when the run ends early; the reason is the error that ended it. */
  readonly signal: AbortSignal;
  readonly observe: Observe;
}

/** Returns the context of a partition whose slices may take as much memory as there is for one. */
export function withRoom(
  context: PartitionContext,
  model: { readonly heldBytes: number },
  { memoryBytes }: Means,
): PartitionContext {
  const mostSliceBytes = roomOfSlice({ memoryBytes, modelBytes: model.heldBytes });
  return { ...context, read: { ...context.read, mostSliceBytes } };
}

/** A run that wants workers. */
interface WorkerRun extends Pick<Crew, 'plan' | 'means' | 'signal' | 'observe'> {
  readonly startedAt: Date;
  /** The output folder, whose disk is watched; null if there is none. */
  readonly output: string | null;
  /** Bytes of input that the run still has to read. */
  readonly bytes: number;
  /** Prewarmed worker processes. */
  readonly prewarmed: Prewarmed | null;
  /** Ends the run early. */
  stop(error: Error): void;
  /** Releases memory that the run does not need, before memory or time ends it; absent or null: nothing. */
  readonly relieve?: ((why: string) => void) | null;
}

/** Runs `work` with workers whose memory, time and disk are watched; `peakBytes` is the peak so far. */
export async function withWorkers<T>(
  run: WorkerRun,
  work: (crew: Crew, peakBytes: () => number) => Promise<T>,
): Promise<T> {
  const { plan, means, bytes, prewarmed, signal } = run;
  const { job } = plan;
  const pool = createPool({
    size: means.workers,
    isolation: job.run.isolation,
    stage: stageUrl,
    prewarmed,
    plan: plan.stage,
    taskTimeoutMs: job.batchTimeoutMs,
  });
  const slots = pLimit(means.workers * 2);
  const watch = watchBudgets({ ...run, job, stop: (error) => run.stop(error) }, { pool, slots, bytes });
  // Results of workers are useless once the run is to end, and a model may take its time.
  const drop = () => void pool.close(0);
  signal.addEventListener('abort', drop, { once: true });
  try {
    const crew = { plan, means, pool, slots, signal, observe: watch.observe };
    return await work(crew, watch.peakBytes);
  } finally {
    watch.close();
    signal.removeEventListener('abort', drop);
    await pool.close(signal.aborted ? 0 : 5000);
  }
}
