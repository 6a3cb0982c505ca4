import { type Dialect, defaultMaxRowBytes } from './dialect.js';
import { marksOf } from './marks.js';
import { asWritten, noneWritten } from './reading.js';
import { readCells } from './readings.js';
import { rowKind, rowReader } from './row-reader.js';

/** A row of the sample under some dialect. */
export interface SampleRow {
  readonly kind: 'row' | 'blank' | 'comment';
  readonly start: number;
  readonly next: number;
  /** Physical line, from 1. */
  readonly line: number;
  /** Number of physical lines. */
  readonly lines: number;
  readonly cells: readonly string[];
  /** The cells without the stray quotes that were removed. */
  readonly texts: readonly string[];
  /** `quoted`: it contains quotes; `trouble`: some of them are wrong. */
  readonly quoted: boolean;
  readonly trouble: boolean;
}

/**
 * Returns the rows of a sample under a dialect with width `fields` (0: unknown), at most `limit`, with the
 * blank lines and comments between them. If the input continues after the sample (`complete` is false) a row
 * that may continue ends the list, unless hardly any would be left.
 */
export function sampleRows(
  sample: Buffer,
  dialect: Pick<Dialect, 'delimiter' | 'quote' | 'escape' | 'lineEnd' | 'comment'> &
    Partial<Pick<Dialect, 'marked' | 'backslashes' | 'padded'>>,
  fields: number,
  limit: number,
  complete: boolean,
  start = 0,
): SampleRow[] {
  const rules = {
    ...dialect,
    marked: dialect.marked ?? null,
    quotedColumns: [],
    shapes: [],
    care: { delimiters: false, quotes: false, ends: false },
    surplus: 'reject' as const,
    strayQuotes: 'drop' as const,
  };
  const reader = rowReader(
    marksOf({
      ...rules,
      encoding: 'utf-8',
      headerRows: 0,
      skipLines: 0,
      fields,
      usualCells: fields,
      maxRowBytes: defaultMaxRowBytes,
      maxFieldBytes: defaultMaxRowBytes,
    }),
  );
  reader.reset(sample, sample.length, complete);
  const rows: SampleRow[] = [];
  let line = 1;
  let at = start;
  let found = 0;
  while (at < sample.length && found < limit) {
    const kind = reader.read(at);
    const { span } = reader;
    if (kind === rowKind.needMore) {
      if (rows.length >= 10) break;
      reader.reset(sample, sample.length, true);
      continue;
    }
    if (span.next < 0) break;
    const isRow = kind === rowKind.row;
    if (isRow) found++;
    const reading = isRow
      ? readCells(sample.toString('utf8', at, span.end), rules, fields)
      : { cells: [], code: null, written: noneWritten };
    rows.push({
      kind: isRow ? 'row' : kind === rowKind.comment ? 'comment' : 'blank',
      start: at,
      next: span.next,
      line,
      lines: span.lines,
      cells: reading.cells,
      texts: reading.written.size === 0 ? reading.cells : asWritten(reading.cells, reading.written),
      quoted: span.quoted,
      trouble: reading.code !== null,
    });
    line += span.lines;
    at = span.next;
  }
  return rows;
}

/** Returns the part of a sample up to its last line end. */
export function wholeLines(sample: Buffer, complete: boolean): Buffer {
  if (complete) return sample;
  const end = Math.max(sample.lastIndexOf(10), sample.lastIndexOf(13));
  return end < 0 ? sample : sample.subarray(0, end + 1);
}
