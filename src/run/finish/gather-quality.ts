import { type ChallengerCounts, mergeChallengers } from '../../quality/challenger.js';
import { addPartition, noPartitions } from '../../quality/run-quality.js';
import { trimMemory, trimWhereGrown } from '../../workers/trim-memory.js';
import { readHeldInput, readHeldRecord } from '../publish/commit.js';
import type { Layout } from '../records/layout.js';
import type { PartitionOutcome } from '../records/outcomes.js';
import type { Gathered, RecentRecords } from '../records/recent-records.js';
import { type PartitionRecord, readInput, readRecord } from '../records/record.js';

/** Returns the input of a covered partition's record. Throws like `storageError` if it is unreadable. */
export async function inputOf(
  layout: Layout,
  { partition, state }: Pick<PartitionOutcome, 'partition' | 'state'>,
  recent: RecentRecords | null,
): Promise<PartitionRecord['input']> {
  const held = recent?.inputOf(partition) ?? null;
  if (held !== null) return held;
  return state === 'held' ? readHeldInput(layout, partition) : readInput(layout, partition);
}

/** Records (10 KiB each) are read and dropped faster than V8 collects them. */
const trimEvery = 1000;

/**
 * Merges the quality of the partitions `covered` unless `recent` already has their sum: reads them from the
 * run folder one at a time in the order of the plan, so that memory does not grow, and the order of scoring
 * does not matter. Costs about half a millisecond each.
 */
export async function gatherQuality(
  layout: Layout,
  covered: readonly PartitionOutcome[],
  recent: RecentRecords | null,
): Promise<Gathered> {
  const known = recent?.gathered(covered.map(({ partition }) => partition)) ?? null;
  if (known !== null) return known;
  let sum = noPartitions;
  let challengers: readonly ChallengerCounts[] = [];
  for (const [i, outcome] of covered.entries()) {
    if (i % trimEvery === trimEvery - 1) trimMemory();
    const { partition, state } = outcome;
    const read = state === 'held' ? readHeldRecord : readRecord;
    const { quality, skipped, challengers: counts } = await read(layout, partition);
    if (quality !== null) sum = addPartition(sum, partition, { quality, skipped });
    challengers = mergeChallengers(challengers, counts ?? []);
    trimWhereGrown();
  }
  return { ...sum, challengers };
}
