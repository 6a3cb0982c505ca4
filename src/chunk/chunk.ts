import type { Column } from './column.js';
import type { Problems } from './problem.js';

/**
 * A run of rows of one input, column by column. Every row that was read is here, also one that a decoder rejected (its cells are missing and a
 * problem with outcome `rejected` names it), so `rows` is what the ledger counts. Columns may be views of a decoder's memory: they hold until
 * that decoder decodes its next slice.
 */
export interface Chunk {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
  readonly problems: Problems;
  readonly origin: Origin;
}

/** Where a chunk's rows lie in their file; only asked about rows with a problem, so it may be slow. */
export interface Origin {
  /** The chunk's first row as `_source_row` counts: from 1, without the header. Row i of the chunk is `firstRow + i`. */
  readonly firstRow: number;
  /** The physical line (from 1) and byte offset (in the decompressed stream) at which row `row` of the chunk begins; null where a format has none. */
  locate(row: number): { readonly line: number | null; readonly byteOffset: number | null };
  /** The row as it stood in the file (CSV: its text), or its cells as JSON; at most `limit` characters. */
  raw(row: number, limit: number): string;
}
