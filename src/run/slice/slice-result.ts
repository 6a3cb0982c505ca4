import type { PackedBins } from '../../quality/column-bins.js';
import type { LightQuality } from '../../quality/light-quality.js';
import type { KeyDigest } from '../../repair/key-digest.js';
import type { RowCounts } from '../records/ledger.js';

/** What comes back from a worker for one slice: small and encoded, in the order in which the main process lays it down. */
export interface SliceResult {
  readonly rows: RowCounts;
  /** The scored rows in the output's format; null where every row was rejected. */
  readonly scored: Uint8Array | null;
  /** One line of JSON per rejected row; null where none was. */
  readonly rejects: Uint8Array | null;
  /** Cells that were changed, as Parquet, and how many; null without `audit` or where none was. */
  readonly audit: { readonly bytes: Uint8Array; readonly rows: number } | null;
  readonly quality: LightQuality;
  /** The bins that its worker held, its own included; null where it holds them on. */
  readonly bins: HeldBins | null;
  /** The keys of its rows, where they are looked for along with scoring. */
  readonly keys: KeyDigest | null;
}

/** The bins of some slices of a partition added up, and which slices these are. */
export interface HeldBins {
  readonly slices: readonly number[];
  readonly bins: PackedBins;
}
