import type { OutputFile, PartitionRecord } from './record.js';

/** A synced file in staging and its target, relative to staging and run folder, which may be moved. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
}

/** Everything needed to publish a partition. */
export interface Intent {
  readonly record: PartitionRecord;
  /** The record as written; null if it is written in pieces. */
  readonly text: string | null;
  readonly moves: readonly Move[];
  /** Earlier published files of this partition that the new set does not replace. */
  readonly stale: readonly OutputFile[];
}
