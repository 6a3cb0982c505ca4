import { cellShape } from './cell-shape.js';
import type { SampleRow } from './sample-rows.js';

/**
 * The table's width: the one that most rows have, between equals the wider; but a table that begins earlier, with names above values and at least
 * five rows, is the first of several.
 */
export function usualWidth(rows: readonly SampleRow[]): number {
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
  return firstOfSeveral(rows, best, times) ?? best;
}

/**
 * The width of a table in blanks whose texts hold blanks too: that of its header, where next to no row is narrower, some are as wide, and at least two of their
 * columns hold values. Null where it is no such table.
 */
export function blankWidth(rows: readonly SampleRow[]): number | null {
  const [header, ...data] = rows.filter(({ kind }) => kind === 'row');
  const names = header?.cells ?? [];
  const width = names.length;
  if (width < 4 || !names.every(isName) || new Set(names).size < width) return null;
  const narrow = data.filter(({ cells }) => cells.length < width).length;
  const exact = data.filter(({ cells }) => cells.length === width);
  if (narrow > data.length * 0.05 || exact.length < Math.max(3, data.length * 0.15)) return null;
  const typed = names.filter((_, i) => exact.every(({ cells }) => isValue(cells[i]!))).length;
  return typed >= 2 ? width : null;
}

const leastTable = 5;

/** The width of a table that stands before the one most rows belong to, null where there is none. */
function firstOfSeveral(rows: readonly SampleRow[], usual: number, times: number): number | null {
  const table = rows.filter(({ kind }) => kind === 'row');
  const own = table[0]?.cells.length ?? usual;
  if (own !== usual && table.some((_, i) => isHeaderAgain(table, i, own) && i >= leastTable)) return own;
  const start = table.findIndex((_, i) => isHeaderLike(table, i));
  const width = table[start]?.cells.length ?? usual;
  if (width === usual || width * 2 <= usual) return null;
  let end = start;
  while (end < table.length && table[end]!.cells.length === width) end++;
  const isTable = end - start >= Math.max(leastTable, times * 0.2);
  const isFollowed = table.slice(end).some((_, i) => isHeaderLike(table, end + i));
  return isTable && isFollowed ? width : null;
}

/** Whether row `i` holds nothing but names and two rows of its width with values follow. */
function isHeaderLike(table: readonly SampleRow[], i: number): boolean {
  const { cells } = table[i]!;
  if (cells.length < 2 || !cells.every(isName)) return false;
  const next = table.slice(i + 1, i + 3);
  return (
    next.length === 2 && next.every((row) => row.cells.length === cells.length && row.cells.some(isValue))
  );
}

/** The first row at or after a physical line. */
export function firstFrom(rows: readonly SampleRow[], line: number): number {
  const at = rows.findIndex((row) => row.line >= line && row.kind === 'row');
  return at < 0 ? rows.length : at;
}

/** The first row of the table: much narrower or all but empty lines above it are a preamble, and so are all lines above a row of names over values. */
export function tableStart(rows: readonly SampleRow[], width: number): number {
  const first = rows.findIndex(({ kind }) => kind === 'row');
  if (first < 0) return 0;
  if (width < 2) return first;
  const full = rows.findIndex(({ kind, cells }) => kind === 'row' && cells.length === width);
  const typed = typedColumns(
    rows.filter(({ kind, cells }) => kind === 'row' && cells.length === width),
    width,
  );
  const names = full > first ? rows[full]!.cells : [];
  if (typed.length > 0 && names.length > 0 && names.every(isName)) return full;
  for (const [i, row] of rows.entries()) {
    if (row.kind !== 'row') continue;
    if (row.cells.length * 2 > width && !isPadded(rows, i, first, width)) return i;
    if (width === 2 && rows[i + 1]?.kind === 'row' && isName(row.cells[0] ?? '') && i === first) {
      const after = rows[i + 1]!;
      if (after.cells.length === 2 && after.cells.some((cell) => isValue(cell))) return i;
    }
  }
  return first;
}

/** Whether a row of the table's width is a line of the preamble filled up with delimiters: a title, or nothing below one. */
function isPadded(rows: readonly SampleRow[], i: number, first: number, width: number): boolean {
  const { cells } = rows[i]!;
  const filled = cells.filter((cell) => cell.trim() !== '');
  if (cells.length !== width || filled.length > 1 || width < 3) return false;
  if (!isAboveValues(rows, i)) return true;
  return filled.length === 0 ? i > first : filled[0] === cells[0] && /\s/.test(filled[0]!.trim());
}

/** Whether the next row holds values: then row `i` is their header, however few names it has. */
function isAboveValues(rows: readonly SampleRow[], i: number): boolean {
  const next = rows.slice(i + 1).find(({ kind }) => kind === 'row');
  return next === undefined || next.cells.some(isValue);
}

/** The index of the first row of another table, or the number of rows. */
export function tableStop(table: readonly SampleRow[], width: number): number {
  const typed = typedColumns(
    table.filter(({ kind }) => kind === 'row'),
    width,
  );
  for (let i = 1; i < table.length; i++) {
    const row = table[i]!;
    if (row.kind !== 'row' || row.cells.length < 2) continue;
    if (isCopy(table, i) || isHeaderAgain(table, i, width)) return i;
    const afterBlank = table[i - 1]!.kind === 'blank';
    const next = table.slice(i, i + 4).filter(({ kind }) => kind === 'row');
    const alike =
      next.length >= 2 && next.slice(0, 3).every(({ cells }) => cells.length === row.cells.length);
    if (!alike || !row.cells.every((cell) => isName(cell))) continue;
    const values = next.slice(1, 3).some(({ cells }) => cells.some((cell) => isValue(cell)));
    if (!values) continue;
    if (row.cells.length !== width) {
      if (afterBlank || next.length >= 3) return i;
    } else if (!sameCells(row.cells, table[0]!.cells)) {
      if (afterBlank || (isNewHeader(next, typed) && hasValues(table, i, typed))) return i;
    }
  }
  return table.length;
}

/** Whether the table stands again from row `i` on: its header, and as good as all that follows is what stood below it. */
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

/** Whether row `i` begins with the names of the header but has more or fewer of them, and the rows below it as many cells as it. */
function isHeaderAgain(table: readonly SampleRow[], i: number, width: number): boolean {
  const { cells } = table[i]!;
  const names = table[0]!.cells;
  const shared = Math.min(cells.length, names.length);
  if (i < 2 || cells.length === width || names.length !== width || shared * 2 <= width) return false;
  const below = table.slice(i + 1, i + 4).filter(({ kind }) => kind === 'row');
  return (
    cells.every(isName) &&
    sameCells(cells.slice(0, shared), names.slice(0, shared)) &&
    below.length >= 2 &&
    below.every((row) => row.cells.length === cells.length)
  );
}

/** Whether rows as wide as the table begin with other names: at least two columns of values, and below the names values again. */
function isNewHeader(next: readonly SampleRow[], typed: readonly number[]): boolean {
  const [head, ...below] = next;
  return (
    typed.length >= 2 &&
    below.length === 3 &&
    new Set(head!.cells).size === head!.cells.length &&
    below.every(({ cells }) => typed.every((column) => isValue(cells[column] ?? '')))
  );
}

/** Whether values stand in the typed columns just above row `i`. */
function hasValues(table: readonly SampleRow[], i: number, typed: readonly number[]): boolean {
  const above = table.slice(Math.max(0, i - 3), i).filter(({ kind }) => kind === 'row');
  return (
    above.length >= 2 && above.every(({ cells }) => typed.every((column) => isValue(cells[column] ?? '')))
  );
}

/** Whether two rows hold the same cells, blanks around them apart. */
export function sameCells(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((cell, i) => cell.trim() === b[i]!.trim());
}

/** Columns that hold values in nearly all of their filled cells, the first rows apart. */
export function typedColumns(body: readonly SampleRow[], width: number): number[] {
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

/** Whether a cell is a figure, a date or a time. */
export function isValue(cell: string): boolean {
  const shape = cellShape(cell);
  return shape === 'number' || shape === 'time';
}

/** Whether a cell could be a column's name. */
export function isName(cell: string): boolean {
  const shape = cellShape(cell);
  return shape === 'word' || shape === 'text';
}
