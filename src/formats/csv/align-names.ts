import type { SourceFinding } from '../../chunk/source-finding.js';
import { cellShape } from './cell-shape.js';
import type { SampleRow } from './sample-rows.js';
import { isValue } from './table-bounds.js';
import { usualWidth } from './table-width.js';

/** A header whose names are assigned to columns, and doubts about that. */
interface AlignedNames {
  readonly header: readonly SampleRow[];
  readonly findings: readonly SourceFinding[];
}

/**
 * Assigns a header with more or fewer names than its rows have cells to columns. Empty cells at the end of all rows have no name; row names
 * as written by R come first and have none either. Any other choice is a check: names that match the values below them, then the last cells
 * if the first ones are all different, as R and pandas read it, then the first cells. `quoted` says which columns are always quoted,
 * `lines` how many lines precede the first row, `written` is the original header.
 */
export function alignNames(
  header: readonly SampleRow[],
  data: readonly SampleRow[],
  quoted: () => readonly boolean[],
  lines: number,
  written: readonly SampleRow[],
): AlignedNames {
  const width = usualWidth(data);
  if (header.some(({ cells }, i) => cells.length < lastFilled(written[i]!.cells)))
    return { header, findings: [blanksLeftOut(written, width, lines)] };
  const rows = data
    .filter(({ trouble, cells }) => !trouble && cells.length === width)
    .map(({ cells }) => cells);
  const names = Math.max(0, ...header.map(({ cells }) => cells.length));
  const filled = Math.max(0, ...header.map(({ cells }) => lastFilled(cells)));
  const missing = width - names;
  const fits = data.some(({ cells }) => cells.length >= filled && cells.length <= names);
  if (header.length === 0 || rows.length === 0 || missing === 0 || (missing < 0 && filled <= width))
    return { header, findings: [] };
  if (missing < 0)
    return fits || data.length < 2 ? { header, findings: [] } : tooManyNames(header, width, filled, lines);
  if (rows.length < data.filter(({ cells }) => cells.length === names).length)
    return { header, findings: [] };
  const hasRowNames = missing === 1 && areRowNames(rows, quoted());
  const endsBlank = rows.every((cells) => cells.slice(names).every((cell) => cell.trim() === ''));
  if (endsBlank && !hasRowNames) return { header, findings: [] };
  const isLast = hasRowNames || belongLast(header, rows, missing);
  const what = `the header has ${names} ${names === 1 ? 'name' : 'names'} over rows of ${width} cells`;
  const taken = isLast
    ? `the names belong to the last cells, the first ${missing === 1 ? 'has' : `${missing} have`} none`
    : `the names belong to the first cells, the last ${missing === 1 ? 'has' : `${missing} have`} none`;
  const certain = hasRowNames && !endsBlank;
  return {
    header: isLast ? header.map((row) => withBlanks(row, missing)) : header,
    findings: [
      {
        code: 'header-width',
        level: certain ? 'note' : 'check',
        sentence: certain
          ? `${what}: ${taken}, as R writes row names`
          : `${what}: ${taken}; ${wayOut(lines)}`,
      },
    ],
  };
}

function blanksLeftOut(written: readonly SampleRow[], width: number, lines: number): SourceFinding {
  const names = Math.max(...written.map(({ cells }) => lastFilled(cells)));
  const sentence = `the header has ${names} names, some of them blank, over rows of ${width} cells: the blank ones are left out; ${wayOut(lines)}`;
  return { code: 'header-width', level: 'check', sentence };
}

function tooManyNames(
  header: readonly SampleRow[],
  width: number,
  names: number,
  lines: number,
): AlignedNames {
  const hasBlankFirst = names === width + 1 && header.every(({ cells }) => (cells[0] ?? '').trim() === '');
  const taken = hasBlankFirst
    ? 'the blank first name is left out'
    : `the cells belong to the first names, the last ${names - width === 1 ? 'has' : `${names - width} have`} none`;
  return {
    header: hasBlankFirst ? header.map((row) => withoutFirst(row)) : header,
    findings: [
      {
        code: 'header-width',
        level: 'check',
        sentence: `the header has ${names} names over rows of ${width} cells: ${taken}; ${wayOut(lines)}`,
      },
    ],
  };
}

function wayOut(lines: number): string {
  return `correct the header, or set "input.csv.header" to false, "input.csv.skip_lines" to ${lines} and each column's "source" to column_1, column_2 and so on`;
}

/**
 * Returns true if the first cells are row names as written by R: numbers, all different, in quotes that the numbers of another column do
 * not have.
 */
function areRowNames(rows: readonly (readonly string[])[], quoted: readonly boolean[]): boolean {
  const figures = (column: number): boolean => rows.every((cells) => isValue(cells[column]!));
  return (
    quoted[0] === true &&
    figures(0) &&
    areDifferent(rows) &&
    quoted.some((is, column) => column > 0 && !is && figures(column))
  );
}

function areDifferent(rows: readonly (readonly string[])[]): boolean {
  return (
    new Set(rows.map(([cell]) => cell!)).size === rows.length && rows.every(([cell]) => cell!.trim() !== '')
  );
}

/**
 * Returns true if names match the last cells better than the first, by the values below them; else if the first cell may be a row's name.
 */
function belongLast(
  header: readonly SampleRow[],
  rows: readonly (readonly string[])[],
  missing: number,
): boolean {
  const votes = (shift: number): number =>
    header.at(-1)!.cells.reduce(
      (sum, name, i) =>
        sum +
        voteOf(
          name,
          rows.map((cells) => cells[i + shift]!),
        ),
      0,
    );
  const [first, last] = [votes(0), votes(missing)];
  return first === last ? missing === 1 && areDifferent(rows) : last > first;
}

/** Returns 1 if a column's cells match its name, -1 if they do not, 0 if the name says nothing. */
function voteOf(name: string, cells: readonly string[]): -1 | 0 | 1 {
  const shapes = new Set(cells.map(cellShape));
  shapes.delete('empty');
  if (shapes.size === 0) return 0;
  const isOnly = (...kinds: string[]): boolean => [...shapes].every((shape) => kinds.includes(shape));
  const [moment, figure, text] = [momentName, figureName, textName].map((kind) => kind.test(name));
  if (moment && !figure && !text) return isOnly('time') ? 1 : isOnly('number') ? 0 : -1;
  if (figure && !moment && !text) return isOnly('number') ? 1 : -1;
  if (text && !moment && !figure) return isOnly('number', 'time') ? -1 : 1;
  return 0;
}

const momentName = /date|time|(?:^|_)at$/i;
const figureName =
  /(?:^|_)(?:id|no|nr|index|rank|row|n)$|price|amount|qty|quantity|count|score|(?:^|_)age$|total|weight|height|lat$|lon$|temp|delay|distance|year|month/i;
const textName = /name|title|text|desc|city|street|country|comment|note|categor|url|mail|carrier|status/i;

function withBlanks(row: SampleRow, count: number): SampleRow {
  const blanks = new Array<string>(count).fill('');
  return { ...row, cells: [...blanks, ...row.cells], texts: [...blanks, ...row.texts] };
}

function withoutFirst(row: SampleRow): SampleRow {
  return { ...row, cells: row.cells.slice(1), texts: row.texts.slice(1) };
}

function lastFilled(cells: readonly string[]): number {
  let length = cells.length;
  while (length > 0 && cells[length - 1]!.trim() === '') length--;
  return length;
}
