import type { RowCounts } from '../../chunk/row-counts.js';
import type { PackedBins } from '../../quality/column-bins.js';
import type { LightQuality } from '../../quality/light-quality.js';
import type { KeyDigest } from '../../repair/key-digest.js';
import type { MarkCounts } from '../records/marks.js';
import type { ChallengeResult } from './challenge-slice.js';

/** Result of a worker for one slice: small and encoded, written in order by the main process. */
export interface SliceResult {
  readonly rows: RowCounts;
  /** The scored rows in the output's format; null if every row was rejected. */
  readonly scored: Uint8Array | null;
  /** One line of JSON per rejected row; null if there was none. */
  readonly rejects: Uint8Array | null;
  /** Changed cells as Parquet, and their number; null without `audit` or without changes. */
  readonly audit: { readonly bytes: Uint8Array; readonly rows: number } | null;
  readonly quality: LightQuality;
  /** The bins that its worker held, including this slice's; null if the worker keeps them for now. */
  readonly bins: HeldBins | null;
  /** The keys of its rows, if they are digested during scoring. */
  readonly keys: KeyDigest | null;
  /** Its rows by watermark; null without one. */
  readonly marks: MarkCounts | null;
  /** The scores of its scored rows, for each output that is ranked. */
  readonly ranked: readonly Float64Array[];
  /** The results of challengers; empty without any. */
  readonly challengers: readonly ChallengeResult[];
}

/** The sum of the bins of several slices of a partition, and the indices of these slices. */
export interface HeldBins {
  readonly slices: readonly number[];
  readonly bins: PackedBins;
}
