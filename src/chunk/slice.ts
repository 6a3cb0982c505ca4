/**
 * Location of a chunk, as plain data for a worker: bytes `[start, end)` on row boundaries (CSV), rows `[start, end)` of a row group
 * (Parquet) or of a record batch (Arrow). Slices depend only on the input and the job file, never on the number of workers.
 */
export interface Slice {
  /** Index among the slices of its partition, from 0. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
  /** Row group or record batch; 0 for CSV. */
  readonly group: number;
  /** `_source_row` of its first row: from 1, without the header. */
  readonly firstRow: number;
  /** CSV: the physical line of its first byte, from 1; 0 elsewhere. */
  readonly firstLine: number;
  /** CSV from a compressed or transcoded stream: the slice's bytes as UTF-8, because a worker cannot seek there; else null. */
  readonly bytes: Uint8Array | null;
  /** CSV: true for the last slice of the file, whose last row may be cut off. */
  readonly last: boolean;
}
