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
 * Assigns a header with more or fewer names than its rows have cells to columns. Empty cells at the end of
 * all rows have no name; row names as written by R come first and have none either. Any other choice is a
 * check: names that match the values below them, then the last cells if the first ones are all different, as
 * R and pandas read it, then the first cells. `quoted` says which columns are always quoted, `lines` how many
 * lines precede the first row, `written` is the original header.
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
    return fits || data.length < 2 ? { header, findings: [] } : tooManyNames(header, rows, filled, lines);
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
  rows: readonly (readonly string[])[],
  names: number,
  lines: number,
): AlignedNames {
  const width = rows[0]!.length;
  const surplus = names - width;
  const say = (aligned: readonly SampleRow[], taken: string): AlignedNames => {
    const sentence = `the header has ${names} names over rows of ${width} cells: ${taken}; ${wayOut(lines)}`;
    return { header: aligned, findings: [{ code: 'header-width', level: 'check', sentence }] };
  };
  if (surplus === 1 && header.every(({ cells }) => (cells[0] ?? '').trim() === ''))
    return say(
      header.map((row) => withoutFirst(row)),
      'the blank first name is left out',
    );
  const have = surplus === 1 ? 'has' : 'have';
  const at = header.length === 1 ? bestGap(header[0]!.cells.slice(0, names), rows, surplus) : width;
  if (at === width)
    return say(
      header,
      `the cells belong to the first names, the last ${surplus === 1 ? 'has' : `${surplus} have`} none`,
    );
  const empty = header[0]!.cells.slice(at, at + surplus).map((name) => `"${name.trim()}"`);
  return say(
    header.map((row) => withGapLast(row, at, surplus, names)),
    `the other names match the cells below them, ${empty.join(' and ')} ${have} none`,
  );
}

/**
 * Returns the index of the `surplus` names without cells: those without which the other names match their
 * cells best; the last ones if no choice is best.
 */
function bestGap(names: readonly string[], rows: readonly (readonly string[])[], surplus: number): number {
  const width = rows[0]!.length;
  const votes = Array.from({ length: width + 1 }, (_, gap) => {
    const kept = [...names.slice(0, gap), ...names.slice(gap + surplus)];
    return votesOf(kept.slice(0, width), rows, 0);
  });
  const most = Math.max(...votes);
  return votes.indexOf(most) === votes.lastIndexOf(most) ? votes.indexOf(most) : width;
}

/** Moves `count` names at `at`, which have no cells, behind the others; drops blank ones from `filled` on. */
function withGapLast(row: SampleRow, at: number, count: number, filled: number): SampleRow {
  const moved = (names: readonly string[]): string[] => [
    ...names.slice(0, at),
    ...names.slice(at + count, filled),
    ...names.slice(at, at + count),
  ];
  return { ...row, cells: moved(row.cells), texts: moved(row.texts) };
}

function wayOut(lines: number): string {
  return `correct the header, or set "input.csv.header" to false, "input.csv.skip_lines" to ${lines} and each column's "source" to column_1, column_2 and so on`;
}

/** Returns true if the first cells are R's row names: distinct numbers, quoted where no other numbers are. */
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
 * Returns true if names fit the last cells better than the first, or if the first cell may be a row's name.
 */
function belongLast(
  header: readonly SampleRow[],
  rows: readonly (readonly string[])[],
  missing: number,
): boolean {
  const { cells } = header.at(-1)!;
  const [first, last] = [votesOf(cells, rows, 0), votesOf(cells, rows, missing)];
  return first === last ? missing === 1 && areDifferent(rows) : last > first;
}

/** Returns the total of how well names match the cells below them; the first name is above cell `shift`. */
function votesOf(names: readonly string[], rows: readonly (readonly string[])[], shift: number): number {
  const below = (i: number): string[] => rows.map((cells) => cells[i + shift]!);
  return names.reduce((sum, name, i) => sum + voteOf(name, below(i)), 0);
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
