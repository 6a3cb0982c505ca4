import { type ColumnShape, fitOf, isFree, misfits } from './column-shapes.js';
import type { Dialect } from './dialect.js';

/** Decides whether the first lines of a row, which quotes join, are rows by themselves. */
export type JoinTest = (text: string) => boolean;

/** Bytes of a row that are tested. */
export const testedBytes = 16_384;
const mostLines = 64;
/** With this many lines, no column needs a distinctive shape. */
const manyLines = 5;

/**
 * Returns a test for two stray quotes in different rows, between which strict quoting would read all rows as
 * one cell: every line has the right number of cells, and they fit their columns. Null if rows often span
 * lines, or the form of the columns is unknown.
 */
export function joinTest(dialect: Dialect): JoinTest | null {
  const { delimiter, quote, fields, shapes, oneLine } = dialect;
  return oneLine === true && quote !== null ? joinTestOf(delimiter, quote, fields, shapes) : null;
}

/** Returns the same test for a dialect whose rows are still being examined. */
export function joinTestOf(
  delimiter: string,
  quote: string,
  fields: number,
  shapes: readonly ColumnShape[],
): JoinTest | null {
  if (fields < 2 || shapes.length !== fields) return null;
  const looks = shapes.some((shape) => !isFree(shape));
  const isRow = (line: string): boolean => {
    const cells = line.split(delimiter);
    if (cells.length !== fields) return false;
    const plain = cells.map((cell) => withoutEdge(cell, quote));
    if (misfits(plain, shapes, 1) > 0) return false;
    return (
      !looks || plain.some((cell, column) => !isFree(shapes[column]!) && fitOf(cell, shapes[column]!) === 2)
    );
  };
  return (text) => {
    const lines = text.split(/\r?\n/, mostLines + 1);
    if (lines.length > mostLines || text.length >= testedBytes) lines.pop();
    return lines.length > 1 && (looks || lines.length >= manyLines) && lines.every(isRow);
  };
}

/** Returns a cell without a quote at one of its edges. */
function withoutEdge(cell: string, quote: string): string {
  const start = cell.startsWith(quote) ? 1 : 0;
  return cell.slice(start, cell.length > start && cell.endsWith(quote) ? -1 : undefined);
}
