import { cellShape } from './cell-shape.js';
import type { Dialect, DialectOverrides } from './dialect.js';
import { defaultMaxRowBytes } from './dialect.js';
import { readCells } from './readings.js';
import { marksOf, rowKind, rowReader } from './row-reader.js';

/** A dialect as the sample suggests it, before header and layout are known. */
export interface DialectGuess {
  readonly delimiter: string;
  readonly quote: string | null;
  readonly escape: string | null;
  readonly lineEnd: '\n' | '\r\n' | '\r';
  readonly comment: string | null;
  /** From 0 to 1: how far the best reading of the sample stands ahead of the next. */
  readonly confidence: number;
}

/** A row of the sample under some dialect. */
export interface SampleRow {
  readonly kind: 'row' | 'blank' | 'comment';
  readonly start: number;
  readonly next: number;
  /** Physical line, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** Whether its quotes were wrong. */
  readonly trouble: boolean;
}

const delimiters = [',', ';', '\t', '|', ' ', ':', '^', '~', '\x1f', '\x1e', '\x01', '&', '*', '#'];
const scoredBytes = 65_536;
const scoredRows = 400;

/**
 * Chooses delimiter, quote and escape: every candidate reads the sample, and the product of how alike its rows are and how much its cells look like
 * values decides (after van den Burg, Nazábal and Sutton, Wrangling messy CSV files by detecting row and type patterns, 2019). Reads at
 * most 64 KiB per candidate.
 */
export function sniffDialect(sample: Buffer, given: DialectOverrides, complete: boolean): DialectGuess {
  const lineEnd = sniffLineEnd(sample);
  const scored = wholeLines(sample.subarray(0, scoredBytes), complete && sample.length <= scoredBytes);
  const text = scored.toString('utf8');
  const comment = given.comment === undefined ? sniffComment(text) : given.comment;
  const scores: { delimiter: string; quote: string | null; escape: string | null; score: number }[] = [];
  for (const quote of quoteCandidates(text, given)) {
    for (const escapeMark of escapeCandidates(text, quote, given)) {
      for (const delimiter of given.delimiter === undefined ? delimiterCandidates(text) : [given.delimiter]) {
        if (delimiter === quote || delimiter === escapeMark) continue;
        const rows = sampleRows(
          scored,
          { delimiter, quote, escape: escapeMark, lineEnd, comment },
          0,
          scoredRows,
        );
        scores.push({ delimiter, quote, escape: escapeMark, score: score(rows, delimiter) });
      }
    }
  }
  scores.sort((a, b) => b.score - a.score);
  const best = scores[0] ?? { delimiter: given.delimiter ?? ',', quote: '"', escape: '"', score: 0 };
  const next = scores.find(({ delimiter }) => delimiter !== best.delimiter);
  const confidence =
    best.score <= 0.01 ? 0.3 : next === undefined ? 1 : best.score / (best.score + next.score);
  const delimiter = given.delimiter ?? widenDelimiter(best.delimiter, scored, { ...best, lineEnd, comment });
  return { ...best, delimiter, lineEnd, comment, confidence: Math.round(confidence * 100) / 100 };
}

/** The rows of a sample under a dialect whose width is `fields` (0: not known), at most `limit`. */
export function sampleRows(
  sample: Buffer,
  dialect: Pick<Dialect, 'delimiter' | 'quote' | 'escape' | 'lineEnd' | 'comment'>,
  fields: number,
  limit: number,
  start = 0,
): SampleRow[] {
  const rules = { ...dialect, quotedColumns: [] };
  const reader = rowReader(
    marksOf({
      ...rules,
      encoding: 'utf-8',
      headerRows: 0,
      skipLines: 0,
      fields,
      maxRowBytes: defaultMaxRowBytes,
      maxFieldBytes: defaultMaxRowBytes,
    }),
  );
  reader.reset(sample, sample.length, true);
  const rows: SampleRow[] = [];
  let line = 1;
  let at = start;
  while (at < sample.length && rows.length < limit) {
    const kind = reader.read(at);
    const { span } = reader;
    if (span.next < 0) break;
    const isRow = kind === rowKind.row;
    const reading = isRow
      ? readCells(sample.toString('utf8', at, span.end), rules, fields)
      : { cells: [], code: null };
    rows.push({
      kind: isRow ? 'row' : kind === rowKind.comment ? 'comment' : 'blank',
      start: at,
      next: span.next,
      line,
      cells: reading.cells,
      trouble: reading.code !== null,
    });
    line += span.lines;
    at = span.next;
  }
  return rows;
}

/** The most frequent line end; a lone CR only where there is no LF at all, or far fewer. */
export function sniffLineEnd(sample: Uint8Array): '\n' | '\r\n' | '\r' {
  let lf = 0;
  let crlf = 0;
  let cr = 0;
  for (let i = 0; i < sample.length; i++) {
    if (sample[i] === 10) lf++;
    else if (sample[i] === 13) {
      if (sample[i + 1] === 10) {
        crlf++;
        i++;
      } else cr++;
    }
  }
  if (cr > 0 && cr > (lf + crlf) * 4) return '\r';
  return crlf > lf ? '\r\n' : '\n';
}

/** The part of a sample up to its last line end. */
export function wholeLines(sample: Buffer, complete: boolean): Buffer {
  if (complete) return sample;
  const end = Math.max(sample.lastIndexOf(10), sample.lastIndexOf(13));
  return end < 0 ? sample : sample.subarray(0, end + 1);
}

function score(rows: readonly SampleRow[], delimiter: string): number {
  const widths = new Map<number, number>();
  let count = 0;
  let cells = 0;
  let known = 0;
  let trouble = 0;
  for (const row of rows) {
    if (row.kind !== 'row') continue;
    count++;
    if (row.trouble) trouble++;
    widths.set(row.cells.length, (widths.get(row.cells.length) ?? 0) + 1);
    for (const cell of row.cells) {
      cells++;
      known += shapeWorth[cellShape(cell)];
    }
  }
  if (count === 0) return 0;
  let alike = 0;
  for (const [width, times] of widths) {
    const worth = width === 1 ? 0.001 : (width - 1) / width;
    alike += (times / count) ** 2 * worth;
  }
  const order = 1 - delimiters.indexOf(delimiter) * 0.002;
  const plain = delimiter === ' ' || delimiter === ':' ? 0.8 : 1;
  return alike * (known / cells) * (1 - 0.5 * (trouble / count)) * order * plain;
}

const shapeWorth = { empty: 0.8, number: 1, time: 1, word: 0.95, text: 0.7, odd: 0 };

function delimiterCandidates(text: string): string[] {
  const found = delimiters.filter((delimiter) => text.includes(delimiter));
  return found.length > 0 ? found : [','];
}

function quoteCandidates(text: string, given: DialectOverrides): (string | null)[] {
  if (given.quote !== undefined) return [given.quote];
  const found: (string | null)[] = ['"'];
  for (const quote of ["'", '`']) {
    if (new RegExp(`(?:^|[\\n\\r,;\\t| ])${quote}[^${quote}]*${quote}(?:[\\n\\r,;\\t| ]|$)`).test(text))
      found.push(quote);
  }
  return found;
}

function escapeCandidates(text: string, quote: string | null, given: DialectOverrides): (string | null)[] {
  if (given.escape !== undefined) return [given.escape === '"' && quote !== null ? quote : given.escape];
  if (quote === null) return [null];
  return text.includes(`\\${quote}`) ? [quote, '\\'] : [quote];
}

/** Comments are believed only where lines beginning with `#` stand before the table or do not look like its rows. */
function sniffComment(text: string): string | null {
  const lines = text.split(/\r\n|\n|\r/).slice(0, scoredRows);
  const marked = lines.filter((line) => line.startsWith('#'));
  const rest = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (marked.length === 0 || rest.length < 2) return null;
  const width = (line: string, delimiter: string): number => line.split(delimiter).length;
  for (const delimiter of [',', ';', '\t', '|']) {
    const usual = width(rest[rest.length - 1]!, delimiter);
    if (usual < 2) continue;
    const alike = rest.filter((line) => width(line, delimiter) === usual).length;
    if (alike < rest.length * 0.7) continue;
    return marked.every((line) => width(line, delimiter) !== usual) ? '#' : null;
  }
  return null;
}

/** A delimiter that is always followed by a blank, or always doubled, is longer than one character. */
function widenDelimiter(
  delimiter: string,
  sample: Buffer,
  dialect: Pick<Dialect, 'quote' | 'escape' | 'lineEnd' | 'comment'>,
): string {
  if (delimiter === ' ' || delimiter === '\t') return delimiter;
  const wider = [`${delimiter} `, `${delimiter}${delimiter}`];
  const narrow = sampleRows(sample, { ...dialect, delimiter }, 0, scoredRows).filter(isRow);
  if (narrow.every(({ cells }) => cells.length === 1)) return delimiter;
  for (const wide of wider) {
    const rows = sampleRows(sample, { ...dialect, delimiter: wide }, 0, scoredRows).filter(isRow);
    const cells = rows.flatMap((row) => row.cells);
    if (cells.length <= rows.length || cells.some((cell) => cell.includes(delimiter) && !cell.includes(wide)))
      continue;
    const spread = (list: SampleRow[]): number => new Set(list.map((row) => row.cells.length)).size;
    if (spread(rows) <= spread(narrow)) return wide;
  }
  return delimiter;
}

function isRow(row: SampleRow): boolean {
  return row.kind === 'row';
}
