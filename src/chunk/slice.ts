/**
 * Location of a chunk in its file, as plain data. Slices depend on the input and the job file, not on the
 * number of workers.
 */
export type Slice = ByteSlice | RowSlice;

interface AnySlice {
  /** Index among the slices of its partition, from 0. */
  readonly index: number;
  /** `_source_row` of its first row: from 1, without the header. */
  readonly firstRow: number;
  /** Its share of the input's bytes, which progress and deadlines count. */
  readonly inputBytes: number;
}

/** Rows of a text file: the bytes `[start, end)` on row boundaries. */
export interface ByteSlice extends AnySlice {
  readonly kind: 'bytes';
  readonly start: number;
  readonly end: number;
  /** The physical line of its first byte, from 1. */
  readonly firstLine: number;
  /**
   * For a compressed, transcoded or remote stream: the slice's bytes as UTF-8, because a worker cannot seek
   * there; else null.
   */
  readonly bytes: Uint8Array | null;
  /** True if its rows must be read one by one, because quotes join lines that are rows by themselves. */
  readonly byRow?: boolean;
  /** True for the last slice of the file, whose last row may be cut off. */
  readonly last: boolean;
}

/**
 * Rows `[start, end)` of a row group (Parquet) or of a record batch (Arrow), or all rows of several small ones.
 */
export interface RowSlice extends AnySlice {
  readonly kind: 'rows';
  readonly start: number;
  readonly end: number;
  /** Index of the row group or record batch. */
  readonly group: number;
  /** Of several whole groups from `group` on, the rows of each; absent: one group. */
  readonly groupRows?: readonly number[];
  /** The bytes of a remote file, which only the main process can fetch, for a worker; absent if local. */
  readonly carried?: CarriedBytes;
}

/** Bytes of a file from `start` on. */
export interface HeldBytes {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** The bytes of a slice in a remote file. */
export interface CarriedBytes {
  readonly bytes: readonly HeldBytes[];
  /** Parquet: for each row group with rows the pages of each source column that contain the rows; only it reads them. */
  readonly windows?: readonly ReadonlyMap<number, object>[];
}

/** Returns a slice as the kind that a format cuts; a decoder receives only slices of its own source. */
export function sliceOf<K extends Slice['kind']>(kind: K, slice: Slice): Extract<Slice, { kind: K }> {
  if (slice.kind !== kind) throw new Error(`slice ${slice.index} is one of ${slice.kind}, not of ${kind}`);
  return slice as Extract<Slice, { kind: K }>;
}
