import { addPartition, noPartitions, type RunQuality } from '../../quality/run-quality.js';
import { trimMemory } from '../../workers/trim-memory.js';
import { readHeldRecord } from '../publish/commit.js';
import type { Layout } from '../records/layout.js';
import type { PartitionOutcome } from '../records/outcomes.js';
import { type PartitionRecord, readRecord } from '../records/record.js';

/** The whole record of a partition that is covered. Throws as `storageError` says where it is gone. */
export function recordOf(
  layout: Layout,
  { partition, state }: Pick<PartitionOutcome, 'partition' | 'state'>,
): Promise<PartitionRecord> {
  return state === 'held' ? readHeldRecord(layout, partition) : readRecord(layout, partition);
}

/** Records are read and thrown away faster than the engine sees need to collect them: 10 KiB each. */
const trimEvery = 1000;

/**
 * The quality of the partitions `covered` together, read back from the run folder one at a time in the plan's order: memory does not grow with them, and
 * which of them was scored first does not matter. Costs about half a millisecond each.
 */
export async function gatherQuality(
  layout: Layout,
  covered: readonly PartitionOutcome[],
): Promise<RunQuality> {
  let sum = noPartitions;
  for (const [i, outcome] of covered.entries()) {
    if (i % trimEvery === trimEvery - 1) trimMemory();
    const { partition, quality, skipped } = await recordOf(layout, outcome);
    if (quality !== null) sum = addPartition(sum, partition, { quality, skipped });
  }
  return sum;
}
