import { cellShape } from './cell-shape.js';
import { fitOf, misfits } from './column-shapes.js';
import type { Dialect } from './dialect.js';
import type { SampleRow } from './sniff-dialect.js';

/**
 * The index of the first of the lines at a file's end that are no rows of its table (totals, sources, `End of report`), the number of rows where there
 * are none. A line is one if it is much narrower than the table, or all but empty, and its text does not look like the first column's or a blank
 * line parts it from the table; a last line that was only cut off is none, and neither is a row whose cells are all empty.
 */
export function footerStart(rows: readonly SampleRow[], dialect: Dialect): number {
  let first = rows.length;
  for (let i = rows.length - 1; i > 0 && rows.length - i <= mostLines; i--) {
    const row = rows[i]!;
    if (row.kind !== 'row' || isEmpty(row.cells)) continue;
    const parted = rows[i - 1]!.kind === 'blank';
    if (!isFooter(row.cells, dialect, parted)) break;
    first = i;
  }
  return first;
}

const mostLines = 40;

function isFooter(cells: readonly string[], { fields, shapes }: Dialect, parted: boolean): boolean {
  const filled = cells.filter((cell) => cell.trim() !== '').length;
  if (fields < 3 || filled * 2 > fields) return false;
  const text = cells.find((cell) => cell.trim() !== '')!;
  if (cells.length === fields) {
    const looksSaid = /\s/.test(text.trim()) || endWords.test(text.trim());
    return (
      shapes.length > 0 &&
      text === cells[0] &&
      looksSaid &&
      fitOf(text, shapes[0]!) === 0 &&
      misfits(cells, shapes) * 2 >= fields
    );
  }
  if (cells.length * 2 > fields) return false;
  if (parted) return isText(text);
  if (shapes.length > 0 && (shapes[0]!.figures || shapes[0]!.values !== null)) {
    return isText(text) && fitOf(text, shapes[0]!) === 0;
  }
  return cells.length === 1 && /\s/.test(text.trim()) && isText(text);
}

const endWords = /^(?:grand )?(?:total|sum|subtotal|average|mean|source|note|end|generated|created)s?\b/i;

function isEmpty(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '');
}

function isText(cell: string): boolean {
  const shape = cellShape(cell);
  return shape === 'word' || shape === 'text' || shape === 'odd';
}
