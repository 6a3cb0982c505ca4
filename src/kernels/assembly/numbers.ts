import { NULLS_FIRST } from '../layout';
import { decimal, flags, IS_ABSENT, IS_MISSING, IS_SLOW, isNull, isQuoted, markEmpty, mayTrim, trimEnd, trimStart } from './cell';
import { toDouble } from './decimal';

/** 16 zeros, then 32 times 255: at n, a mask of the last n of 16 bytes. */
const lastBytes = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
]);

/**
 * Divisors of digits, by the position of the decimal mark in 16 bytes, counted from 1, 0 for none; 256 bytes
 * further the same for a negative number, which also gives zero its sign.
 */
const divisors = memory.data<f64>([
  1, 1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, -1, -1e15, -1e14, -1e13, -1e12, -1e11, -1e10, -1e9, -1e8, -1e7, -1e6, -1e5, -1e4, -1e3, -1e2, -1e1, -1,
]);

/** The numbers of each two of 16 digits, as eight 16-bit lanes: multiplied by `10 * 256 + 1`, upper byte. */
// @ts-ignore: decorator
@inline
function twoDigits(digits: v128): v128 {
  return i16x8.shr_u(i16x8.mul(digits, i16x8.splat(2561)), 8);
}

/** The numbers of the first and last 8 of 16 digits (one per byte, most significant first), in 32 bits. */
// @ts-ignore: decorator
@inline
function eightDigits(digits: v128): v128 {
  const fours = i32x4.dot_i16x8_s(twoDigits(digits), i16x8(100, 1, 100, 1, 100, 1, 100, 1));
  return i32x4.dot_i16x8_s(i16x8.narrow_i32x4_s(fours, fours), i16x8(10000, 1, 10000, 1, 10000, 1, 10000, 1));
}

/**
 * By a cell's bytes plus one (2 to 9): a mask of that many last bytes of 8; 128 bytes further, of the first
 * ones if more follow.
 */
const spans = memory.data<u64>([
  0, 0, 0xff00000000000000, 0xffff000000000000, 0xffffff0000000000, 0xffffffff00000000, 0xffffffffff000000, 0xffffffffffff0000,
  0xffffffffffffff00, 0xffffffffffffffff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00ff000000000000, 0x0000ff0000000000, 0x000000ff00000000,
  0x00000000ff000000, 0x0000000000ff0000, 0x000000000000ff00, 0x00000000000000ff, 0, 0, 0, 0, 0, 0,
]);

/** Maximum number of cells that are read one by one before reading four at once is tried again. */
const longestPause: usize = 256;

/** Loads two 64-bit values from memory. */
// @ts-ignore: decorator
@inline
function twoOf(first: usize, second: usize): v128 {
  return v128.load64_lane(second, v128.load64_zero(first), 1);
}

/**
 * Reads one column of numbers. The fastest path takes four cells at once: whole numbers of up to 8 bytes
 * each, including a minus sign. The next takes up to 15 digits (whole numbers: 16) after an optional minus
 * sign, for floats with one decimal mark among them, without branching on their number or position: up to 15
 * digits and powers to 10^15 are exact as doubles, so one division rounds correctly. `careful` takes
 * everything else. The loops have one exit, at their end, and call nothing, so the engine keeps their
 * constants in registers.
 */
// @ts-ignore: decorator
@inline
function numbers<T>(
  starts: usize,
  startStride: usize,
  ends: usize,
  endStride: usize,
  from: usize,
  to: usize,
  values: usize,
  validity: usize,
  slow: usize,
): void {
  const marks = i8x16.splat(<i8>(decimal - 48));
  const lanes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const nullsFirst = (flags & NULLS_FIRST) != 0;
  const limit = values + to * sizeof<T>();
  const four = 4 * sizeof<T>();
  let startAt = starts + from * startStride;
  let endAt = ends + from * endStride;
  let value = values + from * sizeof<T>();
  let pause: usize = 4;
  while (value < limit) {
    if (!nullsFirst && value + four <= limit) {
      const first = value;
      let areWhole: bool;
      do {
        const before0 = <usize>load<u32>(startAt);
        const before1 = <usize>load<u32>(startAt + startStride);
        const before2 = <usize>load<u32>(startAt + 2 * startStride);
        const before3 = <usize>load<u32>(startAt + 3 * startStride);
        const end0 = <usize>load<u32>(endAt);
        const end1 = <usize>load<u32>(endAt + endStride);
        const end2 = <usize>load<u32>(endAt + 2 * endStride);
        const end3 = <usize>load<u32>(endAt + 3 * endStride);
        const sizes = (end0 - before0 - 2) | (end1 - before1 - 2) | (end2 - before2 - 2) | (end3 - before3 - 2);
        const span0 = spans + (((end0 - before0) & 15) << 3);
        const span1 = spans + (((end1 - before1) & 15) << 3);
        const span2 = spans + (((end2 - before2) & 15) << 3);
        const span3 = spans + (((end3 - before3) & 15) << 3);
        let a = v128.and(i8x16.sub(twoOf(end0 - 8, end1 - 8), i8x16.splat(48)), twoOf(span0, span1));
        let b = v128.and(i8x16.sub(twoOf(end2 - 8, end3 - 8), i8x16.splat(48)), twoOf(span2, span3));
        const minusA = i8x16.eq(a, i8x16.splat(-3));
        const minusB = i8x16.eq(b, i8x16.splat(-3));
        let signs = i32x4.splat(0);
        if (v128.any_true(v128.or(minusA, minusB))) {
          const firstA = v128.and(minusA, twoOf(span0 + 128, span1 + 128));
          const firstB = v128.and(minusB, twoOf(span2 + 128, span3 + 128));
          a = v128.andnot(a, firstA);
          b = v128.andnot(b, firstB);
          signs = v128.shuffle<i32>(i64x2.ne(firstA, i64x2.splat(0)), i64x2.ne(firstB, i64x2.splat(0)), 0, 2, 4, 6);
        }
        const excess = v128.or(i8x16.sub_sat_u(a, i8x16.splat(9)), i8x16.sub_sat_u(b, i8x16.splat(9)));
        const foursA = i32x4.dot_i16x8_s(twoDigits(a), i16x8(100, 1, 100, 1, 100, 1, 100, 1));
        const foursB = i32x4.dot_i16x8_s(twoDigits(b), i16x8(100, 1, 100, 1, 100, 1, 100, 1));
        const eights = i32x4.dot_i16x8_s(
          i16x8.narrow_i32x4_s(foursA, foursB),
          i16x8(10000, 1, 10000, 1, 10000, 1, 10000, 1),
        );
        storeFour<T>(value, eights, signs);
        areWhole = (sizes < 8) & !v128.any_true(excess);
        startAt += 4 * startStride;
        endAt += 4 * endStride;
        value += four;
      } while (areWhole & (value + four <= limit));
      if (!areWhole) {
        startAt -= 4 * startStride;
        endAt -= 4 * endStride;
        value -= four;
      }
      if (value == limit) return;
      pause = value > first ? 4 : min<usize>(2 * pause, longestPause);
    }
    const stop = min<usize>(limit, value + pause * sizeof<T>());
    while (value < stop) {
      let isPlain: bool;
      do {
        const start = <usize>(load<u32>(startAt) + 1);
        const end = <usize>load<u32>(endAt);
        const minus = <u32>(load<u8>(start) == 45);
        const length = <u32>(end - start) - minus;
        const bytes = v128.and(
          i8x16.sub(v128.load(end - 16), i8x16.splat(48)),
          v128.load(lastBytes + (length & 31)),
        );
        if (isFloat<T>()) {
          const mark = i8x16.bitmask(i8x16.eq(bytes, marks));
          const at = 32 - clz(mark);
          // Bytes up to the mark move by one, over the mark; a zero is inserted at the front.
          const digits = i8x16.swizzle(bytes, i8x16.add(lanes, i8x16.gt_s(i8x16.splat(<i8>at), lanes)));
          const eights = f64x2.convert_low_i32x4_s(eightDigits(digits));
          const whole = f64x2.extract_lane(eights, 0) * 1e8 + f64x2.extract_lane(eights, 1);
          store<T>(value, <T>(whole / load<f64>(divisors + (<usize>minus << 8) + (<usize>at << 3))));
          isPlain =
            (length - 1 - <u32>(mark != 0) < 15) & !v128.any_true(i8x16.sub_sat_u(digits, i8x16.splat(9)));
        } else {
          const eights = eightDigits(bytes);
          const size = <i64>i32x4.extract_lane(eights, 0) * 100000000 + <i64>i32x4.extract_lane(eights, 1);
          const whole = (size ^ (0 - <i64>minus)) + <i64>minus;
          store<T>(value, <T>whole);
          isPlain = (length - 1 < 16) & !v128.any_true(i8x16.sub_sat_u(bytes, i8x16.splat(9)));
          if (sizeof<T>() == 4) isPlain = isPlain & (<i64>(<i32>whole) == whole);
        }
        startAt += startStride;
        endAt += endStride;
        value += sizeof<T>();
      } while (isPlain & (value < stop) & !nullsFirst);
      if (isPlain && !nullsFirst) break;
      const outcome = careful<T>(load<u32>(startAt - startStride) + 1, load<u32>(endAt - endStride), value - sizeof<T>());
      if (outcome < 0) continue;
      store<T>(value - sizeof<T>(), isFloat<T>() ? <T>NaN : <T>0);
      markEmpty(outcome, (value - values) / sizeof<T>() - 1, validity, slow);
    }
  }
}

/** Stores four numbers, negative where `signs` has all bits; a float keeps the sign of zero. */
// @ts-ignore: decorator
@inline
function storeFour<T>(value: usize, numbers: v128, signs: v128): void {
  if (isFloat<T>()) {
    if (sizeof<T>() == 4) {
      v128.store(value, v128.xor(f32x4.convert_i32x4_s(numbers), i32x4.shl(signs, 31)));
    } else {
      v128.store(value, v128.xor(f64x2.convert_low_i32x4_s(numbers), i64x2.shl(i64x2.extend_low_i32x4_s(signs), 63)));
      const rest = v128.shuffle<i32>(numbers, numbers, 2, 3, 2, 3);
      v128.store(value, v128.xor(f64x2.convert_low_i32x4_s(rest), i64x2.shl(i64x2.extend_high_i32x4_s(signs), 63)), 16);
    }
  } else {
    const whole = i32x4.sub(v128.xor(numbers, signs), signs);
    if (sizeof<T>() == 4) {
      v128.store(value, whole);
    } else {
      v128.store(value, i64x2.extend_low_i32x4_s(whole));
      v128.store(value, i64x2.extend_high_i32x4_s(whole), 16);
    }
  }
}

const STORED: i32 = -1;

/** Reads one cell of any form and stores its value; otherwise returns the kind of empty cell. */
function careful<T>(start: usize, end: usize, value: usize): i32 {
  if (<i32>end < <i32>start) return IS_ABSENT;
  if (isQuoted(start, end)) {
    start++;
    end--;
  }
  if (start < end && mayTrim(start, end)) {
    start = trimStart(start, end);
    end = trimEnd(start, end);
  }
  if (start == end || flags & NULLS_FIRST) {
    if (isNull(start, end)) return IS_MISSING;
    if (start == end) return IS_SLOW;
  }
  if (isFloat<T>() ? readFloat<T>(start, end, value) : readInteger<T>(start, end, value)) return STORED;
  return isNull(start, end) ? IS_MISSING : IS_SLOW;
}

/** 10^0 to 10^19. */
const wholePowers = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000,
  10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000,
  10000000000000000000,
]);

const NO_DIGITS: u64 = ~0;

// @ts-ignore: decorator
@inline
function sixteenDigits(digits: v128): u64 {
  const eights = eightDigits(digits);
  return <u64>i32x4.extract_lane(eights, 0) * 100000000 + <u64>i32x4.extract_lane(eights, 1);
}

/** Returns the number of up to 19 digits, zero for none; `NO_DIGITS` if any other byte is among them. */
// @ts-ignore: decorator
@inline
function manyDigits(start: usize, end: usize): u64 {
  const length = end - start;
  const low = v128.and(i8x16.sub(v128.load(end - 16), i8x16.splat(48)), v128.load(lastBytes + min<usize>(length, 16)));
  let number = sixteenDigits(low);
  let excess = i8x16.sub_sat_u(low, i8x16.splat(9));
  if (length > 16) {
    const high = v128.and(i8x16.sub(v128.load(end - 32), i8x16.splat(48)), v128.load(lastBytes + length - 16));
    number += sixteenDigits(high) * 10000000000000000;
    excess = v128.or(excess, i8x16.sub_sat_u(high, i8x16.splat(9)));
  }
  return v128.any_true(excess) ? NO_DIGITS : number;
}

/** Reads up to 19 digits with or without a mark, most numbers that the loop skips; NaN for others. */
function readDigits(start: usize, end: usize): f64 {
  const length = end - start;
  const marks = i8x16.eq(v128.load(start), i8x16.splat(<i8>decimal));
  const mark = i8x16.bitmask(marks) & ((1 << <i32>min<usize>(length, 16)) - 1);
  const before = mark == 0 ? length : <usize>ctz(mark);
  const after: usize = mark == 0 ? 0 : length - before - 1;
  if (before + after - 1 > 18) return NaN;
  const whole = manyDigits(start, start + before);
  const fraction = manyDigits(end - after, end);
  if (whole == NO_DIGITS || fraction == NO_DIGITS) return NaN;
  return toDouble(whole * load<u64>(wholePowers + (after << 3)) + fraction, -<i32>after);
}

function readFloat<T>(start: usize, end: usize, value: usize): bool {
  let at = start;
  const sign = load<u8>(at);
  at += usize(sign == 43 || sign == 45);
  const usual = <T>readDigits(at, end);
  if (isFinite(usual)) {
    store<T>(value, sign == 45 ? -usual : usual);
    return true;
  }
  let digits: u64 = 0;
  let significant: i32 = 0;
  let seen: i32 = 0;
  let mark: i32 = -1;
  let dropped: i32 = 0;
  for (; at < end; at++) {
    const digit = <u32>load<u8>(at) - 48;
    if (digit <= 9) {
      if (significant < 19) {
        digits = digits * 10 + digit;
        significant += i32((<u32>significant | digit) != 0);
      } else {
        // Beyond 19 digits only zeros can be dropped.
        if (digit != 0) return false;
        dropped++;
      }
      seen++;
    } else if (digit == <u32>decimal - 48 && mark < 0) {
      mark = seen;
    } else break;
  }
  if (seen == 0) return false;
  let exponent: i32 = 0;
  if (at < end) {
    if ((load<u8>(at++) | 32) != 101 || at == end) return false;
    const exponentSign = load<u8>(at);
    at += usize(exponentSign == 43 || exponentSign == 45);
    if (at == end) return false;
    for (; at < end; at++) {
      const digit = <u32>load<u8>(at) - 48;
      if (digit > 9) return false;
      exponent = min(exponent * 10 + digit, 100000);
    }
    if (exponentSign == 45) exponent = -exponent;
  }
  let number = toDouble(digits, exponent + dropped - (mark < 0 ? 0 : seen - mark));
  if (sign == 45) number = -number;
  const narrowed = <T>number;
  if (!isFinite(narrowed)) return false;
  store<T>(value, narrowed);
  return true;
}

/** Reads a whole number, with nothing but zeros after the decimal mark if there is one. */
function readInteger<T>(start: usize, end: usize, value: usize): bool {
  let at = start;
  const sign = load<u8>(at);
  at += usize(sign == 43 || sign == 45);
  const length = end - at;
  const usual = length - 1 < 19 ? manyDigits(at, end) : NO_DIGITS;
  if (usual != NO_DIGITS) return storeInteger<T>(usual, sign == 45, value);
  let whole: u64 = 0;
  let significant: i32 = 0;
  let seen: i32 = 0;
  for (; at < end; at++) {
    const digit = <u32>load<u8>(at) - 48;
    if (digit > 9) break;
    whole = whole * 10 + digit;
    significant += i32((<u32>significant | digit) != 0);
    seen++;
  }
  if (seen == 0 || significant > 19) return false;
  if (at < end) {
    if (<i32>load<u8>(at++) != decimal) return false;
    for (; at < end; at++) if (load<u8>(at) != 48) return false;
  }
  return storeInteger<T>(whole, sign == 45, value);
}

/** Stores a whole number if its type can hold it. */
// @ts-ignore: decorator
@inline
function storeInteger<T>(size: u64, isNegative: bool, value: usize): bool {
  const largest: u64 = (sizeof<T>() == 8 ? <u64>i64.MAX_VALUE : <u64>i32.MAX_VALUE) + u64(isNegative);
  if (size > largest) return false;
  store<T>(value, <T>(isNegative ? 0 - size : size));
  return true;
}

export function float32(starts: usize, startStride: usize, ends: usize, endStride: usize, from: usize, to: usize, values: usize, validity: usize, slow: usize): void {
  numbers<f32>(starts, startStride, ends, endStride, from, to, values, validity, slow);
}

export function float64(starts: usize, startStride: usize, ends: usize, endStride: usize, from: usize, to: usize, values: usize, validity: usize, slow: usize): void {
  numbers<f64>(starts, startStride, ends, endStride, from, to, values, validity, slow);
}

export function int32(starts: usize, startStride: usize, ends: usize, endStride: usize, from: usize, to: usize, values: usize, validity: usize, slow: usize): void {
  numbers<i32>(starts, startStride, ends, endStride, from, to, values, validity, slow);
}

export function int64(starts: usize, startStride: usize, ends: usize, endStride: usize, from: usize, to: usize, values: usize, validity: usize, slow: usize): void {
  numbers<i64>(starts, startStride, ends, endStride, from, to, values, validity, slow);
}
