import type { ColumnMarks } from '../text/column-marks.js';
import type { Compression } from './byte-stream.js';
import type { Dialect } from './dialect.js';

/** What a CSV source's description holds besides its columns; plain data for workers and the manifest. */
export interface CsvDetails {
  readonly [key: string]: unknown;
  readonly dialect: Dialect;
  /** From 0 to 1, of delimiter and quotes, the encoding, and the header. */
  readonly confidence: { readonly delimiter: number; readonly encoding: number; readonly header: number };
  /** Keys of the dialect that were told, and need no confidence. */
  readonly told: readonly string[];
  readonly compression: Compression;
  /** The header line, null where there is none or it has several rows. */
  readonly header: string | null;
  /** The columns' names as the header has them: blank or repeated ones too; without a header, the names given to them. */
  readonly titles: readonly string[];
  /** What the sample proves about the decimal marks of columns; of a column that is not listed, nothing. */
  readonly marks: readonly ColumnMarks[];
  /** Offsets in the decompressed text as UTF-8; `dataEnd` null: to its end. */
  readonly dataStart: number;
  readonly dataEnd: number | null;
  readonly dataLine: number;
  /** What lies beyond `dataEnd`. */
  readonly endCode: 'other-table' | 'footer-line';
  /** What was odd about the header. */
  readonly notes: readonly string[];
  /** Where this file is read differently from the job's first one, in words. */
  readonly differences: readonly string[];
}

/** The details of a description made by this format. */
export function csvDetails(details: Readonly<Record<string, unknown>>): CsvDetails {
  return details as CsvDetails;
}

/** Details as records and manifests show them, of whatever format: without what was learned of the cells, their shapes and how large their numbers are. */
export function shownDetails(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { dialect, marks } = csvDetails(details);
  if (dialect === undefined) return details;
  const { shapes: _, ...shown } = dialect;
  const proven = marks
    .filter(({ fractions, wholes }) => fractions !== null || wholes !== null)
    .map(({ column, fractions, wholes }) => ({ column, fractions, wholes }));
  return { ...details, dialect: shown, marks: proven };
}
