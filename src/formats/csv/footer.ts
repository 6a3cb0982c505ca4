import { cellShape } from './cell-shape.js';
import { type ColumnShape, fitOf, learnShapes, misfits } from './column-shapes.js';
import type { Dialect } from './dialect.js';
import { fitsOtherwise } from './repair-row.js';
import type { SampleRow } from './sample-rows.js';

/** Number of last lines that suffice to recognize a footer and a cut row, if the columns are known. */
export const mostTailLines = 400;

/**
 * Returns the index of the first line at a file's end that is not a row of its table (totals, sources, `End
 * of report`), or the number of rows. `text` is the source of the rows. A line belongs to a footer if it is
 * much narrower than the table or nearly empty, and either its text does not look like the first column's or
 * a blank line separates it from the table. A last line that was cut off never does, nor does a row whose
 * cells are all empty.
 */
export function footerStart(rows: readonly SampleRow[], dialect: Dialect, text: Buffer): number {
  let first = rows.length;
  for (let i = rows.length - 1; i > 0 && rows.length - i <= mostLines; i--) {
    const row = rows[i]!;
    if (row.kind !== 'row' || isEmpty(row.cells)) continue;
    const parted = rows[i - 1]!.kind === 'blank';
    const shapes = dialect.shapes.length > 0 ? dialect.shapes : shapesBefore(rows, i, dialect.fields);
    if (!isFooter(row.cells, dialect.fields, shapes, parted)) break;
    if (fitsOtherwise(text.toString('utf8', row.start, row.next).replace(/[\r\n]+$/, ''), dialect)) break;
    first = i;
  }
  return first;
}

const mostLines = 40;

/** Returns which columns of a small table contain figures, by its rows before line `i`. */
function shapesBefore(rows: readonly SampleRow[], i: number, fields: number): readonly ColumnShape[] {
  const regular = rows.slice(0, i).filter(({ cells }) => cells.length === fields);
  return learnShapes(
    regular.map(({ cells }) => cells),
    fields,
    null,
    leastRows,
  );
}

const leastRows = 2;

function isFooter(
  cells: readonly string[],
  fields: number,
  shapes: readonly ColumnShape[],
  parted: boolean,
): boolean {
  const filled = cells.filter((cell) => cell.trim() !== '').length;
  if (fields < 3) return false;
  const text = cells.find((cell) => cell.trim() !== '')!;
  const first = shapes[0];
  const isForeign =
    first !== undefined && (first.figures || first.values !== null) && fitOf(text, first) === 0;
  if (cells.length === fields) {
    const says = saysEnd(text.trim());
    if (text !== cells[0] || first === undefined || fitOf(text, first) > 0) return false;
    if (says && isForeign && filled < fields && first.figures) return true;
    const looksSaid = /\s/.test(text.trim()) || says;
    return (
      looksSaid &&
      filled * 2 <= fields &&
      (misfits(cells, shapes) * 2 >= fields || (filled === 1 && isForeign))
    );
  }
  if (cells.length > fields) return false;
  if (parted && isForeign) return isText(text);
  if (cells.length * 2 > fields || filled * 2 > fields) return false;
  if (parted) return isText(text);
  if (first !== undefined && (first.figures || first.values !== null)) return isForeign && isText(text);
  return cells.length === 1 && /\s/.test(text.trim()) && isText(text);
}

/**
 * Returns true if a line of a footer may be a row that lacks its last cells: it has several cells, none of
 * which labels the line; or one, right below the table (`parted`: a blank line separates it), whose first
 * column contains similar texts.
 */
export function mayBeShortRow(
  { kind, cells }: SampleRow,
  { shapes, fields }: Dialect,
  parted: boolean,
): boolean {
  if (kind !== 'row') return false;
  const filled = cells.filter((cell) => cell.trim() !== '');
  const [text = ''] = filled;
  const first = shapes[0];
  const isForeign =
    first !== undefined && (first.figures || first.values !== null) && fitOf(text, first) === 0;
  if (isForeign || saysEnd(text.trim()) || /[:=]/.test(text)) return false;
  if (filled.length > 1) return true;
  return !parted && cells.length < fields && /^\s*[\p{L}\p{N}]/u.test(text);
}

/** Returns true if a text begins a line at a table's end that is not one of its rows. */
export function saysEnd(text: string): boolean {
  return endWords.test(text);
}

const endWords = /^(?:grand )?(?:total|sum|subtotal|average|mean|source|note|end|generated|created)s?\b/i;

function isEmpty(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '');
}

function isText(cell: string): boolean {
  const shape = cellShape(cell);
  return shape === 'word' || shape === 'text' || shape === 'odd';
}
