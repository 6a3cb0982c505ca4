import { inGroups } from '../../storage/in-groups.js';
import { join } from '../../storage/paths.js';
import { storeOf } from '../../storage/store-of.js';
import { trimWhereGrown } from '../../workers/trim-memory.js';
import type { PlannedJob, VersionedJob } from '../plan/run-plan.js';
import { outcomeOf, whatToDo } from '../plan/what-to-do.js';
import { readHeld, readHeldRecord } from '../publish/commit.js';
import { createGathering } from '../records/gathered.js';
import type { Layout } from '../records/layout.js';
import { isCovered, type PartitionOutcome } from '../records/outcomes.js';
import { createPackedValues } from '../records/packed-values.js';
import { entryReader, recordedPartitions } from '../records/read-records.js';
import type { Recollection } from '../records/recent-records.js';
import {
  checkedRecord,
  type Entries,
  entryOf,
  type LedgerEntry,
  type PartitionRecord,
  readRecord,
} from '../records/record.js';
import { smallRecord } from './gather-quality.js';

/** The state of every partition of a plan, the entries of all records, and what the covered ones have together. */
interface ReadOutcomes {
  readonly all: readonly PartitionOutcome[];
  readonly records: Entries;
  readonly recent: Recollection;
}

/**
 * Reads the records of a run folder, each once and in the order of the plan, in memory that does not grow with
 * them but for their entries. A held partition, or a record of 128 KiB or more, is read twice.
 */
export async function readOutcomes(plan: PlannedJob & VersionedJob, layout: Layout): Promise<ReadOutcomes> {
  const known = { records: createPackedValues<LedgerEntry>(), held: await readHeld(layout) };
  const left = new Set(await recordedPartitions(layout));
  const entryAt = entryReader(layout);
  const sum = createGathering();
  const covered: string[] = [];
  const all: PartitionOutcome[] = [];
  const read = async (partition: string): Promise<PartitionRecord | null> => {
    if (!left.delete(partition)) return null;
    const path = join(layout.records, `${partition}.json`);
    const text = await storeOf(path).readSmall(path, (bytes) => bytes.toString());
    const record = text === null ? null : checkedRecord(smallRecord(text, 'published'), partition);
    const entry = record === null ? await entryAt(partition) : entryOf(record);
    if (entry !== null) known.records.set(partition, entry);
    return record;
  };
  for await (const records of inGroups(plan.inputs, ({ partition }) => read(partition))) {
    const inputs = plan.inputs.slice(all.length, all.length + records.length);
    for (const [i, work] of (await whatToDo(plan, layout, inputs, known, false)).entries()) {
      const outcome = outcomeOf(work, known);
      all.push(outcome);
      if (!isCovered(outcome)) continue;
      const { partition, state } = outcome;
      covered.push(partition);
      if (state === 'held') sum.add(await readHeldRecord(layout, partition));
      else sum.add(records[i] ?? (await readRecord(layout, partition)));
    }
    trimWhereGrown();
  }
  for await (const entries of inGroups([...left], entryAt))
    for (const entry of entries) if (entry !== null) known.records.set(entry.partition, entry);
  const areThese = (wanted: readonly string[]) =>
    wanted.length === covered.length && wanted.every((partition, i) => partition === covered[i]);
  return {
    all,
    records: known.records,
    recent: { intentOf: () => null, gathered: (wanted) => (areThese(wanted) ? sum.total() : null) },
  };
}
