import { INFINITE, NONE, SMALL_SIZE, SMALLEST } from '../../count-layout';
import { BANK_BYTES, INPUT, NUMBERS, PRESENT, SMALL } from './addresses';

/** Adds one at `slot` of the table at `bank`. */
// @ts-ignore: decorator
@inline
export function count(bank: usize, slot: i32): void {
  const at = bank + (<usize>slot << 2);
  store<i32>(at, load<i32>(at) + 1);
}

/** Adds one at each of four slots. */
// @ts-ignore: decorator
@inline
function countFour(slots: v128): void {
  count(SMALL, i32x4.extract_lane(slots, 0));
  count(SMALL + BANK_BYTES, i32x4.extract_lane(slots, 1));
  count(SMALL, i32x4.extract_lane(slots, 2));
  count(SMALL + BANK_BYTES, i32x4.extract_lane(slots, 3));
}

/** Clears the first `slots` slots of both tables. */
export function clearSmall(slots: i32): void {
  memory.fill(SMALL, 0, <usize>slots << 2);
  memory.fill(SMALL + BANK_BYTES, 0, <usize>slots << 2);
}

/** Counts any number; returns where the next of the rest goes. */
function countOne(value: f64, rest: usize): usize {
  const whole = i32x4.extract_lane(i32x4.trunc_sat_f64x2_s_zero(f64x2.splat(value)), 0);
  const slot = whole - SMALLEST;
  if (<f64>whole == value && <u32>slot < <u32>SMALL_SIZE) {
    count(SMALL, slot);
  } else if (value - value == 0) {
    store<f64>(rest, value);
    return rest + 8;
  } else {
    count(SMALL, value != value ? NONE : INFINITE);
  }
  return rest;
}

/** Counts small whole numbers and non-finite floats; writes the others to NUMBERS, returns how many. */
export function smallFloats32(rows: i32): i32 {
  const fours = INPUT + (<usize>(rows & ~3) << 2);
  const end = INPUT + (<usize>rows << 2);
  let rest: usize = NUMBERS;
  let at: usize = INPUT;
  for (; at < fours; at += 16) {
    const values = v128.load(at);
    const whole = i32x4.trunc_sat_f32x4_s(values);
    const slots = i32x4.sub(whole, i32x4.splat(SMALLEST));
    const isNone = f32x4.ne(values, values);
    const isSmall = v128.and(
      f32x4.eq(f32x4.convert_i32x4_s(whole), values),
      i32x4.lt_u(slots, i32x4.splat(SMALL_SIZE)),
    );
    if (i32x4.all_true(v128.or(isNone, isSmall))) {
      countFour(v128.bitselect(i32x4.splat(NONE), slots, isNone));
    } else {
      for (let i: usize = 0; i < 16; i += 4) rest = countOne(<f64>load<f32>(at + i), rest);
    }
  }
  for (; at < end; at += 4) rest = countOne(<f64>load<f32>(at), rest);
  return <i32>((rest - NUMBERS) >> 3);
}

/** Does the same for 64-bit floats. */
export function smallFloats64(rows: i32): i32 {
  const end = INPUT + (<usize>rows << 3);
  let rest: usize = NUMBERS;
  for (let at: usize = INPUT; at < end; at += 8) rest = countOne(load<f64>(at), rest);
  return <i32>((rest - NUMBERS) >> 3);
}

/** Returns 1 if row `row` of the block is present, else 0. */
// @ts-ignore: decorator
@inline
export function isPresent(row: i32): i32 {
  return (<i32>load<u8>(PRESENT + (<usize>row >> 3)) >> (row & 7)) & 1;
}

/** Does the same for whole numbers, which are missing if `mayMiss` and their bit is not set. */
export function smallInts32(rows: i32, mayMiss: bool): i32 {
  let rest: usize = NUMBERS;
  let row = 0;
  if (!mayMiss) {
    for (; row < (rows & ~3); row += 4) {
      const values = v128.load(INPUT + (<usize>row << 2));
      const slots = i32x4.sub(values, i32x4.splat(SMALLEST));
      if (i32x4.all_true(i32x4.lt_u(slots, i32x4.splat(SMALL_SIZE)))) {
        countFour(slots);
      } else {
        for (let i = row; i < row + 4; i++) rest = countInt<i32>(i, 1, rest);
      }
    }
  }
  for (; row < rows; row++) rest = countInt<i32>(row, mayMiss ? isPresent(row) : 1, rest);
  return <i32>((rest - NUMBERS) >> 3);
}

export function smallInts64(rows: i32, mayMiss: bool): i32 {
  let rest: usize = NUMBERS;
  if (mayMiss) {
    for (let row = 0; row < rows; row++) rest = countInt<i64>(row, isPresent(row), rest);
  } else {
    for (let row = 0; row < rows; row++) rest = countInt<i64>(row, 1, rest);
  }
  return <i32>((rest - NUMBERS) >> 3);
}

// @ts-ignore: decorator
@inline
function countInt<T>(row: i32, present: i32, rest: usize): usize {
  const value = load<T>(INPUT + <usize>row * sizeof<T>());
  const slot = <i64>value - SMALLEST;
  const bank: usize = (row & 1) != 0 ? SMALL + BANK_BYTES : SMALL;
  if (present == 0) {
    count(bank, NONE);
  } else if (<u64>slot < <u64>SMALL_SIZE) {
    count(bank, <i32>slot);
  } else {
    store<f64>(rest, <f64>value);
    return rest + 8;
  }
  return rest;
}

/** Counts codes from -1 on: code `c` in slot `c + 1`. */
export function codes(rows: i32): void {
  let row = 0;
  for (; row < (rows & ~3); row += 4) {
    countFour(i32x4.add(v128.load(INPUT + (<usize>row << 2)), i32x4.splat(1)));
  }
  for (; row < rows; row++) count(SMALL, load<i32>(INPUT + (<usize>row << 2)) + 1);
}

/**
 * Writes the small whole numbers that occurred to INPUT, ascending, their counts to NUMBERS; returns how
 * many.
 */
export function gatherSmall(): i32 {
  let found: usize = 0;
  for (let slot: usize = 0; slot < <usize>SMALL_SIZE << 2; slot += 16) {
    const both = i32x4.add(v128.load(SMALL + slot), v128.load(SMALL + BANK_BYTES + slot));
    if (!v128.any_true(both)) continue;
    for (let i = slot; i < slot + 16; i += 4) {
      const times = load<i32>(SMALL + i) + load<i32>(SMALL + BANK_BYTES + i);
      if (times == 0) continue;
      store<i32>(INPUT + found, <i32>(i >> 2) + SMALLEST);
      store<i32>(NUMBERS + found, times);
      found += 4;
    }
  }
  return <i32>(found >> 2);
}
