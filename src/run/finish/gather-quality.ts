import { inGroups } from '../../storage/in-groups.js';
import { join } from '../../storage/paths.js';
import { storeOf } from '../../storage/store-of.js';
import { trimWhereGrown } from '../../workers/trim-memory.js';
import { readHeldRecord } from '../publish/commit.js';
import { createGathering, type Gathered } from '../records/gathered.js';
import type { Intent } from '../records/intent.js';
import type { Layout } from '../records/layout.js';
import type { PartitionOutcome } from '../records/outcomes.js';
import { withSketches } from '../records/read-json.js';
import { type PartitionRecord, parsedOrNull, readRecord } from '../records/record.js';

/**
 * Gathers the records of the partitions `covered`: reads them from the run folder in the order of the plan, one
 * at a time but for small ones, whose texts are read ahead, so that memory does not grow, and the order of
 * scoring does not matter. Costs a fifth of a millisecond for a record of 24 columns.
 */
export async function gatherQuality(layout: Layout, covered: readonly PartitionOutcome[]): Promise<Gathered> {
  const sum = createGathering();
  const store = storeOf(layout.output);
  const texts = inGroups(covered, ({ partition, state }) => {
    const path = join(state === 'held' ? layout.held : layout.records, `${partition}.json`);
    return store.readSmall(path, (bytes) => bytes.toString());
  });
  let at = 0;
  for await (const some of texts) {
    for (const text of some) {
      const { partition, state } = covered[at++]!;
      const read = state === 'held' ? readHeldRecord : readRecord;
      sum.add((text === null ? null : smallRecord(text, state)) ?? (await read(layout, partition)));
    }
    trimWhereGrown();
  }
  return sum.total();
}

/** Returns the record in a text, the sketches of its quality as written; null if it is not JSON. */
export function smallRecord(text: string, state: PartitionOutcome['state']): PartitionRecord | null {
  const found = parsedOrNull(text);
  const record = state === 'held' ? (found as Intent | null)?.record : (found as PartitionRecord | null);
  withSketches(record?.challengers);
  return record ?? null;
}
