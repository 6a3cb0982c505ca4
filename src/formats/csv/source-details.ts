import type { Compression } from '../text/byte-stream.js';
import type { ColumnMarks } from '../text/column-marks.js';
import type { Dialect } from './dialect.js';

/** Description of a CSV source besides its columns; plain data for workers and the manifest. */
export interface CsvDetails {
  readonly [key: string]: unknown;
  readonly dialect: Dialect;
  /** From 0 to 1, for delimiter and quotes, the encoding, and the header. */
  readonly confidence: { readonly delimiter: number; readonly encoding: number; readonly header: number };
  /** Keys of the dialect that were given, and need no confidence. */
  readonly given: readonly string[];
  readonly compression: Compression;
  /** The lines of the header that may recur among the rows. */
  readonly headers: readonly string[];
  /** The columns' names as in the header, even blank or repeated; without a header, generated names. */
  readonly titles: readonly string[];
  /** Evidence of the sample about the decimal marks of columns; none for a column that is not listed. */
  readonly marks: readonly ColumnMarks[];
  /** Offsets in the decompressed text as UTF-8; `dataEnd` null: to its end. */
  readonly dataStart: number;
  readonly dataEnd: number | null;
  readonly dataLine: number;
  /** Code of the lines after `dataEnd`. */
  readonly endCode: 'other-table' | 'footer-line';
  /** Oddities of the header. */
  readonly notes: readonly string[];
  /** Differences of this file from the job's first one, in words. */
  readonly differences: readonly string[];
}

/** Casts the details of a description made by this format. */
export function csvDetails(details: Readonly<Record<string, unknown>>): CsvDetails {
  return details as CsvDetails;
}

/**
 * Returns details for records and manifests, of any format: without the facts learned about the cells, their
 * shapes and the sizes of their numbers.
 */
export function shownDetails(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { dialect, marks } = csvDetails(details);
  if (dialect === undefined) return details;
  const { shapes: _, ...shown } = dialect;
  const proven = marks
    .filter(({ fractions, wholes }) => fractions !== null || wholes !== null)
    .map(({ column, fractions, wholes }) => ({ column, fractions, wholes }));
  return { ...details, dialect: shown, marks: proven };
}
