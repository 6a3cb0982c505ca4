import { isGroupRow } from './group-names.js';
import type { SampleRow } from './sample-rows.js';
import { filledCells, fitsTypes, isName, isValue, typedColumns } from './table-bounds.js';

/**
 * Returns the index of the table's first row: narrower or nearly empty lines above it are a preamble, and so
 * are all lines above a row of names over values.
 */
export function tableStart(rows: readonly SampleRow[], width: number): number {
  const first = rows.findIndex(({ kind }) => kind === 'row');
  if (first < 0) return 0;
  if (width < 2) return first;
  const typed = typedColumns(
    rows.filter(({ kind, cells }) => kind === 'row' && cells.length === width),
    width,
  );
  const header = typed.length > 0 ? headerAt(rows, first, width, typed) : textHeaderAt(rows, first, width);
  if (header !== null) return groupAbove(rows, header);
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

/** Returns true if a row of full width is a padded line of the preamble: a title, or an empty line below. */
function isPadded(rows: readonly SampleRow[], i: number, first: number, width: number): boolean {
  const { cells } = rows[i]!;
  const filled = cells.filter((cell) => cell.trim() !== '');
  if (cells.length !== width || filled.length > 1 || width < 3) return false;
  if (!isAboveValues(rows, i)) return true;
  return filled.length === 0 ? i > first : filled[0] === cells[0] && /\s/.test(filled[0]!.trim());
}

/** Returns true if the next row contains values: then row `i` is their header, however few names it has. */
function isAboveValues(rows: readonly SampleRow[], i: number): boolean {
  const next = rows.slice(i + 1).find(({ kind }) => kind === 'row');
  return next === undefined || next.cells.some(isValue);
}

/** Maximum number of lines above a header that are left out although they may be rows. */
const mostDoubtful = 5;
/** Rows of units and of a second level of names between a header and its first row. */
const mostBetween = 3;

/** Returns the index of the header above columns of values; null if none, or if rows precede it. */
function headerAt(
  rows: readonly SampleRow[],
  first: number,
  width: number,
  typed: readonly number[],
): number | null {
  let doubtful = 0;
  for (let i = first; i < rows.length; i++) {
    const { kind, cells } = rows[i]!;
    if (kind !== 'row') continue;
    if (isDataRow(cells, width, typed)) return null;
    const below = rows.slice(i + 1).filter((row) => row.kind === 'row');
    const isHeader = isNamesOver(cells, width, typed);
    if (isHeader && below.slice(0, mostBetween + 1).some((row) => isDataRow(row.cells, width, typed)))
      return i;
    if (cells.length < width && fitsTypes(cells, typed)) doubtful++;
    if (doubtful > mostDoubtful) return null;
  }
  return null;
}

/** Returns true if the typed columns of a mostly filled row contain values, and nothing else. */
function isDataRow(cells: readonly string[], width: number, typed: readonly number[]): boolean {
  return cells.length === width && filledCells(cells) * 2 > width && fitsTypes(cells, typed);
}

/** Returns true if a row of the table's width contains names and, in columns of values, no value. */
function isNamesOver(cells: readonly string[], width: number, typed: readonly number[]): boolean {
  const filled = cells.filter((cell) => cell.trim() !== '');
  return (
    cells.length === width &&
    filled.length * 2 > width &&
    filled.every(isName) &&
    typed.some((column) => cells[column]!.trim() !== '')
  );
}

/**
 * Returns the index of the header of a table of texts below titles that are narrower or nearly empty, null if
 * nothing distinguishes it from a row: it is filled, its names differ, and none of them recurs in its column.
 */
function textHeaderAt(rows: readonly SampleRow[], first: number, width: number): number | null {
  if (width < 3) return null;
  const at = rows.findIndex(({ kind, cells }) => kind === 'row' && filledCells(cells) === width);
  if (at <= first || rows[at]!.cells.length !== width) return null;
  const above = rows.slice(first, at).filter(({ kind }) => kind === 'row');
  const { cells } = rows[at]!;
  const below = rows.slice(at + 1).filter((row) => row.kind === 'row');
  const dense = below.filter((row) => row.cells.length === width && filledCells(row.cells) * 2 > width);
  const isTitled = above.every(
    (row) => filledCells(row.cells) * 2 <= width && row.cells.some((cell) => /\S\s|:/.test(cell)),
  );
  const isNamed =
    cells.every(isName) &&
    new Set(cells).size === width &&
    !below.some((row) => row.cells.some((cell, i) => cell === cells[i]));
  return isTitled && isNamed && dense.length >= 2 && dense.length >= below.length * 0.8 ? at : null;
}

/** Returns the index of a row of group names right above the header, else the header's own. */
function groupAbove(rows: readonly SampleRow[], header: number): number {
  const above = rows[header - 1];
  return above?.kind === 'row' && isGroupRow(above.cells, rows[header]!.cells) ? header - 1 : header;
}

/**
 * Returns true if a line above the table may be a row: its values fit, or it is one word among delimiters.
 */
export function mayBeRow({ kind, cells }: SampleRow, data: readonly SampleRow[], width: number): boolean {
  if (kind !== 'row' || width < 2 || cells.length > width) return false;
  const typed = typedColumns(
    data.filter((row) => row.cells.length === width),
    width,
  );
  if (fitsTypes(cells, typed)) return true;
  const filled = cells.filter((cell) => cell.trim() !== '');
  return typed.length === 0 && cells.length === width && filled.some((cell) => !/\S\s|:/.test(cell));
}

/**
 * Returns true if lines above a table may be a table: several rows of three cells or more, or many of two.
 */
export function holdsTable(above: readonly SampleRow[]): boolean {
  const widths = new Map<number, number>();
  for (const { kind, cells } of above) {
    if (kind === 'row' && filledCells(cells) * 2 > cells.length)
      widths.set(cells.length, (widths.get(cells.length) ?? 0) + 1);
  }
  return [...widths].some(([width, rows]) => (width > 2 && rows >= 3) || (width === 2 && rows > mostPairs));
}

const mostPairs = 8;
