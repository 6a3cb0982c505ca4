import { cellShape } from './cell-shape.js';
import type { SampleRow } from './sample-rows.js';

/** Returns the first row at or after a physical line. */
export function firstFrom(rows: readonly SampleRow[], line: number): number {
  const at = rows.findIndex((row) => row.line >= line && row.kind === 'row');
  return at < 0 ? rows.length : at;
}

/**
 * Returns true if two rows hold the same cells, apart from blanks and a byte order mark around them, and
 * quotes that became part of a cell because of such a mark.
 */
export function sameCells(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((cell, i) => cell === b[i] || bareCell(cell) === bareCell(b[i]!));
}

function bareCell(cell: string): string {
  const bare = cell.trim();
  return bare.startsWith('"') ? bare.replace(/^"(.*)"$/, '$1') : bare;
}

/** Returns columns with values in nearly all of their filled cells, ignoring the first rows. */
export function typedColumns(body: readonly SampleRow[], width: number): number[] {
  const columns: number[] = [];
  const rows = body.slice(Math.min(4, Math.max(1, body.length - 2)), 200).map(({ cells }) => kindsOf(cells));
  for (let column = 0; column < width; column++) {
    let filled = 0;
    let values = 0;
    for (const kinds of rows) {
      const kind = column < kinds.length ? kinds[column]! : cellKind.empty;
      if (kind === cellKind.empty) continue;
      filled++;
      if (kind === cellKind.value) values++;
    }
    if (filled > 0 && values >= filled * 0.8) columns.push(column);
  }
  return columns;
}

const cellKind = { empty: 0, value: 1, other: 2 } as const;

/** The kinds of the cells of rows that are examined several times; rows never change. */
const knownKinds = new WeakMap<readonly string[], Uint8Array>();

function kindsOf(cells: readonly string[]): Uint8Array {
  const known = knownKinds.get(cells);
  if (known !== undefined) return known;
  const kinds = new Uint8Array(cells.length);
  for (let i = 0; i < cells.length; i++) {
    const shape = cellShape(cells[i]!);
    if (shape !== 'empty')
      kinds[i] = shape === 'number' || shape === 'time' ? cellKind.value : cellKind.other;
  }
  knownKinds.set(cells, kinds);
  return kinds;
}

/** Returns true if a cell is a number, a date or a time. */
export function isValue(cell: string): boolean {
  const shape = cellShape(cell);
  return shape === 'number' || shape === 'time';
}

/** Returns true if a cell could be a column's name. */
export function isName(cell: string): boolean {
  const shape = cellShape(cell);
  return shape === 'word' || shape === 'text';
}

/** Counts the cells that are not blank. */
export function filledCells(cells: readonly string[]): number {
  return cells.filter((cell) => cell.trim() !== '').length;
}

/** Returns true if a row has values or nothing in the value columns, and at least one value. */
export function fitsTypes(cells: readonly string[], typed: readonly number[]): boolean {
  const own = typed.filter((column) => column < cells.length);
  return (
    cells.length >= 2 &&
    own.some((column) => isValue(cells[column]!)) &&
    own.every((column) => isValue(cells[column]!) || cellShape(cells[column]!) === 'empty')
  );
}
