import type { Column } from '../chunk/column.js';
import type { Feeds, TensorData } from '../chunk/tensor.js';
import { createWriter } from './create-writer.js';
import type { FeaturePlan, TensorPlan } from './feature-plan.js';
import { textSource } from './text-source.js';
import { viewOf } from './view-column.js';
import type { Out, Writer } from './writer.js';

/**
 * Returns the feeds of rows `[from, to)` of a chunk. Columns that already have a tensor's layout are views of
 * the chunk's memory; others are converted, column by column, into buffers that the next call overwrites,
 * also one for another chunk. Looks strings up once per distinct value, here, not per row. Throws
 * `RangeError` for a column that does not have `rows` rows.
 */
export function createFeeds(
  plan: FeaturePlan,
  columns: ReadonlyMap<string, Column>,
  rows: number,
): (from: number, to: number) => Feeds {
  for (const name of plan.columns) {
    const length = columns.get(name)?.length;
    if (length !== rows) throw new RangeError(`column "${name}" has ${length} rows of ${rows}`);
  }
  const sources = plan.tensors.map((tensor) => tensorSource(tensor, columns));
  return (from, to) => {
    const feeds: Record<string, TensorData> = { ...plan.constants };
    for (let i = 0; i < sources.length; i++) feeds[plan.tensors[i]!.input] = sources[i]!(from, to);
    return feeds;
  };
}

type TensorSource = (from: number, to: number) => TensorData;

function tensorSource(plan: TensorPlan, columns: ReadonlyMap<string, Column>): TensorSource {
  const view = viewOf(plan, columns);
  if (view !== null) {
    return (from, to) => ({
      type: plan.type,
      dims: [to - from, ...plan.tail],
      data: view.subarray(from * plan.width, to * plan.width) as typeof view,
    });
  }
  if (plan.type === 'string') return textSource(plan, columns);
  return bufferSource(
    plan,
    plan.parts.map((part) => createWriter(plan, part, columns)),
  );
}

/**
 * The buffer of each tensor, reused from chunk to chunk: a new one would exist beside the old one until a
 * garbage collection.
 */
const buffers = new WeakMap<TensorPlan, Out>();

/**
 * Fills a buffer batch by batch; returns the same tensor for batches of one length, so that its wrapper is
 * reused.
 */
function bufferSource(plan: TensorPlan, writers: readonly Writer[]): TensorSource {
  let tensor: TensorData | null = null;
  let length = -1;
  return (from, to) => {
    const rows = to - from;
    if (rows !== length) {
      tensor = {
        type: plan.type,
        dims: [rows, ...plan.tail],
        data: bufferOf(plan, rows * plan.width).subarray(0, rows * plan.width) as Out,
      };
      length = rows;
    }
    for (const write of writers) write(tensor!.data as Out, plan.width, from, to);
    return tensor!;
  };
}

/** Returns the tensor's buffer, with room for `size` elements. */
function bufferOf(plan: TensorPlan, size: number): Out {
  const kept = buffers.get(plan);
  if (kept !== undefined && kept.length >= size) return kept;
  const buffer: Out = new arrays[plan.type as keyof typeof arrays](size);
  buffers.set(plan, buffer);
  return buffer;
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};
