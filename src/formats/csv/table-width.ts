import { isHeaderAgain } from './other-table.js';
import type { SampleRow } from './sample-rows.js';
import { isName, isValue } from './table-bounds.js';

/**
 * Returns the table's width: the most frequent one, the wider of equals; but a table that begins earlier,
 * with names above values and at least five rows, is the first of several.
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
 * Returns the width of a blank-separated table whose texts contain blanks too: its header's, if hardly any
 * row is narrower, some are as wide, and at least two of their columns contain values. Null if it is not such
 * a table.
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

/** Returns the width of a table that precedes the one most rows belong to, null if there is none. */
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

/** Returns true if row `i` contains nothing but names and two rows of its width with values follow. */
function isHeaderLike(table: readonly SampleRow[], i: number): boolean {
  const { cells } = table[i]!;
  if (cells.length < 2 || !cells.every(isName)) return false;
  const next = table.slice(i + 1, i + 3);
  return (
    next.length === 2 && next.every((row) => row.cells.length === cells.length && row.cells.some(isValue))
  );
}
