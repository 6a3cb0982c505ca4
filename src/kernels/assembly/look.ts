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
} from '../layout';
import { bitsOf, writePositions } from './blocks';
import { delimiter, escapeByte, fields, maxRowBytes, quote } from './dialect';

const LF: u8 = 10;
const CR: u8 = 13;

/** Counts occurrences of a byte that is not a delimiter in a line's 64 bytes. */
// @ts-ignore: decorator
@inline
function foreign(a: v128, b: v128, c: v128, d: v128, byte: i32, own: i32, line: u64): i32 {
  if (byte == own) return 0;
  return <i32>popcnt(bitsOf(a, b, c, d, i8x16.splat(<i8>byte)) & line);
}

/** Marks which of 64 bytes are neither blank nor control characters. */
// @ts-ignore: decorator
@inline
function blackBits(a: v128, b: v128, c: v128, d: v128): u64 {
  const blank = i8x16.splat(32);
  return (
    <u64>(<u32>i8x16.bitmask(i8x16.gt_u(a, blank)) | (<u32>i8x16.bitmask(i8x16.gt_u(b, blank)) << 16)) |
    (<u64>(<u32>i8x16.bitmask(i8x16.gt_u(c, blank)) | (<u32>i8x16.bitmask(i8x16.gt_u(d, blank)) << 16)) << 32)
  );
}

/** See `KernelLoops.look`. One function, for the reason given at `walk`. */
export function look(start: usize, end: usize, positions: usize, most: i32, own: i32): void {
  const delimiters = i8x16.splat(<i8>delimiter);
  const quotes = i8x16.splat(<i8>quote);
  const quoting: u64 = quote != 0 ? ~0 : 0;
  const others = i8x16.splat(quote == 39 ? 34 : 39);
  const width = <i32>fields;
  const furthest = start + <usize>maxRowBytes;
  let marks: i32 = 0;
  let separators: i32 = 0;
  let quoteCount: i32 = 0;
  let firstQuote: usize = 0;
  let lastQuote: usize = 0;
  let mayOpen: u64 = 1;
  let afterQuote: u64 = 0;
  let afterReturn: u64 = 0;
  let commas: i32 = 0;
  let semicolons: i32 = 0;
  let tabs: i32 = 0;
  let bars: i32 = 0;
  let spaces: i32 = 0;
  let block = start;
  let lineEnd = end;
  while (block < end) {
    const a = v128.load(block);
    const b = v128.load(block, 16);
    const c = v128.load(block, 32);
    const d = v128.load(block, 48);
    const valid: u64 = end - block < 64 ? (<u64>1 << (end - block)) - 1 : ~0;
    const feeds = bitsOf(a, b, c, d, i8x16.splat(<i8>LF)) & valid;
    let line = feeds != 0 ? (feeds & (0 - feeds)) - 1 : valid;
    const returnBits = bitsOf(a, b, c, d, i8x16.splat(<i8>CR)) & line;
    // A CR right before the line's end does not belong to the line.
    if (afterReturn != 0 && (feeds & 1) == 0) marks |= HAS_RETURN;
    afterReturn = 0;
    if (returnBits != 0) {
      const last = <u64>1 << (63 - clz(line));
      if (feeds != 0 && (returnBits & last) != 0) line &= ~last;
      else if (feeds == 0) afterReturn = returnBits >> 63;
      if ((returnBits & line & ~(afterReturn << 63)) != 0) marks |= HAS_RETURN;
    }
    const bits = bitsOf(a, b, c, d, delimiters) & line;
    if (separators < most) writePositions(positions + (<usize>separators << 2), block, bits);
    const quoteBits = bitsOf(a, b, c, d, quotes) & quoting & line;
    if (quoteBits != 0) {
      if (quoteCount == 0) firstQuote = block + <usize>ctz(quoteBits);
      lastQuote = block + 63 - <usize>clz(quoteBits);
      quoteCount += <i32>popcnt(quoteBits);
      if ((quoteBits & ((bits << 1) | mayOpen)) != 0) marks |= HAS_OPENING;
      if ((quoteBits & ((quoteBits << 1) | afterQuote)) != 0) marks |= HAS_DOUBLED;
    }
    mayOpen = bits >> 63;
    afterQuote = quoteBits >> 63;
    const low = v128.or(
      v128.or(i8x16.lt_s(a, i8x16.splat(1)), i8x16.lt_s(b, i8x16.splat(1))),
      v128.or(i8x16.lt_s(c, i8x16.splat(1)), i8x16.lt_s(d, i8x16.splat(1))),
    );
    if (v128.any_true(low)) {
      const nulBits = bitsOf(a, b, c, d, i8x16.splat(0));
      const high =
        <u64>(<u32>i8x16.bitmask(a) | (<u32>i8x16.bitmask(b) << 16)) |
        (<u64>(<u32>i8x16.bitmask(c) | (<u32>i8x16.bitmask(d) << 16)) << 32);
      if ((nulBits & line) != 0) marks |= HAS_NUL;
      if ((high & line) != 0) marks |= HAS_HIGH;
    }
    if (escapeByte != 0 && (bitsOf(a, b, c, d, i8x16.splat(<i8>escapeByte)) & line) != 0) marks |= HAS_ESCAPE;
    if ((bitsOf(a, b, c, d, others) & line) != 0) marks |= HAS_OTHER_QUOTE;
    commas += foreign(a, b, c, d, 44, own, line);
    semicolons += foreign(a, b, c, d, 59, own, line);
    tabs += foreign(a, b, c, d, 9, own, line);
    bars += foreign(a, b, c, d, 124, own, line);
    spaces += foreign(a, b, c, d, 32, own, line);
    const black = blackBits(a, b, c, d) & line & ~bits;
    if ((black | bits) != 0) marks |= HAS_TEXT;
    const before = separators;
    separators += <i32>popcnt(bits);
    if (separators >= width && black != 0) {
      let beyond: u64 = ~0;
      if (before < width) {
        // The positions of the row's own delimiters are written by now.
        const surplus = <u64>(load<u32>(positions + (<usize>(width - 1) << 2)) - <u32>block);
        beyond = surplus == 63 ? 0 : <u64>~0 << (surplus + 1);
      }
      if ((black & beyond) != 0) marks |= HAS_SURPLUS;
    }
    if (feeds != 0) {
      lineEnd = block + 64 - <usize>clz(line);
      // A line feed that begins the block may end a CR LF whose CR ended the block before.
      if ((feeds & 1) != 0 && block > start && load<u8>(block - 1) == CR) lineEnd--;
      break;
    }
    block += 64;
    if ((block >= end || block > furthest) && afterReturn != 0) marks |= HAS_RETURN;
    if (block > furthest) {
      lineEnd = min<usize>(block, end);
      break;
    }
  }
  if (max<i32>(max<i32>(max<i32>(commas, semicolons), max<i32>(tabs, bars)), spaces) >= width - 1) marks |= HAS_FOREIGN;
  store<u32>(RESULT + LINE_END * 4, <u32>lineEnd);
  store<i32>(RESULT + CELLS * 4, separators + 1);
  store<i32>(RESULT + QUOTES * 4, quoteCount);
  store<u32>(RESULT + FIRST_QUOTE * 4, <u32>firstQuote);
  store<u32>(RESULT + LAST_QUOTE * 4, <u32>lastQuote);
  store<i32>(RESULT + MARKS * 4, marks);
}

/** See `KernelLoops.copyWithout`. */
export function copyWithout(start: usize, end: usize, first: usize, second: usize, to: usize, positions: usize, count: i32): usize {
  let at = start;
  let out = to;
  if (<isize>first >= <isize>start) {
    out = copied(at, first, out);
    at = first + 1;
  }
  if (<isize>second >= <isize>at) {
    out = copied(at, second, out);
    at = second + 1;
  }
  out = copied(at, end, out);
  const limit = positions + (<usize>count << 2);
  for (let position = positions; position < limit; position += 4) {
    const old = <isize>load<u32>(position);
    const gone =
      <isize>i32(<isize>first >= <isize>start && <isize>first < old) + <isize>i32(<isize>second >= <isize>start && <isize>second < old);
    store<u32>(position, <u32>(old - <isize>start + <isize>to - gone));
  }
  return out;
}

/** Copies 16 bytes at a time; returns the end of the copy. */
function copied(at: usize, end: usize, out: usize): usize {
  const stop = out + end - at;
  for (; at < end; at += 16, out += 16) v128.store(out, v128.load(at));
  return stop;
}
