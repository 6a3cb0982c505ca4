import { orAbsent } from '../../storage/durable.js';
import { inGroups } from '../../storage/in-groups.js';
import { join } from '../../storage/paths.js';
import { onStorage } from '../../storage/storage-error.js';
import { storeOf } from '../../storage/store-of.js';
import { trimWhereGrown } from '../../workers/trim-memory.js';
import type { Layout } from './layout.js';
import { createPackedValues } from './packed-values.js';
import {
  checkedRecord,
  type Entries,
  entryOf,
  type LedgerEntry,
  parsedOrNull,
  readRecordIfThere,
} from './record.js';

/**
 * Returns a folder's records by partition, or those of the partitions for which `isWanted` is true; empty
 * without a run folder. Ignores unreadable ones: their work is repeated.
 */
export async function readRecords(
  layout: Layout,
  isWanted: (partition: string, index: number) => boolean = () => true,
): Promise<Entries> {
  const records = createPackedValues<LedgerEntry>();
  const wanted = (await recordedPartitions(layout)).filter(isWanted);
  const read = entryReader(layout);
  for await (const entries of inGroups(wanted, read))
    for (const entry of entries) if (entry !== null) records.set(entry.partition, entry);
  return records;
}

/** Returns the partitions that have a record, in order. */
export async function recordedPartitions({ records }: Layout): Promise<string[]> {
  const names = await storeOf(records).names(records);
  return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
}

/**
 * Returns a function that reads the record of a partition without its quality, most of the file; null for one
 * that cannot be read.
 */
export function entryReader(layout: Layout): (partition: string) => Promise<LedgerEntry | null> {
  const store = storeOf(layout.records);
  let reads = 0;
  return (partition) => {
    if (++reads % trimEvery === 0) trimWhereGrown();
    const path = join(layout.records, `${partition}.json`);
    return onStorage('output', path, async () => {
      const lean = (await store.readSmall(path, leanRecord)) ?? (await leanOfLarger(path));
      const record = checkedRecord(lean, partition) ?? (await readRecordIfThere(layout, partition));
      return record === null ? null : entryOf(record);
    });
  };
}

/** After how many records what was read is collected, if it is much. */
const trimEvery = 2048;

/** Records up to this size are read at once. */
const mostBytes = 2 ** 20;

function leanOfLarger(path: string): Promise<unknown> {
  return orAbsent(
    storeOf(path).readWith(path, async (file) =>
      file.bytes <= mostBytes ? leanRecord(Buffer.from(await file.text())) : null,
    ),
  );
}

/**
 * Returns what a file with a record holds, but the quality of its rows and the details of its input; null for
 * any other file.
 */
export function leanRecord(bytes: Buffer): unknown {
  const start = bytes.indexOf(',"quality":');
  const end = bytes.lastIndexOf(',"skipped":');
  if (start < 0 || end < start) return null;
  return parsedOrNull(withoutDetails(bytes.toString('utf8', 0, start)) + bytes.toString('utf8', end));
}

/** Leaves out the details of an input: keys in a record have a fixed order, and a wrong cut is not JSON. */
function withoutDetails(text: string): string {
  const start = text.indexOf(',"details":');
  const end = text.lastIndexOf(',"notes":', text.lastIndexOf(',"outputs":'));
  return start < 0 || end < start ? text : text.slice(0, start) + text.slice(end);
}
