import { GREATEST, INFINITE, IS_WHOLE, LEAST, LOW_BITS, NONE, SQUARES, SUM } from '../../count-layout';
import { count, isPresent } from './small';
import { INPUT, NUMBERS, RESULT, SMALL } from './addresses';

/** Appends a number if it is finite; returns where the next goes. */
function put(value: f64, into: usize): usize {
  if (value - value == 0) {
    store<f64>(into, value + 0);
    return into + 8;
  }
  count(SMALL, value != value ? NONE : INFINITE);
  return into;
}

/** Writes the finite numbers of a block of floats to NUMBERS; returns how many there are. */
export function floats32(rows: i32): i32 {
  const zero = f64x2.splat(0);
  const fours = INPUT + (<usize>(rows & ~3) << 2);
  const end = INPUT + (<usize>rows << 2);
  let into: usize = NUMBERS;
  let at: usize = INPUT;
  for (; at < fours; at += 16) {
    const values = v128.load(at);
    if (i32x4.all_true(f32x4.eq(f32x4.sub(values, values), f32x4.splat(0)))) {
      v128.store(into, f64x2.add(f64x2.promote_low_f32x4(values), zero));
      v128.store(into, f64x2.add(f64x2.promote_low_f32x4(v128.shuffle<i64>(values, values, 1, 1)), zero), 16);
      into += 32;
    } else {
      for (let i: usize = 0; i < 16; i += 4) into = put(<f64>load<f32>(at + i), into);
    }
  }
  for (; at < end; at += 4) into = put(<f64>load<f32>(at), into);
  return <i32>((into - NUMBERS) >> 3);
}

export function floats64(rows: i32): i32 {
  const end = INPUT + (<usize>rows << 3);
  let into: usize = NUMBERS;
  for (let at: usize = INPUT; at < end; at += 8) into = put(load<f64>(at), into);
  return <i32>((into - NUMBERS) >> 3);
}

/** Writes the present numbers of a block of whole numbers to NUMBERS; returns how many there are. */
export function ints32(rows: i32, mayMiss: bool): i32 {
  return ints<i32>(rows, mayMiss);
}

export function ints64(rows: i32, mayMiss: bool): i32 {
  return ints<i64>(rows, mayMiss);
}

// @ts-ignore: decorator
@inline
function ints<T>(rows: i32, mayMiss: bool): i32 {
  let into: usize = NUMBERS;
  if (mayMiss) {
    for (let row = 0; row < rows; row++) {
      store<f64>(into, <f64>load<T>(INPUT + <usize>row * sizeof<T>()));
      const present = isPresent(row);
      into += <usize>present << 3;
      if (present == 0) count(SMALL, NONE);
    }
  } else {
    for (let row = 0; row < rows; row++, into += 8) store<f64>(into, <f64>load<T>(INPUT + <usize>row * sizeof<T>()));
  }
  return <i32>((into - NUMBERS) >> 3);
}

/**
 * Computes sum, extremes, squared distances from the mean and the bits that occur in the first `rows` (at
 * least 1) of NUMBERS. Sums run in four lanes, to which rows are assigned in turn.
 */
export function measure(rows: i32): void {
  const fours = NUMBERS + (<usize>(rows & ~3) << 3);
  const end = NUMBERS + (<usize>rows << 3);
  let one = f64x2.splat(0);
  let other = f64x2.splat(0);
  let least = f64x2.splat(Infinity);
  let greatest = f64x2.splat(-Infinity);
  let bits = i64x2.splat(0);
  let whole = i64x2.splat(-1);
  let at: usize = NUMBERS;
  for (; at < fours; at += 32) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    one = f64x2.add(one, a);
    other = f64x2.add(other, b);
    least = f64x2.pmin(f64x2.pmin(least, a), b);
    greatest = f64x2.pmax(f64x2.pmax(greatest, a), b);
    bits = v128.or(bits, v128.or(a, b));
    whole = v128.and(whole, v128.and(f64x2.eq(f64x2.floor(a), a), f64x2.eq(f64x2.floor(b), b)));
  }
  let sum = folded(one, other);
  let low = i32x4.extract_lane(bits, 0) | i32x4.extract_lane(bits, 2);
  let isWhole = i64x2.all_true(whole);
  let min = Math.min(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1));
  let max = Math.max(f64x2.extract_lane(greatest, 0), f64x2.extract_lane(greatest, 1));
  for (; at < end; at += 8) {
    const value = load<f64>(at);
    sum += value;
    low |= load<i32>(at);
    if (Math.floor(value) != value) isWhole = false;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  store<f64>(RESULT + SUM * 8, sum);
  store<f64>(RESULT + LEAST * 8, min);
  store<f64>(RESULT + GREATEST * 8, max);
  store<f64>(RESULT + SQUARES * 8, squaresAbout(sum / <f64>rows, fours, end));
  store<i32>(RESULT + LOW_BITS * 4, low);
  store<i32>(RESULT + IS_WHOLE * 4, isWhole ? 1 : 0);
}

// @ts-ignore: decorator
@inline
function squaresAbout(center: f64, fours: usize, end: usize): f64 {
  const centers = f64x2.splat(center);
  let one = f64x2.splat(0);
  let other = f64x2.splat(0);
  let at: usize = NUMBERS;
  for (; at < fours; at += 32) {
    const a = f64x2.sub(v128.load(at), centers);
    const b = f64x2.sub(v128.load(at, 16), centers);
    one = f64x2.add(one, f64x2.mul(a, a));
    other = f64x2.add(other, f64x2.mul(b, b));
  }
  let sum = folded(one, other);
  for (; at < end; at += 8) {
    const apart = load<f64>(at) - center;
    sum += apart * apart;
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function folded(one: v128, other: v128): f64 {
  return (
    f64x2.extract_lane(one, 0) +
    f64x2.extract_lane(one, 1) +
    (f64x2.extract_lane(other, 0) + f64x2.extract_lane(other, 1))
  );
}
