import { ABSENT, MISSING, NULLS_FIRST, TABLE_HEADER, TABLE_SLOT } from '../layout';
import { quote } from './dialect';
import { flags, IS_ABSENT, IS_MISSING, IS_SLOW, isNull, isQuoted, markEmpty, mayTrim, nulls, trimEnd, trimStart, words } from './cell';
import { addToken, copyUnescaped, findToken, hashOfShort } from './tables';

const longestWord: usize = 32;

// @ts-ignore: decorator
@inline
function lowered(bytes: v128): v128 {
  const isUpper = v128.and(i8x16.ge_s(bytes, i8x16.splat(65)), i8x16.le_s(bytes, i8x16.splat(90)));
  return v128.or(bytes, v128.and(isUpper, i8x16.splat(32)));
}

/** Returns the code of a boolean word in any case, -1 for other text; lowercases it in the scratch bytes. */
function findWord(start: usize, end: usize): i32 {
  if (end - start > longestWord) return -1;
  v128.store(0, lowered(v128.load(start)));
  v128.store(16, lowered(v128.load(start, 16)));
  return findToken(words, 0, <i32>(end - start), -1);
}

/** One column of booleans, a byte each. */
export function boolean(starts: usize, startStride: usize, ends: usize, endStride: usize, from: usize, to: usize, values: usize, validity: usize, slow: usize): void {
  const nullsFirst = (flags & NULLS_FIRST) != 0;
  for (let row = from; row < to; row++) {
    let start = <usize>(load<u32>(starts + row * startStride) + 1);
    let end = <usize>load<u32>(ends + row * endStride);
    let outcome = IS_ABSENT;
    if (<i32>end >= <i32>start) {
      if (isQuoted(start, end)) {
        start++;
        end--;
      }
      start = trimStart(start, end);
      end = trimEnd(start, end);
      if ((start == end || nullsFirst) && isNull(start, end)) {
        outcome = IS_MISSING;
      } else {
        const code = start == end ? -1 : findWord(start, end);
        if (code >= 0) {
          store<u8>(values + row, <u8>code);
          continue;
        }
        outcome = isNull(start, end) ? IS_MISSING : IS_SLOW;
      }
    }
    store<u8>(values + row, 0);
    markEmpty(outcome, row, validity, slow);
  }
}

/** Returns true if text means missing; white space around it is searched only if it may exist. */
// @ts-ignore: decorator
@inline
function meansNull(start: usize, end: usize, longest: i32): bool {
  const length = <i32>(end - start);
  if (length == 0) return isNull(start, end);
  if (!mayTrim(start, end)) return length <= longest && findToken(nulls, start, length, 0) < 0;
  const first = trimStart(start, end);
  return isNull(first, trimEnd(first, end));
}

/** Records that a string row has no value. */
function markMissing(slot: i32, row: usize, validity: usize): void {
  markEmpty(slot, row, validity, 0);
}

/** Returns a cell's code, added to the table if new; -1 if missing, `full` if the table is half full. */
function carefulCode(start: usize, end: usize, row: usize, validity: usize, table: usize, full: i32): i32 {
  if (<i32>end < <i32>start) {
    markMissing(ABSENT, row, validity);
    return -1;
  }
  if (isQuoted(start, end)) {
    start++;
    end--;
  }
  if (meansNull(start, end, load<i32>(nulls, 12))) {
    markMissing(MISSING, row, validity);
    return -1;
  }
  const length = <i32>(end - start);
  const code = findToken(table, start, length, -1);
  if (code >= 0) return code;
  if (load<u32>(table, 4) * 2 >= load<u32>(table)) return full;
  return addToken(table, start, length, load<i32>(table, 8));
}

/** Masks of the lowest 0 to 8 bytes, by number of bytes. */
const firstBytesOf = memory.data<u64>([
  0, 0xff, 0xffff, 0xffffff, 0xffffffff, 0xffffffffff, 0xffffffffffff, 0xffffffffffffff, 0xffffffffffffffff, 0, 0, 0, 0, 0, 0,
  0,
]);

/**
 * Writes codes of cells by a table, adding new values; returns the row it reached. A token of up to 8 bytes
 * in its first slot takes one multiplication and one comparison; the table holds no null tokens and no
 * category that means one, so its entries are final.
 */
export function codes(starts: usize, startStride: usize, ends: usize, endStride: usize, from: usize, to: usize, values: usize, validity: usize, table: usize): usize {
  const mark: u32 = quote != 0 ? <u32>quote : 256;
  const mask = load<u32>(table) - 1;
  const slots = table + TABLE_HEADER;
  const limit = values + (to << 2);
  const full: i32 = i32.MIN_VALUE;
  let startAt = starts + from * startStride;
  let endAt = ends + from * endStride;
  let value = values + (from << 2);
  while (value < limit) {
    let isFound: bool;
    do {
      const cell = <usize>(load<u32>(startAt) + 1);
      const quoted = <u32>(<u32>load<u8>(cell) == mark);
      const start = cell + quoted;
      const length = load<u32>(endAt) - <u32>start - quoted;
      const first = load<u64>(start) & load<u64>(firstBytesOf + ((length & 15) << 3));
      const slot = slots + (hashOfShort(first, length) & mask) * TABLE_SLOT;
      store<i32>(value, load<i32>(slot, 12));
      isFound = (load<u64>(slot) == first) & (load<u32>(slot, 8) == length) & (length - 1 < 8);
      startAt += startStride;
      endAt += endStride;
      value += 4;
    } while (isFound & (value < limit));
    if (isFound) return to;
    value -= 4;
    const row = (value - values) >> 2;
    const code = carefulCode(load<u32>(startAt - startStride) + 1, load<u32>(endAt - endStride), row, validity, table, full);
    if (code == full) return row;
    store<i32>(value, code);
    value += 4;
  }
  return to;
}

/** Concatenates cells, with quotes unescaped; writes up to 15 bytes beyond the last. */
export function texts(starts: usize, startStride: usize, ends: usize, endStride: usize, from: usize, to: usize, offsets: usize, validity: usize, bytes: usize): void {
  const longest = load<i32>(nulls, 12);
  let startAt = starts + from * startStride;
  let endAt = ends + from * endStride;
  let out = bytes + <usize>load<u32>(offsets + (from << 2));
  for (let row = from; row < to; row++) {
    let start = <usize>(load<u32>(startAt) + 1);
    let end = <usize>load<u32>(endAt);
    startAt += startStride;
    endAt += endStride;
    if (<i32>end < <i32>start) {
      markMissing(ABSENT, row, validity);
    } else {
      const quoted = isQuoted(start, end);
      if (quoted) {
        start++;
        end--;
      }
      if (meansNull(start, end, longest)) {
        markMissing(MISSING, row, validity);
      } else if (quoted) {
        out = copyUnescaped(start, end, out);
      } else {
        const length = end - start;
        for (let i: usize = 0; i < length; i += 16) v128.store(out + i, v128.load(start + i));
        out += length;
      }
    }
    store<u32>(offsets + ((row + 1) << 2), <u32>(out - bytes));
  }
}

/** Returns the bytes of the cells with their quotes: an upper bound of what `texts` writes. */
export function textBytes(starts: usize, startStride: usize, ends: usize, endStride: usize, from: usize, to: usize): usize {
  let bytes: usize = 0;
  for (let row = from; row < to; row++) {
    const length = <i32>(load<u32>(ends + row * endStride) - load<u32>(starts + row * startStride)) - 1;
    bytes += <usize>max(length, 0);
  }
  return bytes;
}
