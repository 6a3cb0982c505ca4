import { createGathering, type Gathered } from './gathered.js';
import type { Intent } from './intent.js';
import type { PartitionRecord } from './record.js';

/**
 * The records that a run keeps of the partitions that it has just scored, so that it need not read them back
 * at its end. Bounded: the records of the first partitions, and the quality of all of them together as long
 * as they end nearly in the order of the plan.
 */
export interface RecentRecords extends Recollection {
  /** Takes a partition whose intent is written, with its quality. */
  add(intent: Intent): void;
}

/** Records that need not be read again. */
export interface Recollection {
  /** Returns the intent of a partition without its quality, which is in the text; null if it is not held. */
  intentOf(partition: string): Intent | null;
  /** Returns what the partitions, in this order, have together; null if it was not added up for exactly these. */
  gathered(partitions: readonly string[]): Gathered | null;
}

/** The most characters of records to hold: about a thousand records of small files. */
const mostCharacters = 16 * 2 ** 20;
/** Memory of a record besides its text, in characters. */
const recordCharacters = 4096;
/** Partitions that may wait for an earlier one that is still being scored. */
const mostWaiting = 64;

/** Returns the recent records of a run that scores `partitions`, all of its plan in order; else of none. */
export function recentRecords(partitions: readonly string[]): RecentRecords {
  const order = new Map(partitions.map((partition, i) => [partition, i]));
  const intents = new Map<string, Intent>();
  let room = mostCharacters;
  let waiting: Map<number, PartitionRecord> | null = new Map();
  let next = 0;
  const sum = createGathering();

  function addUp(record: PartitionRecord): void {
    const at = order.get(record.partition);
    if (waiting === null) return;
    if (at === undefined || at < next || waiting.has(at) || waiting.size >= mostWaiting) {
      waiting = null;
      return;
    }
    waiting.set(at, record);
    for (let one = waiting.get(next); one !== undefined; one = waiting.get(next)) {
      sum.add(one);
      waiting.delete(next);
      next++;
    }
  }

  return {
    add(intent) {
      const { record, text } = intent;
      addUp(withQuality(intent));
      const size = recordCharacters + (text?.length ?? 0);
      if (text === null || size > room) return;
      room -= size;
      intents.set(record.partition, { ...intent, record: { ...record, quality: null, challengers: [] } });
    },
    intentOf: (partition) => intents.get(partition) ?? null,
    gathered(wanted) {
      const isAll =
        waiting !== null &&
        next === partitions.length &&
        wanted.length === next &&
        wanted.every((partition, i) => partition === partitions[i]);
      return isAll ? sum.total() : null;
    },
  };
}

/** Returns the record of an intent with its quality, which may be only in its text. */
function withQuality({ record, text }: Intent): PartitionRecord {
  return record.quality !== null || text === null ? record : (JSON.parse(text) as PartitionRecord);
}
