import { type ChallengerCounts, mergeChallengers } from '../../quality/challenger.js';
import { createRunSum, type RunQuality } from '../../quality/run-quality.js';
import { createPackedValues, type PackedValues } from './packed-values.js';
import type { PartitionRecord } from './record.js';

/** The records of several partitions added up: their quality, and the counts of their challengers. */
export interface Gathered extends RunQuality {
  readonly challengers: readonly ChallengerCounts[];
  /** The inputs of the records, by partition. */
  readonly inputs: Omit<PackedValues<PartitionRecord['input']>, 'set'>;
}

/** Adds up records. */
export interface Gathering {
  /** Adds the record of the next partition of the plan; the sketches of its quality may be as in a JSON file. */
  add(record: PartitionRecord): void;
  /** Returns what was added, valid until the next record is. */
  total(): Gathered;
}

/** Creates the sum of no records. */
export function createGathering(): Gathering {
  const sum = createRunSum();
  const inputs = createPackedValues<PartitionRecord['input']>();
  let challengers: readonly ChallengerCounts[] = [];
  return {
    add({ partition, input, quality, skipped, challengers: counts = [] }) {
      inputs.set(partition, input);
      if (quality !== null) sum.add(partition, { quality, skipped });
      challengers = mergeChallengers(challengers, counts);
    },
    total: () => ({ ...sum.total(), challengers, inputs }),
  };
}
