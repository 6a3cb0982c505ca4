import type { ReadPlan } from '../../chunk/read-plan.js';
import type { Slice } from '../../chunk/slice.js';
import type { Source } from '../../formats/format.js';
import { WorkerEndedError } from '../../workers/worker-ended.js';
import { sliceBytes } from '../plan/slice-bytes.js';
import { carrying } from './carry-slice.js';
import { inOrder } from './in-order.js';
import type { Crew } from './with-workers.js';

interface SliceWork<Result> {
  /** The columns that workers read. */
  readonly read: ReadPlan;
  /** Takes a slice that a worker can decode. */
  work(slice: Slice): Promise<Result>;
  /** Takes the results in the order of the slices. */
  consume(result: Result, slice: Slice): Promise<void>;
}

/** Cuts a source and works on its slices side by side; memory is bounded as by `inOrder`. */
export function eachSlice<Result>(
  { plan, means, slots, signal }: Crew,
  source: Source,
  { read, work, consume }: SliceWork<Result>,
): Promise<void> {
  const carried = carrying(source, read);
  return inOrder(source.cut(sliceBytes(plan), signal), {
    limit: slots,
    lanes: means.workers * 2,
    signal,
    work: (slice) => carried(slice, work),
    async consume(result, slice) {
      await consume(result, slice);
      source.giveBack?.(slice);
    },
  });
}

/** Workers, and the plan that says how often a task is tried. */
export type TaskCrew = Pick<Crew, 'pool' | 'plan'>;

/** Runs a task on some worker, again on others if one ends; throws the last `WorkerEndedError`. */
export async function runTask(
  { pool, plan }: TaskCrew,
  context: { readonly key: string; readonly value: unknown },
  task: object,
): Promise<unknown> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await pool.run(context, task);
    } catch (error) {
      if (!(error instanceof WorkerEndedError) || attempt >= plan.job.run.retries) throw error;
    }
  }
}
