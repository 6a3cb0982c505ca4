import { createHash } from 'node:crypto';
import type { InputFile } from '../../storage/list-inputs.js';

/** One of `count` shares of a plan; `index` counts from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Fixed cost of a partition, in bytes of input that take as long to score as opening and committing it. */
const partitionBytes = 1024 * 1024;

/**
 * Returns a name for a shard of a plan, narrowed to the partitions that match a glob: two that differ in their
 * index alone have no partition in common.
 */
export function shardName(
  { index, count }: Shard,
  inputs: readonly Pick<InputFile, 'partition' | 'bytes'>[],
  glob: string | null,
): string {
  const hash = createHash('sha256').update(JSON.stringify(glob));
  for (const { partition, bytes } of inputs) hash.update(`\n${partition} ${bytes}`);
  return `shard-${index}-of-${count}-${hash.digest('hex').slice(0, 16)}`;
}

/** Returns true for the names of two shards that have no partition in common. */
export function areApart(one: string, other: string): boolean {
  const withoutIndex = (name: string) => name.replace(/^shard-\d+/, '');
  return one !== other && withoutIndex(one) === withoutIndex(other);
}

/** Returns the inputs of one shard in the order of the plan. */
export function inputsOfShard(inputs: readonly InputFile[], { index, count }: Shard): InputFile[] {
  const shards = assignShards(inputs, count);
  return inputs.filter((_, i) => shards[i] === index - 1);
}

/**
 * Returns the shard of each input, from 0. The largest are assigned first, each to the shard with the fewest
 * bytes so far (R. L. Graham, "Bounds on multiprocessing timing anomalies": at most 4/3 of the best possible
 * balance); a partition counts 1 MiB in addition to its bytes. Depends on the sizes and the order of the plan
 * alone, so that every shard computes the same assignment.
 */
export function assignShards(inputs: readonly Pick<InputFile, 'bytes'>[], count: number): Int32Array {
  const order = inputs.map((_, i) => i).sort((a, b) => inputs[b]!.bytes - inputs[a]!.bytes || a - b);
  const loads = new Float64Array(count);
  const heap = Int32Array.from({ length: count }, (_, shard) => shard);
  const shards = new Int32Array(inputs.length);
  for (const at of order) {
    const shard = heap[0]!;
    shards[at] = shard;
    loads[shard]! += inputs[at]!.bytes + partitionBytes;
    sinkFirst(heap, loads);
  }
  return shards;
}

/** Restores the order of a heap whose first shard grew: fewest bytes first, then the lowest number. */
function sinkFirst(heap: Int32Array, loads: Float64Array): void {
  const isLess = (a: number, b: number) => loads[a]! < loads[b]! || (loads[a]! === loads[b]! && a < b);
  for (let at = 0; ; ) {
    let least = at;
    for (const child of [2 * at + 1, 2 * at + 2])
      if (child < heap.length && isLess(heap[child]!, heap[least]!)) least = child;
    if (least === at) return;
    const moved = heap[at]!;
    heap[at] = heap[least]!;
    heap[least] = moved;
    at = least;
  }
}
