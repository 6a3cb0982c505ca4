/**
 * Where a chunk lies, as plain data that can be sent to a worker: bytes `[start, end)` on row boundaries (CSV), rows `[start, end)` of a row
 * group (Parquet), or of a record batch (Arrow). Slices come from the input and the job file alone, never from the number of workers.
 */
export interface Slice {
  /** Its place among the slices of its partition, from 0. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
  /** Row group or record batch; 0 for CSV. */
  readonly group: number;
  /** Its first row as `_source_row` counts, from 1 without the header. */
  readonly firstRow: number;
  /** CSV: the physical line of its first byte, from 1; 0 elsewhere. */
  readonly firstLine: number;
  /** CSV from a compressed or transcoded stream: the slice's bytes as UTF-8, since a worker cannot seek there; else null. */
  readonly bytes: Uint8Array | null;
  /** CSV: true for the slice that ends the file, where a last row may be cut off. */
  readonly last: boolean;
}
