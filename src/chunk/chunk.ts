import type { Column } from './column.js';
import type { Problems } from './problem.js';

/**
 * A run of rows of one input, column by column. It contains every row that was read, including rejected rows
 * (their cells are missing and a problem with outcome `rejected` names them), so `rows` is what the ledger
 * counts. Columns may be views of a decoder's memory: they are valid until that decoder decodes its next
 * slice.
 */
export interface Chunk {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
  readonly problems: Problems;
  readonly origin: Origin;
}

/** Locates a chunk's rows in their file. Only called for rows with a problem, so it may be slow. */
export interface Origin {
  /**
   * `_source_row` of the first row that was decoded, from 1 without the header; see `sourceRow`.
   */
  readonly firstRow: number;
  /** Of each row of the chunk its place among the decoded rows, if some were left out; absent: all are here. */
  readonly places?: Int32Array;
  /**
   * Returns the line (from 1) and byte offset (decompressed) at which row `row` of the chunk begins; null if
   * the format has none.
   */
  locate(row: number): { readonly line: number | null; readonly byteOffset: number | null };
  /** Returns the row as in the file (CSV: its text), or its cells as JSON; at most `limit` characters. */
  raw(row: number, limit: number): string;
}

/** Returns the `_source_row` of row `row` of a chunk. */
export function sourceRow({ firstRow, places }: Pick<Origin, 'firstRow' | 'places'>, row: number): number {
  return firstRow + (places === undefined ? row : places[row]!);
}
