import { cellShape } from './cell-shape.js';
import { type ColumnShape, fitOf, learnShapes, maskOf } from './column-shapes.js';
import type { SampleRow } from './sample-rows.js';
import { isName, isValue, sameCells, typedColumns } from './table-bounds.js';

/**
 * Returns the index of the first row of another table, or the number of rows. Another table begins with a row
 * of new names above values, and continues to the end of the sample (or to yet another one): rows of another
 * width that do not fit the table's columns, or names that none of its cells could be. The same table again
 * is one too: written twice, or with columns more or fewer.
 */
export function tableStop(table: readonly SampleRow[], width: number): number {
  const rows = table.filter(({ kind }) => kind === 'row');
  const widths = new Set([width, rows[0]?.cells.length ?? width]);
  for (let i = 1; i < table.length; i++) {
    const { kind, cells } = table[i]!;
    if (kind !== 'row' || cells.length < 2) continue;
    if (isCopy(table, i) || isHeaderAgain(table, i, width) || isOther(table, i, widths)) return i;
  }
  return table.length;
}

const leastTable = 5;

/**
 * Returns true if the table recurs from row `i` on: its header, and nearly all of the rows that followed it.
 */
function isCopy(table: readonly SampleRow[], i: number): boolean {
  const head = table[0]!;
  if (i < leastTable || !sameCells(table[i]!.cells, head.cells) || !head.cells.every(isName)) return false;
  const [first, again] = [table.slice(1, i), table.slice(i + 1)].map((rows) =>
    rows.filter(({ kind }) => kind === 'row'),
  ) as [SampleRow[], SampleRow[]];
  const alike = again.filter(({ cells }, at) => first[at] !== undefined && sameCells(cells, first[at].cells));
  return again.length >= 2 && again.length <= first.length && alike.length >= again.length * mostlyAlike;
}

const mostlyAlike = 0.8;

/** Returns true if row `i` begins with the header's names but is wider or narrower, like all rows below. */
export function isHeaderAgain(table: readonly SampleRow[], i: number, width: number): boolean {
  const { cells } = table[i]!;
  const names = table[0]!.cells;
  const shared = Math.min(cells.length, names.length);
  if (i < 2 || cells.length === width || names.length !== width || shared * 2 <= width) return false;
  if (!cells.every(isName) || !sameCells(cells.slice(0, shared), names.slice(0, shared))) return false;
  const run = runBelow(table, i);
  return run.length >= 2 && !isBackTo(table, run.at(-1)!, new Set([width]));
}

/** Returns true if another table with its own names begins at row `i`. */
function isOther(table: readonly SampleRow[], i: number, widths: ReadonlySet<number>): boolean {
  const { cells } = table[i]!;
  const isNewWidth = !widths.has(cells.length);
  if (!isNamesRow(cells) || sameCells(cells, table[0]!.cells)) return false;
  const isAfterBlank = table[i - 1]!.kind === 'blank';
  const run = runBelow(table, i);
  const least = isAfterBlank ? 1 : isNewWidth ? 2 : 3;
  if (run.length < least || typedOf(run, cells.length).length === 0) return false;
  if (isNewWidth && isBackTo(table, run.at(-1)!, widths)) return false;
  const above = rowsOf(table.slice(0, i));
  const first = firstTable(above, widths);
  if (first === null) return false;
  if (!isNewWidth && !isAfterBlank && !isSettled(above, first)) return false;
  const fits = fittingRows(run, first) * 2 >= run.length;
  const names = namesEvidence(cells, run, first);
  if (isNewWidth)
    return !fits || names.related || names.foreign === cells.length || (isAfterBlank && names.typed > 0);
  if (!fits && (isAfterBlank || names.typed > 0)) return true;
  return (
    names.related ||
    (names.foreign > 0 && names.foreign === cells.length) ||
    (isAfterBlank && names.foreign >= 3 && names.foreign * 5 >= cells.length * 3)
  );
}

/**
 * Returns a row that may be the header of another table but is followed by too little to decide, null if
 * there is none: distinct names instead of every value, two at least, above a row of values; or, in a table
 * of texts, names written like those of the header and unlike its rows, below a blank line or in three
 * columns or more.
 */
export function doubtfulHeader(
  table: readonly SampleRow[],
  headerRows: number,
  width: number,
): SampleRow | null {
  const rows = rowsOf(table);
  const [head] = rows;
  const body = rows.slice(headerRows);
  if (head === undefined || headerRows !== 1 || width < 2 || body.length < leastTable) return null;
  const typed = typedColumns(body, width);
  const forms = head.cells.map(maskOf);
  const isLikeHeader = ({ cells }: SampleRow): boolean =>
    cells.length === width && cells.every((cell, i) => maskOf(cell) === forms[i]);
  const isWritten = typed.length === 0 && body.filter(isLikeHeader).length === 1;
  if (typed.length < 2 && !isWritten) return null;
  const found = body.findIndex((row, i) => {
    const { cells } = row;
    if (i === 0 || cells.length !== width || !isNamesRow(cells) || sameCells(cells, head.cells)) return false;
    if (isWritten) return isLikeHeader(row) && (width > 2 || isBelowBlank(table, row));
    const next = body[i + 1];
    return typed.every((column) => isName(cells[column]!)) && next?.cells.some(isValue) === true;
  });
  return found < 0 ? null : body[found]!;
}

function isBelowBlank(table: readonly SampleRow[], row: SampleRow): boolean {
  return table[table.indexOf(row) - 1]?.kind === 'blank';
}

function isNamesRow(cells: readonly string[]): boolean {
  return cells.every(isName) && new Set(cells.map((cell) => cell.trim())).size === cells.length;
}

/** Returns the rows below row `i` of the same width, up to one that differs or names another table. */
function runBelow(table: readonly SampleRow[], i: number): readonly SampleRow[] {
  const { length } = table[i]!.cells;
  const run: SampleRow[] = [];
  for (const row of rowsOf(table.slice(i + 1))) {
    if (row.cells.length !== length) break;
    run.push(row);
  }
  return run;
}

/** Returns true if rows of the first table's width follow, without names: the run belongs to that table. */
function isBackTo(table: readonly SampleRow[], last: SampleRow, widths: ReadonlySet<number>): boolean {
  const rest = rowsOf(table.slice(table.indexOf(last) + 1));
  const next = rest.findIndex(({ cells }) => widths.has(cells.length));
  return next >= 0 && !(isNamesRow(rest[next]!.cells) && rest[next + 1]?.cells.some(isValue));
}

function rowsOf(rows: readonly SampleRow[]): readonly SampleRow[] {
  return rows.filter(({ kind }) => kind === 'row');
}

/** Evidence of the rows of the table above about its columns. */
interface FirstTable {
  readonly names: readonly string[];
  readonly typed: ReadonlySet<number>;
  readonly shapes: readonly ColumnShape[];
  readonly width: number;
}

/** Returns the facts known about the table above, null if it has no row yet. */
function firstTable(above: readonly SampleRow[], widths: ReadonlySet<number>): FirstTable | null {
  const [head, ...data] = above.filter(({ cells }) => widths.has(cells.length));
  const width = data[0]?.cells.length ?? 0;
  const regular = data.filter(({ cells, trouble }) => cells.length === width && !trouble);
  const typed = typedOf(regular, width);
  if (head === undefined || regular.length === 0) return null;
  const shapes = learnShapes(
    regular.map(({ cells }) => cells),
    width,
  );
  return { names: head.cells, typed: new Set(typed), shapes, width };
}

/** Returns true if the table above is so long and regular that names of its width mean another table. */
function isSettled(above: readonly SampleRow[], { typed, width }: FirstTable): boolean {
  const data = above.slice(1).filter(({ cells }) => cells.length === width);
  const isPlain = (cell: string) => isValue(cell) || cellShape(cell) === 'empty';
  return data.length >= leastTable && data.every(({ cells }) => [...typed].every((i) => isPlain(cells[i]!)));
}

/** Returns the columns whose filled cells are values, with at least one, in nearly all of the rows. */
function typedOf(rows: readonly SampleRow[], width: number): number[] {
  return rows.length > 6
    ? typedColumns(rows, width)
    : Array.from({ length: width }, (_, column) => column).filter((column) => {
        const filled = rows.filter(({ cells }) => cellShape(cells[column] ?? '') !== 'empty');
        return filled.length > 0 && filled.every(({ cells }) => isValue(cells[column]!));
      });
}

/** Returns how many rows could be rows of the first table with missing or surplus cells. */
function fittingRows(rows: readonly SampleRow[], { typed, shapes, width }: FirstTable): number {
  const fits = (cell: string, i: number): boolean => {
    if (i >= width || cellShape(cell) === 'empty') return true;
    return isValue(cell) === typed.has(i) && (shapes[i] === undefined || isNear(cell, shapes[i]));
  };
  return rows.filter(({ cells }) => cells.every(fits)).length;
}

/** Returns true if a plain number is not far outside those of its column; true for other cells. */
function isNear(cell: string, { spread }: ColumnShape): boolean {
  const number = Number(cell);
  if (spread === null || Number.isNaN(number)) return true;
  const room = 1 + spread.most - spread.least;
  return number >= spread.least - room && number <= spread.most + room;
}

/** Returns the evidence for names in a row: cells unfit for their columns, and names of the first header. */
function namesEvidence(
  cells: readonly string[],
  run: readonly SampleRow[],
  { names, typed, shapes }: FirstTable,
): { readonly typed: number; readonly foreign: number; readonly related: boolean } {
  const isUnlike = (cell: string, i: number): boolean =>
    isForeign(cell, shapes[i]) &&
    run.filter((row) => isForeign(row.cells[i] ?? '', shapes[i])).length * 2 < run.length;
  const foreign = cells.filter((cell, i) => typed.has(i) || isUnlike(cell, i));
  const related = cells.filter((cell) => {
    const own = wordsOf(cell);
    return names.some(
      (name) => wordsOf(name).length > 0 && wordsOf(name).every((word) => own.includes(word)),
    );
  });
  return {
    typed: cells.filter((_, i) => typed.has(i)).length,
    foreign: foreign.length,
    related: foreign.length > 0 && related.length * 2 >= cells.length,
  };
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Returns true if a text cannot belong to a column of codes or addresses; others accept unseen values. */
function isForeign(cell: string, shape: ColumnShape | undefined): boolean {
  return shape !== undefined && shape.values === null && fitOf(cell, shape) === 0;
}
