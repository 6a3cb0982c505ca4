import { cellShape } from './cell-shape.js';
import { type ColumnMarks, columnMarks } from './column-marks.js';
import { learnShapes } from './column-shapes.js';
import { type Dialect, type DialectOverrides, defaultMaxRowBytes, type WritersCare } from './dialect.js';
import { type DialectGuess, type SampleRow, sampleRows } from './sniff-dialect.js';

/** Lines at the file's edges that are no rows: `code` as in docs/problems.md. */
export interface EdgeLines {
  readonly code: 'preamble-line' | 'comment-line' | 'blank-line';
  /** Physical lines, from 1. */
  readonly lines: readonly number[];
}

/** Where the table lies in the text, and what its columns are called. Offsets are bytes from the start of the (decompressed, UTF-8) text. */
export interface Layout {
  readonly dialect: Dialect;
  readonly names: readonly string[];
  /** The names as the header has them: unnamed ones blank, repeated ones as they are; of several header rows joined by a space. */
  readonly titles: readonly string[];
  /** The header line as it stands, for finding it again in mid-file; null where there is none or it has several rows. */
  readonly header: string | null;
  readonly dataStart: number;
  /** Physical line of `dataStart`, from 1. */
  readonly dataLine: number;
  /** Where another table begins; null where the table goes on to the end. */
  readonly dataEnd: number | null;
  readonly edges: readonly EdgeLines[];
  /** What the sample proves about decimal marks. */
  readonly marks: readonly ColumnMarks[];
  /** What was odd about the header, in words. */
  readonly notes: readonly string[];
  /** How sure the header is, from 0 to 1. */
  readonly headerConfidence: number;
}

const layoutRows = 500;

/**
 * Finds header, preamble and a second table in the sample: the table's width is the one that most of its rows have; lines before it that are
 * much narrower are a preamble; a header is a row of names above columns of values. Reads at most 500 rows.
 */
export function findLayout(
  sample: Buffer,
  guess: DialectGuess,
  encoding: string,
  given: DialectOverrides,
  bomBytes: number,
  complete: boolean,
): Layout {
  const all = sampleRows(sample, guess, 0, layoutRows, complete, bomBytes);
  const skip = given.skipLines === undefined ? 0 : all.filter(({ line }) => line <= given.skipLines!).length;
  const width = usualWidth(all.slice(skip));
  const rows = sampleRows(sample, guess, width, layoutRows, complete, bomBytes);
  const first =
    given.skipLines === undefined ? tableStart(rows, width) : firstFrom(rows, given.skipLines + 1);
  const table = rows.slice(first);
  const stop = tableStop(table, width);
  const body = table.slice(0, stop).filter(({ kind }) => kind === 'row');
  const { headerRows, confidence } = findHeader(body, width, given.headerRows);
  const data = body.slice(headerRows);
  const header = body.slice(0, headerRows).map((row) => soundHeader(row, data, guess.quote));
  const fields = Math.max(1, tableWidth(header, data, width));
  const { names, titles, notes } = columnNames(header, fields);
  const last = body.slice(0, headerRows).at(-1);
  const start = last === undefined ? (table[0]?.start ?? sample.length) : last.next;
  const dataLine = last === undefined ? (table[0]?.line ?? 1) : lineAfter(rows, last, sample);
  const before = rows.filter(({ start: at, kind }, i) => at < start && (i < first || kind !== 'row'));
  const other = stop < table.length ? table[stop]! : null;
  const regular = regularRows(data, fields);
  return {
    dialect: {
      delimiter: guess.delimiter,
      quote: guess.quote,
      escape: guess.escape,
      lineEnd: guess.lineEnd,
      encoding,
      headerRows,
      skipLines: first > 0 ? (table[0]?.line ?? 1) - 1 : 0,
      comment: guess.comment,
      fields,
      maxRowBytes: given.maxRowBytes ?? defaultMaxRowBytes,
      maxFieldBytes: given.maxFieldBytes ?? given.maxRowBytes ?? defaultMaxRowBytes,
      quotedColumns: quotedColumns(sample, data, fields, guess),
      shapes: learnShapes(regular, fields),
      care: writersCare(data, fields, guess),
      surplus: given.surplus ?? 'reject',
    },
    names,
    titles,
    header: headerRows === 1 ? lineText(sample, header[0]!) : null,
    dataStart: start,
    dataLine,
    dataEnd: other === null ? null : other.start,
    edges: (['preamble', 'comment', 'blank'] as const).map((kind) => ({
      code: `${kind}-line` as const,
      lines: before
        .filter((row) => row.kind === (kind === 'preamble' ? 'row' : kind))
        .map(({ line }) => line),
    })),
    marks: columnMarks(regular, fields),
    notes,
    headerConfidence: confidence,
  };
}

/** Rows to learn from: of the right width and without fault; the few that are all but empty, as footers are, are left out. */
function regularRows(data: readonly SampleRow[], fields: number): readonly (readonly string[])[] {
  const rows = data
    .filter(({ cells, trouble }) => !trouble && cells.length === fields)
    .map(({ cells }) => cells);
  const dense = rows.filter((cells) => cells.filter((cell) => cell.trim() !== '').length * 2 > fields);
  return dense.length >= rows.length * 0.9 ? dense : rows;
}

/** The width that most rows have; between equals the wider. */
function usualWidth(rows: readonly SampleRow[]): number {
  const widths = new Map<number, number>();
  for (const { kind, cells } of rows) {
    if (kind === 'row') widths.set(cells.length, (widths.get(cells.length) ?? 0) + 1);
  }
  let best = 1;
  let times = 0;
  for (const [width, count] of widths) {
    if (count > times || (count === times && width > best)) {
      best = width;
      times = count;
    }
  }
  return best;
}

function firstFrom(rows: readonly SampleRow[], line: number): number {
  const at = rows.findIndex((row) => row.line >= line && row.kind === 'row');
  return at < 0 ? rows.length : at;
}

/** The first row of the table: much narrower lines above a row of the usual width are a preamble. */
function tableStart(rows: readonly SampleRow[], width: number): number {
  const first = rows.findIndex(({ kind }) => kind === 'row');
  if (first < 0) return 0;
  if (width < 2) return first;
  for (const [i, row] of rows.entries()) {
    if (row.kind !== 'row') continue;
    const filled = row.cells.filter((cell) => cell.trim() !== '').length;
    const padded = row.cells.length === width && filled <= 1 && width > 2 && !isAboveValues(rows, i);
    if (row.cells.length * 2 > width && !padded) return i;
    if (width === 2 && rows[i + 1]?.kind === 'row' && isName(row.cells[0] ?? '') && i === first) {
      const after = rows[i + 1]!;
      if (after.cells.length === 2 && after.cells.some((cell) => isValue(cell))) return i;
    }
  }
  return first;
}

/** Whether the next row holds values: then row `i` is their header, however few names it has. */
function isAboveValues(rows: readonly SampleRow[], i: number): boolean {
  const next = rows.slice(i + 1).find(({ kind }) => kind === 'row');
  return next === undefined || next.cells.some(isValue);
}

/** The index of the first row of another table, or the number of rows. */
function tableStop(table: readonly SampleRow[], width: number): number {
  for (let i = 1; i < table.length; i++) {
    const row = table[i]!;
    if (row.kind !== 'row' || row.cells.length < 2) continue;
    const afterBlank = table[i - 1]!.kind === 'blank';
    const next = table.slice(i, i + 3).filter(({ kind }) => kind === 'row');
    const alike = next.length >= 2 && next.every(({ cells }) => cells.length === row.cells.length);
    if (!alike || !row.cells.every((cell) => isName(cell))) continue;
    const values = next.slice(1).some(({ cells }) => cells.some((cell) => isValue(cell)));
    if (!values) continue;
    const differs = row.cells.length !== width || !sameCells(row.cells, table[0]!.cells);
    if (differs && (afterBlank || (row.cells.length !== width && next.length === 3))) return i;
  }
  return table.length;
}

function sameCells(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((cell, i) => cell.trim() === b[i]!.trim());
}

/** How many of the first rows are names above values. */
function findHeader(
  body: readonly SampleRow[],
  width: number,
  given: number | undefined,
): { headerRows: number; confidence: number } {
  if (given !== undefined) return { headerRows: Math.min(given, body.length), confidence: 1 };
  const first = body[0];
  if (first === undefined) return { headerRows: 0, confidence: 0 };
  if (first.cells.some((cell) => isValue(cell))) {
    const values = first.cells.filter((cell) => isValue(cell)).length;
    const data = body.slice(1, 200);
    if (!valuesOverNames(first.cells, data, width)) {
      return { headerRows: 0, confidence: Math.min(1, 0.6 + values / (2 * first.cells.length)) };
    }
  }
  const typed = typedColumns(body, width);
  let headerRows = 1;
  while (headerRows < Math.min(4, body.length - 1) && typed.length > 0) {
    const { cells, trouble } = body[headerRows]!;
    if (trouble || cells.length !== width) break;
    const names = typed.filter((column) => isName(cells[column] ?? '')).length;
    const values = typed.filter((column) => isValue(cells[column] ?? '')).length;
    if (values > 0 || names < 1 || (typed.length < 2 && names < typed.length)) break;
    headerRows++;
  }
  if (typed.length > 0) return { headerRows, confidence: 0.95 };
  if (body.length === 1) return { headerRows: 1, confidence: 0.5 };
  const again = body.slice(1).filter(({ cells }) => sameCells(cells, first.cells)).length;
  if (again > 0 && (width === 1 || again > body.length * 0.05)) return { headerRows: 0, confidence: 0.7 };
  const repeated = body
    .slice(1)
    .some(({ cells }) => cells.some((cell, i) => cell !== '' && cell === first.cells[i]));
  const unique =
    new Set(first.cells).size === first.cells.length && first.cells.every((cell) => cell.trim() !== '');
  if (unique && !repeated) return { headerRows: 1, confidence: 0.7 };
  return { headerRows: repeated && !unique ? 0 : 1, confidence: 0.5 };
}

/** Whether a first row with values in it is a header all the same: years over columns of figures, say, beside names over typed columns. */
function valuesOverNames(cells: readonly string[], data: readonly SampleRow[], width: number): boolean {
  if (data.length < 2) return false;
  const typed = typedColumns(data, width);
  const names = typed.filter((column) => isName(cells[column] ?? ''));
  const values = cells.filter((cell) => isValue(cell)).length;
  return names.length > 0 && names.length >= values * 2;
}

/** Columns that hold values in nearly all of their filled cells, the first rows apart. */
function typedColumns(body: readonly SampleRow[], width: number): number[] {
  const columns: number[] = [];
  const rows = body.slice(Math.min(4, Math.max(1, body.length - 2)), 200);
  for (let column = 0; column < width; column++) {
    let filled = 0;
    let values = 0;
    for (const { cells } of rows) {
      const shape = cellShape(cells[column] ?? '');
      if (shape === 'empty') continue;
      filled++;
      if (shape === 'number' || shape === 'time') values++;
    }
    if (filled > 0 && values >= filled * 0.8) columns.push(column);
  }
  return columns;
}

function isValue(cell: string): boolean {
  const shape = cellShape(cell);
  return shape === 'number' || shape === 'time';
}

function isName(cell: string): boolean {
  const shape = cellShape(cell);
  return shape === 'word' || shape === 'text';
}

/** A header row without stray quotes in its names, and without blank names in the middle that no row of the table has cells for. */
function soundHeader(row: SampleRow, data: readonly SampleRow[], quote: string | null): SampleRow {
  if (quote !== null && !row.trouble && row.cells.length === usualWidth(data) - 1)
    return partedHeader(row, quote);
  const bare =
    row.trouble && quote !== null ? row.cells.map((cell) => cell.replaceAll(quote, '')) : row.cells;
  const names = bare.slice(0, lastFilled(bare));
  const blanks = names.filter((name) => name.trim() === '').length;
  const without = names.length - blanks;
  const fits = data.length > 1 && data.every(({ cells }) => cells.length !== names.length);
  if (blanks === 0 || !fits || usualWidth(data) !== without) return { ...row, cells: bare };
  return { ...row, cells: names.filter((name) => name.trim() !== '') };
}

/** A header row of one name too few, parted at the one quote within a name: two quoted names ran together. */
function partedHeader(row: SampleRow, quote: string): SampleRow {
  const parts = row.cells.flatMap((cell) => cell.split(quote));
  return parts.length === row.cells.length + 1 && !parts.includes('') ? { ...row, cells: parts } : row;
}

/** What the rows show of their writer: cells that could not stand there without quotes, set against rows that lack them. */
function writersCare(data: readonly SampleRow[], fields: number, guess: DialectGuess): WritersCare {
  const { delimiter, quote } = guess;
  let delimiters = 0;
  let quotes = 0;
  let long = 0;
  let stray = 0;
  for (const { cells, trouble } of data) {
    if (trouble) stray++;
    else if (cells.length > fields) long++;
    else {
      if (cells.some((cell) => cell.includes(delimiter))) delimiters++;
      if (quote !== null && cells.some((cell) => cell.includes(quote))) quotes++;
    }
  }
  return { delimiters: delimiters > 0 && delimiters >= long, quotes: quotes > 0 && quotes >= stray };
}

/** The table's width: its header's, unless more of its rows are wider; blank names at a header's end count only where rows have cells for them. */
function tableWidth(header: readonly SampleRow[], data: readonly SampleRow[], width: number): number {
  if (header.length === 0) return width;
  let names = 1;
  for (const { cells } of header) names = Math.max(names, lastFilled(cells));
  if (data.length === 0) return Math.max(names, header[0]!.cells.length);
  const usual = usualWidth(data);
  const rowsOf = (cells: number): number => data.filter((row) => row.cells.length === cells).length;
  return usual > names && rowsOf(usual) > rowsOf(names) ? usual : names;
}

function lastFilled(cells: readonly string[]): number {
  let length = cells.length;
  while (length > 0 && cells[length - 1]!.trim() === '') length--;
  return length;
}

interface Names {
  readonly names: readonly string[];
  readonly titles: readonly string[];
  readonly notes: readonly string[];
}

/** Unique names: several header rows are joined by a space, blank ones are called after their place, repeated ones get a number. */
function columnNames(header: readonly SampleRow[], fields: number): Names {
  const names: string[] = [];
  const notes: string[] = [];
  const taken = new Set<string>();
  const texts = Array.from({ length: fields }, (_, i) =>
    header
      .map(({ cells }) => (cells[i] ?? '').trim())
      .filter((text) => text !== '')
      .join(' '),
  );
  const written = new Set(texts);
  for (const [i, text] of texts.entries()) {
    let name = text === '' ? `column_${i + 1}` : text;
    if (text === '' && header.length > 0) notes.push(`column ${i + 1} has no name and is called ${name}`);
    for (let n = 2; taken.has(name) || (name !== text && written.has(name)); n++)
      name = `${text === '' ? `column_${i + 1}` : text}_${n}`;
    if (text !== '' && name !== text)
      notes.push(`column ${i + 1} repeats the name ${text} and is called ${name}`);
    taken.add(name);
    names.push(name);
  }
  const titles = header.length === 1 ? names.map((_, i) => header[0]!.cells[i] ?? '') : texts;
  return { names, titles: header.length === 0 ? names : titles, notes };
}

function lineText(sample: Buffer, row: SampleRow): string {
  return sample.toString('utf8', row.start, row.next).replace(/[\r\n]+$/, '');
}

function lineAfter(rows: readonly SampleRow[], row: SampleRow, sample: Buffer): number {
  const next = rows[rows.indexOf(row) + 1];
  if (next !== undefined) return next.line;
  return row.line + (sample.toString('utf8', row.start, row.next).match(/\r\n|\n|\r/g)?.length ?? 0);
}

/** Columns in whose rows every filled cell stands in quotes. */
function quotedColumns(
  sample: Buffer,
  data: readonly SampleRow[],
  fields: number,
  { delimiter, quote }: DialectGuess,
): boolean[] {
  const counts = new Array<number>(fields).fill(0);
  const clean = data.filter(({ cells, trouble }) => !trouble && cells.length === fields).slice(0, 200);
  if (quote === null || clean.length < 2) return [];
  for (const row of clean) {
    const text = lineText(sample, row);
    if (!text.includes(quote)) continue;
    let at = 0;
    for (let column = 0; column < fields && at <= text.length; column++) {
      const cell = row.cells[column]!;
      if (text[at] === quote) {
        counts[column]!++;
        let end = at + 1 + cell.length;
        while (
          end < text.length &&
          !(text[end] === quote && (end + 1 >= text.length || text.startsWith(delimiter, end + 1)))
        )
          end++;
        at = end + 1 + delimiter.length;
      } else at += cell.length + delimiter.length;
    }
  }
  return counts.map((count) => count === clean.length);
}
