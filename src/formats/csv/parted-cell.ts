import type { LineLook } from '../../kernels/csv-kernel.js';
import { mostMisfits } from './align-row.js';
import type { Decoding } from './decoding.js';

/** More misfits than count. */
const never = 1000;

let starts = new Int32Array(64);
let ends = new Int32Array(64);
let before = new Int16Array(64);
let after = new Int16Array(64);

/** Where two runs of a row's bytes are joined. */
export const scratch = Buffer.alloc(512);

/** Joins `[start, end)` and `[nextStart, nextEnd)` in the scratch bytes, which must have room; how many they are. */
export function join(
  bytes: Uint8Array,
  start: number,
  end: number,
  nextStart: number,
  nextEnd: number,
  between = -1,
): number {
  let out = 0;
  for (let at = start; at < end; at++) scratch[out++] = bytes[at]!;
  if (between >= 0) scratch[out++] = between;
  for (let at = nextStart; at < nextEnd; at++) scratch[out++] = bytes[at]!;
  return out;
}

/**
 * Whether a row with text after a closing quote in the cell of `column` may fit its columns better than with both quotes taken off: with one of them as text, or with
 * the cell parted at the second and the row of one cell too many laid under its columns as `alignRow` does. May say so where it is not so. Costs a look
 * at each cell, and one more at each that may stand under its neighbour's column. The row must be ASCII.
 */
export function mayPart(
  { kernel, bytes, dialect, marks, fitAt }: Decoding,
  at: number,
  look: LineLook,
  column: number,
): boolean {
  const { fields } = dialect;
  const { firstQuote, lastQuote } = look;
  const cellEnd = kernel.delimiterAt(column);
  const isOwn = (length: number, under: number): boolean => fitAt(scratch, 0, length, under) === 0;
  const own = isOwn(join(bytes, firstQuote + 1, lastQuote, lastQuote + 1, cellEnd), column) ? 1 : 0;
  if (own === 1 && fitAt(bytes, firstQuote + 1, cellEnd, column) !== 0) return true;
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
  starts[column + 1] = lastQuote + 1;
  ends[column] = lastQuote;
  starts[column] = firstQuote + 1;
  const misfit = (cell: number, under: number): boolean =>
    fitAt(bytes, starts[cell]!, ends[cell]!, under) === 0;

  // Both counts are known as far as they are no more than the most misfits that a row may have.
  let known = 0;
  let count = 0;
  for (; known <= fields && count <= mostMisfits; known++) {
    before[known] = count;
    if (known < fields && misfit(known, known)) count++;
  }
  let from = cells + 1;
  count = 0;
  while (from > 0 && count <= mostMisfits) {
    after[--from] = count;
    if (from > 1 && misfit(from - 1, from - 2)) count++;
  }
  // As many misfits as the row has now, or one more than it may have.
  const rowHas = column < known && column + 2 >= from ? own + before[column]! + after[column + 2]! : never;
  const cap = Math.min(rowHas, mostMisfits + 1);
  if (cap === 0) return false;
  for (let i = Math.min(fields, known - 1); i >= 0 && i + 1 >= from; i--) {
    const rest = before[i]! + after[i + 1]!;
    if (rest < cap && isBlank(bytes, starts[i]!, ends[i]!)) return true;
  }
  for (let i = Math.min(fields - 1, known - 1); i >= 0 && i + 2 >= from; i--) {
    if (before[i]! + after[i + 2]! >= cap) continue;
    // Cells that follow each other are one run of bytes, but for the quotes of the one that is parted.
    const isRun = i !== column && i !== column - 1;
    if (!isRun && ends[i + 1]! - starts[i]! > scratch.length) return true;
    const misfits = isRun
      ? fitAt(bytes, starts[i]!, ends[i + 1]!, i) === 0
      : isOwn(join(bytes, starts[i]!, ends[i]!, starts[i + 1]!, ends[i + 1]!, marks.delimiter0), i);
    if (before[i]! + after[i + 2]! + (misfits ? 1 : 0) < cap) return true;
  }
  return false;
}

function grow(cells: number): void {
  starts = new Int32Array(cells);
  ends = new Int32Array(cells);
  before = new Int16Array(cells);
  after = new Int16Array(cells);
}

/** Nothing but white space and control characters in ASCII. */
export function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte > 32) return false;
  }
  return true;
}
