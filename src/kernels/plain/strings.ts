import { ABSENT, MISSING, RESULT } from '../layout.js';
import type { Cells } from '../loops.js';
import { addToken, copyUnescaped, findToken, isNull, type Span, trim, unquote } from './cell.js';
import type { ColumnLoop } from './columns.js';
import type { PlainMemory } from './memory.js';

/** Returns true if the cell means a missing value: compared without surrounding white space. */
function means(memory: PlainMemory, cell: Span, trimmed: Span): boolean {
  trimmed.start = cell.start;
  trimmed.end = cell.end;
  trim(memory, trimmed);
  return isNull(memory, trimmed);
}

/** Writes codes of cells by a table, adding values; returns the row it reached, `to` unless half full. */
export function codesLoop(memory: PlainMemory): ColumnLoop {
  const cell: Span = { start: 0, end: 0, quoted: false };
  const trimmed: Span = { start: 0, end: 0, quoted: false };
  return (starts, startStride, ends, endStride, from, to, values, validity, table) => {
    const { u8, i32 } = memory;
    for (let row = from; row < to; row++) {
      const start = i32[(starts + row * startStride) >> 2]! + 1;
      const end = i32[(ends + row * endStride) >> 2]!;
      unquote(memory, start, end, cell);
      let code = -1;
      if (end < start) {
        i32[RESULT / 4 + ABSENT]!++;
      } else if (means(memory, cell, trimmed)) {
        i32[RESULT / 4 + MISSING]!++;
      } else {
        const length = cell.end - cell.start;
        const known = findToken(memory, table, cell.start, length);
        if (known === null && i32[(table >> 2) + 1]! * 2 >= i32[table >> 2]!) return row;
        code = known ?? addToken(memory, table, cell.start, length, i32[(table >> 2) + 2]!);
      }
      i32[(values >> 2) + row] = code;
      if (code < 0) u8[validity + (row >> 3)]! &= ~(1 << (row & 7));
    }
    return to;
  };
}

/** Concatenates cells, with quotes unescaped; starts at `offsets[from]`, writes `offsets[from + 1..to]`. */
export function textsLoop(memory: PlainMemory): ColumnLoop {
  const cell: Span = { start: 0, end: 0, quoted: false };
  const trimmed: Span = { start: 0, end: 0, quoted: false };
  return (starts, startStride, ends, endStride, from, to, offsets, validity, bytes) => {
    const { u8, i32 } = memory;
    let out = i32[(offsets >> 2) + from]!;
    for (let row = from; row < to; row++) {
      const start = i32[(starts + row * startStride) >> 2]! + 1;
      const end = i32[(ends + row * endStride) >> 2]!;
      unquote(memory, start, end, cell);
      if (end < start || means(memory, cell, trimmed)) {
        i32[RESULT / 4 + (end < start ? ABSENT : MISSING)]!++;
        u8[validity + (row >> 3)]! &= ~(1 << (row & 7));
      } else {
        if (cell.quoted) out = copyUnescaped(memory, cell.start, cell.end, bytes + out) - bytes;
        else {
          u8.copyWithin(bytes + out, cell.start, cell.end);
          out += cell.end - cell.start;
        }
      }
      i32[(offsets >> 2) + row + 1] = out;
    }
    return undefined;
  };
}

/** The twin of `textBytes`. */
export function textBytes(
  { i32 }: PlainMemory,
  ...[starts, startStride, ends, endStride, from, to]: Cells
): number {
  let bytes = 0;
  for (let row = from; row < to; row++) {
    const length = i32[(ends + row * endStride) >> 2]! - i32[(starts + row * startStride) >> 2]! - 1;
    if (length > 0) bytes += length;
  }
  return bytes;
}
