import { ABSENT, EMPTY_IS_NULL, MISSING, RESULT, SLOW } from '../layout';
import { quote } from './dialect';
import { findToken } from './tables';
import { blankLength, blankLengthBefore } from './utf8';

/** Parameters of the column being read. */
export let decimal: i32 = 46;
export let nulls: usize = 0;
export let words: usize = 0;
export let flags: i32 = 0;

export function setColumn(mark: i32, nullTable: usize, wordTable: usize, bits: i32): void {
  decimal = mark;
  nulls = nullTable;
  words = wordTable;
  flags = bits;
}

/** Returns true if a cell is quoted: its text then starts and ends one byte further in. */
// @ts-ignore: decorator
@inline
export function isQuoted(start: usize, end: usize): bool {
  return quote != 0 && end - start >= 2 && load<u8>(start) == <u8>quote;
}

/** Returns true if either end of non-empty text may be white space: a quick test before the exact trim. */
// @ts-ignore: decorator
@inline
export function mayTrim(start: usize, end: usize): bool {
  const first = load<u8>(start);
  const last = load<u8>(end - 1);
  return first <= 32 || first >= 0x80 || last <= 32 || last >= 0x80;
}

export function trimStart(start: usize, end: usize): usize {
  while (start < end) {
    const length = blankLength(start);
    if (length == 0) break;
    start += length;
  }
  return start;
}

export function trimEnd(start: usize, end: usize): usize {
  while (start < end) {
    const length = blankLengthBefore(end);
    if (length == 0) break;
    end -= length;
  }
  return end;
}

/** Returns true if trimmed text is a null token of the column. */
export function isNull(start: usize, end: usize): bool {
  const length = <i32>(end - start);
  if (length <= 0) return (flags & EMPTY_IS_NULL) != 0;
  if (length > load<i32>(nulls, 12)) return false;
  return findToken(nulls, start, length, 0) < 0;
}

/** Kinds of cells without a value; each constant is the result slot that counts the kind. */
export const IS_MISSING: i32 = MISSING;
export const IS_SLOW: i32 = SLOW;
export const IS_ABSENT: i32 = ABSENT;

/** Records a row without a value: counts it, clears its validity bit, sets its slow bit if undecided. */
export function markEmpty(kind: i32, row: usize, validity: usize, slow: usize): void {
  const count = RESULT + kind * 4;
  store<i32>(count, load<i32>(count) + 1);
  const bit = <u8>(<u32>1 << (<u32>row & 7));
  const at = validity + (row >> 3);
  store<u8>(at, load<u8>(at) & ~bit);
  if (kind == IS_SLOW) store<u8>(slow + (row >> 3), load<u8>(slow + (row >> 3)) | bit);
}
