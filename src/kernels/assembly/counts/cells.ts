import {
  CELL_BINS,
  CELL_BYTES,
  CELL_COUNT,
  CELL_FRACTIONS,
  CELL_GREATEST,
  CELL_LEAST,
  CELL_PRECISION,
  CELL_SQUARES,
  CELL_SUM,
  FIRST_BIN,
  FULL_PRECISION,
  GREATEST,
  IS_WHOLE,
  LEAST,
  SQUARES,
  SUM,
} from '../../count-layout';
import {
  BITS_OF_BINS,
  CELL_COUNTS,
  CELL_FIGURES,
  CELL_KEYS,
  CELL_STARTS,
  CELLS,
  COUNTS,
  INPUT,
  KEYS,
  NUMBERS,
  OTHER_COUNTS,
  OTHER_KEYS,
  RESULT,
  ROWS_BY_CELL,
  SUMS,
} from './addresses';
import { sortPairs } from './bins';
import { measure } from './numbers';
import { count, isPresent } from './small';

/** The sign among the bits of a bin. */
const SIGN_BIT: i32 = 1 << (11 + CELL_PRECISION);

let cellsCounted: i32 = 0;
/** The number of the next bin: bins are numbered by first occurrence. */
let bins: i32 = FIRST_BIN;

/** Clears the counts and figures of `cells` cells, and all bins. */
export function beginCells(cells: i32): void {
  cellsCounted = cells;
  for (let bin = FIRST_BIN; bin < bins; bin++) {
    store<u16>(CELL_KEYS + (<usize>load<i32>(BITS_OF_BINS + (<usize>bin << 2)) << 1), 0);
  }
  bins = FIRST_BIN;
  memory.fill(CELL_COUNTS, 0, <usize>cells * CELL_BINS * 4);
  memory.fill(CELL_FIGURES, 0, <usize>cells * CELL_BYTES);
  for (let cell = 0; cell < cells; cell++) {
    const figures = figuresOf(cell);
    store<f64>(figures, Infinity, CELL_LEAST * 8);
    store<f64>(figures, -Infinity, CELL_GREATEST * 8);
  }
}

// @ts-ignore: decorator
@inline
function figuresOf(cell: i32): usize {
  return CELL_FIGURES + <usize>cell * CELL_BYTES;
}

/**
 * Orders a block's rows by CELLS (0 to `cells`): writes them to ROWS_BY_CELL, ascending in each cell, and
 * each cell's start to CELL_STARTS.
 */
export function orderCells(rows: i32, cells: i32): void {
  const last = CELL_STARTS + (<usize>cells << 2);
  memory.fill(CELL_STARTS, 0, (<usize>cells + 2) << 2);
  for (let row: usize = 0; row < <usize>rows; row++) {
    const at = CELL_STARTS + (<usize>load<u8>(CELLS + row) << 2);
    store<u32>(at, load<u32>(at, 4) + 1, 4);
  }
  for (let at = CELL_STARTS; at < last; at += 4) store<u32>(at, load<u32>(at) + load<u32>(at, 4), 4);
  for (let row: usize = 0; row < <usize>rows; row++) {
    const at = CELL_STARTS + (<usize>load<u8>(CELLS + row) << 2);
    const place = load<u32>(at);
    store<u32>(at, place + 1);
    store<u16>(ROWS_BY_CELL + (<usize>place << 1), <u16>row);
  }
  // Each start is now the next one's.
  memory.copy(CELL_STARTS + 4, CELL_STARTS, (<usize>cells + 1) << 2);
  store<u32>(CELL_STARTS, 0);
}

export function cellFloats32(): i32 {
  return countCells<f32>(false);
}

export function cellFloats64(): i32 {
  return countCells<f64>(false);
}

export function cellInts32(mayMiss: bool): i32 {
  return countCells<i32>(mayMiss);
}

export function cellInts64(mayMiss: bool): i32 {
  return countCells<i64>(mayMiss);
}

/** Counts a block by cell; returns 1 if there are too many bins. */
// @ts-ignore: decorator
@inline
function countCells<T>(mayMiss: bool): i32 {
  for (let cell = 0; cell < cellsCounted; cell++) {
    const start = load<u32>(CELL_STARTS + (<usize>cell << 2));
    const end = load<u32>(CELL_STARTS + (<usize>cell << 2), 4);
    if (start == end) continue;
    const counts = CELL_COUNTS + <usize>cell * CELL_BINS * 4;
    let into: usize = NUMBERS;
    for (let at = ROWS_BY_CELL + (<usize>start << 1); at < ROWS_BY_CELL + (<usize>end << 1); at += 2) {
      const row = <usize>load<u16>(at);
      const value = <f64>load<T>(INPUT + row * sizeof<T>()) + 0;
      store<f64>(into, value);
      into += <usize>(mayMiss ? isPresent(<i32>row) : <i32>(value - value == 0)) << 3;
    }
    const finite = <i32>((into - NUMBERS) >> 3);
    if (finite < <i32>(end - start)) countOthers<T>(counts, start, end, finite, mayMiss);
    if (finite == 0) continue;
    measure(finite);
    addBlock(figuresOf(cell), finite);
    const fours = NUMBERS + (<usize>(finite & ~3) << 3);
    let at: usize = NUMBERS;
    for (; at < fours; at += 32) {
      const bits = bitsOfFour(at);
      if (
        countBin(counts, i32x4.extract_lane(bits, 0)) ||
        countBin(counts, i32x4.extract_lane(bits, 1)) ||
        countBin(counts, i32x4.extract_lane(bits, 2)) ||
        countBin(counts, i32x4.extract_lane(bits, 3))
      )
        return 1;
    }
    for (; at < into; at += 8) if (countBin(counts, bitsOf(at))) return 1;
  }
  return 0;
}

/** Returns sign, exponent and CELL_PRECISION mantissa bits; a negative outer edge belongs to its bin. */
// @ts-ignore: decorator
@inline
function bitsOf(at: usize): i32 {
  const high = load<u32>(at, 4);
  return <i32>((high - ((high >> 31) & <u32>(load<u32>(at) == 0))) >> (FULL_PRECISION - CELL_PRECISION));
}

/** Does the same for four numbers at a time. */
// @ts-ignore: decorator
@inline
function bitsOfFour(at: usize): v128 {
  const a = v128.load(at);
  const b = v128.load(at, 16);
  const high = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
  const edge = i32x4.eq(v128.shuffle<i32>(a, b, 0, 2, 4, 6), i32x4.splat(0));
  return i32x4.shr_u(i32x4.add(high, v128.and(i32x4.shr_s(high, 31), edge)), FULL_PRECISION - CELL_PRECISION);
}

/** Adds one to the bin of these bits; returns true if that would be one bin too many. */
// @ts-ignore: decorator
@inline
function countBin(counts: usize, bits: i32): bool {
  const entry = CELL_KEYS + (<usize>(<u32>bits) << 1);
  let bin = <i32>load<u16>(entry);
  if (bin == 0) {
    if (bins == CELL_BINS) return true;
    bin = bins++;
    store<u16>(entry, <u16>bin);
    store<i32>(BITS_OF_BINS + (<usize>bin << 2), bits);
  }
  count(counts, bin);
  return false;
}

/** Writes the bins' keys to KEYS, ascending, and their numbers to COUNTS; returns how many there are. */
export function sortCellBins(): i32 {
  for (let bin = FIRST_BIN; bin < bins; bin++) {
    const bits = load<i32>(BITS_OF_BINS + (<usize>bin << 2));
    const at = <usize>(bin - FIRST_BIN) << 2;
    store<i32>(KEYS + at, bits < SIGN_BIT ? bits : SIGN_BIT - bits);
    store<i32>(COUNTS + at, bin);
  }
  return sortPairs(<usize>(bins - FIRST_BIN));
}

/** Counts the rows of a cell without a finite number: missing or NaN ones, then infinite ones. */
// @ts-ignore: decorator
@inline
function countOthers<T>(counts: usize, start: u32, end: u32, finite: i32, mayMiss: bool): void {
  let infinite = 0;
  for (let at = ROWS_BY_CELL + (<usize>start << 1); !mayMiss && at < ROWS_BY_CELL + (<usize>end << 1); at += 2) {
    infinite += <i32>(Math.abs(<f64>load<T>(INPUT + <usize>load<u16>(at) * sizeof<T>())) == Infinity);
  }
  store<i32>(counts, load<i32>(counts) + <i32>(end - start) - finite - infinite);
  store<i32>(counts, load<i32>(counts, 4) + infinite, 4);
}

/** Adds the results of `measure` to a cell's figures (Chan, Golub, LeVeque 1979). */
function addBlock(figures: usize, count: i32): void {
  const rows = <f64>count;
  const before = load<f64>(figures, CELL_COUNT * 8);
  const sum = load<f64>(figures, CELL_SUM * 8);
  const blockSum = load<f64>(RESULT + SUM * 8);
  let squares = load<f64>(figures, CELL_SQUARES * 8) + load<f64>(RESULT + SQUARES * 8);
  if (before > 0) {
    const apart = blockSum / rows - sum / before;
    squares += apart * apart * ((before / (before + rows)) * rows);
  }
  store<f64>(figures, before + rows, CELL_COUNT * 8);
  store<f64>(figures, sum + blockSum, CELL_SUM * 8);
  store<f64>(figures, squares, CELL_SQUARES * 8);
  store<f64>(figures, min(load<f64>(figures, CELL_LEAST * 8), load<f64>(RESULT + LEAST * 8)), CELL_LEAST * 8);
  store<f64>(figures, max(load<f64>(figures, CELL_GREATEST * 8), load<f64>(RESULT + GREATEST * 8)), CELL_GREATEST * 8);
  if (load<i32>(RESULT + IS_WHOLE * 4) == 0) store<f64>(figures, 1, CELL_FRACTIONS * 8);
}

/** Clears the sums of a union. */
export function beginSums(): void {
  memory.fill(SUMS, 0, CELL_BINS * 4);
}

/** Adds a cell's counts to the sums. */
export function addCell(cell: i32): void {
  const counts = CELL_COUNTS + <usize>cell * CELL_BINS * 4;
  const end = <usize>bins << 2;
  for (let at: usize = 0; at < end; at += 16) {
    v128.store(SUMS + at, i32x4.add(v128.load(SUMS + at), v128.load(counts + at)));
  }
}

/** Writes keys and counts of nonzero sums in the order of the sorted bins; returns how many. */
export function gatherSums(sorted: i32): i32 {
  let found: usize = 0;
  for (let i: usize = 0; i < <usize>sorted << 2; i += 4) {
    const times = load<i32>(SUMS + (<usize>load<i32>(COUNTS + i) << 2));
    if (times == 0) continue;
    store<i32>(OTHER_KEYS + found, load<i32>(KEYS + i));
    store<i32>(OTHER_COUNTS + found, times);
    found += 4;
  }
  return <i32>(found >> 2);
}
