import type { LineLook } from '../../kernels/csv-kernel.js';
import { mostMisfits } from './align-row.js';
import { isMisfit } from './column-shapes.js';
import type { Decoding } from './decoding.js';

const never = 1000;

let starts = new Int32Array(64);
let ends = new Int32Array(64);
let before = new Int16Array(64);
let after = new Int16Array(64);

/**
 * Whether a row with text after a closing quote in the cell of `column` may fit its columns better than with both quotes taken off: with one of them as text, or with
 * the cell parted at the second into `inner` and `tail` and the row of one cell too many laid under its columns as `alignRow` does. May say so where it is not so. Costs a look
 * at each cell, and one more at each that may stand under its neighbour's column.
 */
export function mayPart(
  { kernel, bytes, dialect, isMisfit: misfits }: Decoding,
  at: number,
  look: LineLook,
  column: number,
  inner: string,
  tail: string,
): boolean {
  const { shapes, fields } = dialect;
  const quote = dialect.quote!;
  const own = isMisfit(inner + tail, column, shapes) ? 1 : 0;
  if (own === 1 && !isMisfit(inner + quote + tail, column, shapes)) return true;
  const cells = fields + 1;
  if (starts.length <= cells + 1) grow(cells + 2);
  let start = at;
  for (let i = 0; i < fields; i++) {
    const end = i < fields - 1 ? kernel.delimiterAt(i) : look.end;
    const place = i <= column ? i : i + 1;
    starts[place] = start;
    ends[place] = end;
    start = end + 1;
  }
  ends[column + 1] = ends[column]!;
  starts[column + 1] = look.lastQuote + 1;
  ends[column] = look.lastQuote;
  starts[column] = look.firstQuote + 1;
  const misfit = (cell: number, under: number): boolean => misfits(bytes, starts[cell]!, ends[cell]!, under);

  before.fill(never, 0, cells + 1);
  after.fill(never, 0, cells + 1);
  let count = 0;
  for (let i = 0; i <= fields && count <= mostMisfits; i++) {
    before[i] = count;
    if (i < fields && misfit(i, i)) count++;
  }
  count = 0;
  for (let i = cells; i >= 0 && count <= mostMisfits; i--) {
    after[i] = count;
    if (i > 1 && misfit(i - 1, i - 2)) count++;
  }
  // As many misfits as the row has now; beyond the most that count their number does not matter.
  const cap = Math.min(own + before[column]! + after[column + 2]!, mostMisfits + 1);
  if (cap === 0) return false;
  for (let i = fields; i >= 0 && after[i + 1]! < cap; i--) {
    const rest = before[i]! + after[i + 1]!;
    if (rest < cap && isBlank(bytes, starts[i]!, ends[i]!)) return true;
  }
  const textAt = (cell: number): string =>
    cell === column ? inner : bytes.toString('utf8', starts[cell], ends[cell]);
  for (let i = fields - 1; i >= 0 && after[i + 2]! < cap; i--) {
    if (before[i]! + after[i + 2]! >= cap) continue;
    const joined = textAt(i) + dialect.delimiter + textAt(i + 1);
    if (before[i]! + after[i + 2]! + (isMisfit(joined, i, shapes) ? 1 : 0) < cap) return true;
  }
  return false;
}

function grow(cells: number): void {
  starts = new Int32Array(cells);
  ends = new Int32Array(cells);
  before = new Int16Array(cells);
  after = new Int16Array(cells);
}

/** Nothing but white space, or more than ASCII tells. */
function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte > 32 && byte < 0x80) return false;
  }
  return true;
}
