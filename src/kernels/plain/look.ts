import {
  CELLS,
  FIRST_QUOTE,
  HAS_DOUBLED,
  HAS_ESCAPE,
  HAS_FOREIGN,
  HAS_HIGH,
  HAS_NUL,
  HAS_OPENING,
  HAS_OTHER_QUOTE,
  HAS_RETURN,
  HAS_SURPLUS,
  HAS_TEXT,
  LAST_QUOTE,
  LINE_END,
  MARKS,
  QUOTES,
  RESULT,
} from '../layout.js';
import type { PlainMemory } from './memory.js';

const lf = 10;
const cr = 13;
const foreign = [...',;\t| '].map((mark) => mark.charCodeAt(0));

/** The twin of `look`, byte by byte. */
export function look(
  memory: PlainMemory,
  start: number,
  end: number,
  positions: number,
  most: number,
  own: number,
): void {
  const { u8, i32, delimiter, quote, escapeByte, fields, maxRowBytes } = memory;
  let lineEnd = u8.subarray(start, end).indexOf(lf);
  lineEnd = lineEnd < 0 ? end : start + lineEnd;
  // The compiled loop reads this far, because it takes 64 bytes at a time.
  const furthest = Math.min(end, start + 64 * (Math.floor(maxRowBytes / 64) + 1));
  if (lineEnd >= furthest && furthest < end) lineEnd = furthest;
  else if (lineEnd < end && lineEnd > start && u8[lineEnd - 1] === cr) lineEnd--;
  let marks = 0;
  let cells = 1;
  let quotes = 0;
  let firstQuote = 0;
  let lastQuote = 0;
  const counts = foreign.map(() => 0);
  for (let at = start; at < lineEnd; at++) {
    const byte = u8[at]!;
    const isFirst = at === start || u8[at - 1] === delimiter;
    if (byte >= 0x80) marks |= HAS_HIGH;
    if (byte === 0) marks |= HAS_NUL;
    if (escapeByte !== 0 && byte === escapeByte) marks |= HAS_ESCAPE;
    if (byte === cr) marks |= HAS_RETURN;
    if (byte === (quote === 39 ? 34 : 39)) marks |= HAS_OTHER_QUOTE;
    const mark = foreign.indexOf(byte);
    if (mark >= 0 && byte !== own) counts[mark]!++;
    if (byte > 32 || byte === delimiter) marks |= HAS_TEXT;
    if (byte > 32 && byte !== delimiter && cells > fields) marks |= HAS_SURPLUS;
    if (quote !== 0 && byte === quote) {
      if (quotes++ === 0) firstQuote = at;
      lastQuote = at;
      if (isFirst) marks |= HAS_OPENING;
      if (at > start && u8[at - 1] === quote) marks |= HAS_DOUBLED;
    }
    if (byte === delimiter) {
      if (cells <= most) i32[(positions >> 2) + cells - 1] = at;
      cells++;
    }
  }
  if (Math.max(...counts) >= fields - 1) marks |= HAS_FOREIGN;
  const result = RESULT / 4;
  i32[result + LINE_END] = lineEnd;
  i32[result + CELLS] = cells;
  i32[result + QUOTES] = quotes;
  i32[result + FIRST_QUOTE] = firstQuote;
  i32[result + LAST_QUOTE] = lastQuote;
  i32[result + MARKS] = marks;
}

/** The twin of `copyWithout`. */
export function copyWithout(
  { u8, i32 }: PlainMemory,
  start: number,
  end: number,
  first: number,
  second: number,
  to: number,
  positions: number,
  count: number,
): number {
  let out = to;
  for (let at = start; at < end; at++) if (at !== first && at !== second) u8[out++] = u8[at]!;
  for (let slot = positions >> 2; slot < (positions >> 2) + count; slot++) {
    const position = i32[slot]!;
    const gone = [first, second].filter((quote) => quote >= start && quote < position).length;
    i32[slot] = position - start + to - gone;
  }
  return out;
}
