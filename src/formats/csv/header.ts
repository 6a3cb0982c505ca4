import { fitOf, isFree, learnShapes, maskOf } from './column-shapes.js';
import type { DialectOverrides } from './dialect.js';
import { filledGroups, isGroupRow } from './group-names.js';
import { type SampleRow, sampleRows } from './sample-rows.js';
import type { DialectGuess } from './sniff-dialect.js';
import { isName, isValue, sameCells, typedColumns } from './table-bounds.js';
import { usualWidth } from './table-width.js';

/** Number of header rows, and the confidence from 0 to 1. */
export interface HeaderGuess {
  readonly headerRows: number;
  readonly confidence: number;
}

/** Returns the number of header rows: as given, as detected, or, if ambiguous, as in the first file. */
export function findHeader(
  body: readonly SampleRow[],
  width: number,
  { headerRows: given, likeHeader: like }: Pick<DialectOverrides, 'headerRows' | 'likeHeader'>,
): HeaderGuess {
  if (given !== undefined) return { headerRows: Math.min(given, body.length), confidence: 1 };
  const own = guessHeader(body, width);
  if (like === undefined || like.rows === own.headerRows) return own;
  if (like.rows === 1 && body.length > 0 && sameCells(body[0]!.cells, like.titles))
    return { headerRows: 1, confidence: 1 };
  if (own.confidence >= clearHeader) return own;
  return { headerRows: Math.min(like.rows, body.length), confidence: own.confidence };
}

/** From this confidence on, the look of a header outweighs a different header in the job's first file. */
const clearHeader = 0.75;

function guessHeader(body: readonly SampleRow[], width: number): HeaderGuess {
  const first = body[0];
  if (first === undefined) return { headerRows: 0, confidence: 0 };
  if (body.length > 2 && isGroupRow(first.cells, body[1]!.cells)) {
    const below = guessHeader(body.slice(1), width);
    if (below.headerRows > 0) return { ...below, headerRows: below.headerRows + 1 };
  }
  if (first.cells.some((cell) => isValue(cell))) {
    const values = first.cells.filter((cell) => isValue(cell)).length;
    const data = body.slice(1, 200);
    if (!valuesOverNames(first.cells, data, width)) {
      return { headerRows: 0, confidence: Math.min(1, 0.6 + values / (2 * first.cells.length)) };
    }
  }
  // In concatenated files the header recurs among the rows.
  const typed = typedColumns(
    body.filter((row, i) => i === 0 || !sameCells(row.cells, first.cells)),
    width,
  );
  let headerRows = 1;
  while (headerRows < Math.min(mostHeaderRows, body.length - 1) && typed.length > 0) {
    const { cells, trouble } = body[headerRows]!;
    if (trouble || cells.length !== width) break;
    const names = typed.filter((column) => isName(cells[column] ?? '')).length;
    const values = typed.filter((column) => isValue(cells[column] ?? '')).length;
    if (values > 0 || names < 1 || (typed.length < 2 && names < typed.length)) break;
    headerRows++;
  }
  if (typed.length > 0) return { headerRows, confidence: 0.95 };
  if (body.length === 1) return { headerRows: 1, confidence: 0.5 };
  const alike = leadingAlike(body);
  if (width >= 3 && alike > 1) return { headerRows: alike, confidence: 0.7 };
  const again = body.slice(1).filter(({ cells }) => sameCells(cells, first.cells)).length;
  if (again > 0 && (width === 1 || again > body.length * 0.05)) return { headerRows: 0, confidence: 0.7 };
  const verdict = likeData(first.cells, body.slice(1), width);
  if (verdict !== null) return verdict;
  const data = body.slice(1).filter(({ cells }) => !sameCells(cells, first.cells));
  const repeated = data.some(({ cells }) => cells.some((cell, i) => cell !== '' && cell === first.cells[i]));
  const unique =
    new Set(first.cells).size === first.cells.length && first.cells.every((cell) => cell.trim() !== '');
  if (unique && !repeated) return { headerRows: 1, confidence: 0.7 };
  return { headerRows: repeated && (!unique || data.length >= 3) ? 0 : 1, confidence: 0.5 };
}

/** Counts the first rows that copy one row of distinct names, none recurring in its column; 0 if too many. */
function leadingAlike(body: readonly SampleRow[]): number {
  const { cells } = body[0]!;
  if (!cells.every(isName) || new Set(cells).size < cells.length) return 0;
  let rows = 1;
  while (rows < body.length && sameCells(body[rows]!.cells, cells)) rows++;
  const below = body.slice(rows);
  const isNamed = below.length > 0 && !below.some((row) => row.cells.some((cell, i) => cell === cells[i]));
  return rows <= mostHeaderRows && isNamed ? rows : 0;
}

const mostHeaderRows = 4;

/**
 * Returns evidence about a first row above text columns: cells that recur in their columns, or are written
 * like the others there (`7 Smith Street`), are data; names are not. Null if there is none.
 */
function likeData(
  cells: readonly string[],
  data: readonly SampleRow[],
  width: number,
): { headerRows: number; confidence: number } | null {
  const regular = data.filter((row) => !row.trouble && row.cells.length === width).map((row) => row.cells);
  const shapes = learnShapes(regular, width);
  let alike = 0;
  let other = 0;
  for (const [i, shape] of shapes.entries()) {
    const cell = (cells[i] ?? '').trim();
    if (cell === '') continue;
    const fit = fitOf(cell, shape);
    if (shape.values !== null) fit === 2 ? alike++ : other++;
    else if (!isFree(shape) && fit === 0) other++;
    else if (shape.masks !== null && fit === 2 && /[^aA]/.test(maskOf(cell))) alike++;
  }
  if (shapes.length === 0) return smallLikeData(cells, regular);
  if (alike === other) return null;
  return { headerRows: alike > other ? 0 : 1, confidence: 0.8 };
}

/** Returns evidence in a tiny table: a first row written like the others in a column, digits included. */
function smallLikeData(
  cells: readonly string[],
  rows: readonly (readonly string[])[],
): { headerRows: number; confidence: number } | null {
  if (rows.length < 2) return null;
  const masked = [...cells.keys()].filter((i) => {
    const mask = maskOf(cells[i]!.trim());
    return /^[^aA]*9|9, ?9/.test(mask) && rows.every((row) => maskOf((row[i] ?? '').trim()) === mask);
  });
  return masked.length > 0 ? { headerRows: 0, confidence: 0.6 } : null;
}

/** Returns true if a first row with values is a header, such as years over columns of numbers. */
function valuesOverNames(cells: readonly string[], data: readonly SampleRow[], width: number): boolean {
  if (data.length < 2) return false;
  if (isSeriesOverFigures(cells, data)) return true;
  const typed = typedColumns(data, width);
  const names = typed.filter((column) => isName(cells[column] ?? ''));
  const values = cells.filter((cell) => isValue(cell)).length;
  return names.length > 0 && names.length >= values * 2;
}

/** Returns true if the first row has ascending years or dates, and the numbers below are neither. */
function isSeriesOverFigures(cells: readonly string[], data: readonly SampleRow[]): boolean {
  const indices = [...cells.keys()].filter((i) => isValue(cells[i]!));
  const others = cells.filter((cell) => !isValue(cell));
  const isMoment = (cell: string): boolean =>
    /^(?:1[89]|20)\d\d(?:[-/.]?\d\d?){0,2}$/.test(cell.trim()) && !/^\d{5}$/.test(cell.trim());
  if (indices.length < 2 || !others.some(isName) || !indices.every((i) => isMoment(cells[i]!))) return false;
  if (!indices.every((i, at) => at === 0 || cells[i]! > cells[indices[at - 1]!]!)) return false;
  const below = data.flatMap((row) => indices.map((i) => row.cells[i] ?? '')).filter((cell) => isValue(cell));
  return below.length > 0 && below.filter(isMoment).length < below.length * 0.2;
}

/**
 * Returns the rows of a sample with their header read by its own delimiter if that gives as many distinct
 * names as the table has columns and the row below contains values, unless a header is given: a title may
 * have as many words, but precedes a header.
 */
export function withOwnHeader(
  rows: readonly SampleRow[],
  sample: Buffer,
  guess: DialectGuess,
  width: number,
  { skipLines = 0, headerRows = 0 }: DialectOverrides,
): readonly SampleRow[] {
  const at = rows.findIndex(({ kind, line }) => kind === 'row' && line > skipLines);
  const [head, below] = rows.slice(at).filter(({ kind }) => kind === 'row');
  if (at < 0 || width < 3 || head === undefined || below === undefined) return rows;
  if (head.cells.length >= width - 1 || below.cells.length !== width) return rows;
  if (headerRows === 0 && !below.cells.some(isValue)) return rows;
  for (const delimiter of otherDelimiters) {
    if (delimiter === guess.delimiter) continue;
    // A title of three or four words may well precede three or four columns.
    if (delimiter === ' ' && width < 5 && headerRows === 0) continue;
    const own = { ...guess, delimiter };
    const [row] = sampleRows(sample.subarray(0, head.next), own, width, 1, true, head.start);
    if (row === undefined || row.trouble || row.cells.length !== width || !row.cells.every(isName)) continue;
    if (new Set(row.cells).size < width) continue;
    return [...rows.slice(0, at), { ...head, cells: row.cells, texts: row.texts }, ...rows.slice(at + 1)];
  }
  return rows;
}

const otherDelimiters = [',', ';', '\t', '|', ' '];

/**
 * Returns a header row without stray quotes in its names, and without blank names in the middle whose columns
 * are empty in every row.
 */
export function soundHeader(row: SampleRow, data: readonly SampleRow[], quote: string | null): SampleRow {
  if (!row.trouble && row.cells.length === usualWidth(data) - 1)
    return quote === null ? row : partedHeader(row, quote);
  const bare =
    row.trouble && quote !== null ? row.cells.map((cell) => cell.replaceAll(quote, '')) : row.cells;
  const names = bare.slice(0, lastFilled(bare));
  const blanks = names.filter((name) => name.trim() === '').length;
  const without = names.length - blanks;
  const fits = data.length > 1 && data.every(({ cells }) => cells.length !== names.length);
  if (blanks === 0 || names[0]!.trim() === '' || !fits || usualWidth(data) !== without)
    return { ...row, cells: bare };
  const texts = row.texts.filter((_, i) => i < names.length && names[i]!.trim() !== '');
  return { ...row, cells: names.filter((name) => name.trim() !== ''), texts };
}

/**
 * Splits a header row with one name too few at the only quote within a name, where two names ran together.
 */
function partedHeader(row: SampleRow, quote: string): SampleRow {
  const parts = row.cells.flatMap((cell) => cell.split(quote));
  return parts.length === row.cells.length + 1 && !parts.includes('')
    ? { ...row, cells: parts, texts: parts }
    : row;
}

/** Returns the table's width: its header's, unless most rows are wider; blank names count only with cells. */
export function tableWidth(header: readonly SampleRow[], data: readonly SampleRow[], width: number): number {
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

/** Makes names unique: joins header rows by a space, numbers repeated names, replaces blanks by the index. */
export function columnNames(
  header: readonly SampleRow[],
  fields: number,
  strayQuotes: 'keep' | 'drop' = 'drop',
): Names {
  const names: string[] = [];
  const notes: string[] = [];
  const taken = new Set<string>();
  const levels = header.map(({ cells }, level) => {
    const below = header[level + 1]?.cells;
    return below !== undefined && isGroupRow(cells, below) ? filledGroups(cells, below) : cells;
  });
  const texts = Array.from({ length: fields }, (_, i) =>
    levels
      .map((cells) => (cells[i] ?? '').trim())
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
  const [head] = header;
  const cells = strayQuotes === 'keep' ? head?.texts : head?.cells;
  const titles = header.length === 1 ? names.map((_, i) => cells![i] ?? '') : texts;
  return { names, titles: header.length === 0 ? names : titles, notes };
}
