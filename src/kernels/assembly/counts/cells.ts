import {
  BLOCK_COUNT,
  BLOCK_MEAN,
  BLOCK_SQUARES,
  BLOCK_SUM,
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
} from '../../count-layout';
import {
  CELL_COUNTS,
  CELL_FIGURES,
  CELLS,
  COUNTS,
  INPUT,
  KEYS,
  NUMBERS,
  OTHER_COUNTS,
  OTHER_KEYS,
  SUMS,
} from './addresses';
import { beginBins, binsUsed, keyOf, numberOf } from './bins';
import { isPresent } from './small';

let lastCell: i32 = 0;

/** Clears the counts and figures of cells 0 to `cells`, and all bins. */
export function beginCells(cells: i32): void {
  lastCell = cells;
  beginBins(CELL_PRECISION);
  memory.fill(CELL_COUNTS, 0, (<usize>cells + 1) * CELL_BINS * 4);
  memory.fill(CELL_FIGURES, 0, (<usize>cells + 1) * CELL_BYTES);
  for (let cell = 0; cell <= cells; cell++) {
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

export function cellFloats32(rows: i32): i32 {
  return countCells<f32>(rows, false);
}

export function cellFloats64(rows: i32): i32 {
  return countCells<f64>(rows, false);
}

export function cellInts32(rows: i32, mayMiss: bool): i32 {
  return countCells<i32>(rows, mayMiss);
}

export function cellInts64(rows: i32, mayMiss: bool): i32 {
  return countCells<i64>(rows, mayMiss);
}

/** Counts a block by cell; returns 1 if there are too many bins. */
// @ts-ignore: decorator
@inline
function countCells<T>(rows: i32, mayMiss: bool): i32 {
  for (let row = 0; row < rows; row++) {
    let value = <f64>load<T>(INPUT + <usize>row * sizeof<T>()) + 0;
    if (mayMiss && isPresent(row) == 0) value = NaN;
    store<f64>(NUMBERS + (<usize>row << 3), value);
    const cell = <i32>load<u8>(CELLS + <usize>row);
    let bin = value != value ? 0 : 1;
    if (value - value == 0) {
      bin = numberOf(keyOf(reinterpret<u64>(value), FULL_PRECISION - CELL_PRECISION), FIRST_BIN);
      if (bin >= CELL_BINS) return 1;
      addValue(figuresOf(cell), value);
    }
    const at = CELL_COUNTS + <usize>((cell * CELL_BINS + bin) << 2);
    store<i32>(at, load<i32>(at) + 1);
  }
  addSquares(rows);
  for (let cell = 0; cell <= lastCell; cell++) addBlock(figuresOf(cell));
  return 0;
}

// @ts-ignore: decorator
@inline
function addValue(figures: usize, value: f64): void {
  store<f64>(figures, load<f64>(figures, BLOCK_COUNT * 8) + 1, BLOCK_COUNT * 8);
  store<f64>(figures, load<f64>(figures, BLOCK_SUM * 8) + value, BLOCK_SUM * 8);
  if (value < load<f64>(figures, CELL_LEAST * 8)) store<f64>(figures, value, CELL_LEAST * 8);
  if (value > load<f64>(figures, CELL_GREATEST * 8)) store<f64>(figures, value, CELL_GREATEST * 8);
  if (Math.floor(value) != value) store<f64>(figures, 1, CELL_FRACTIONS * 8);
}

/** Adds up the squared distances of the block's numbers from the block's mean, by cell. */
function addSquares(rows: i32): void {
  for (let cell = 0; cell <= lastCell; cell++) {
    const figures = figuresOf(cell);
    store<f64>(figures, load<f64>(figures, BLOCK_SUM * 8) / load<f64>(figures, BLOCK_COUNT * 8), BLOCK_MEAN * 8);
  }
  for (let row = 0; row < rows; row++) {
    const value = load<f64>(NUMBERS + (<usize>row << 3));
    if (value - value != 0) continue;
    const figures = figuresOf(<i32>load<u8>(CELLS + <usize>row));
    const apart = value - load<f64>(figures, BLOCK_MEAN * 8);
    store<f64>(figures, load<f64>(figures, BLOCK_SQUARES * 8) + apart * apart, BLOCK_SQUARES * 8);
  }
}

/** Adds the block's figures to those of all blocks (Chan, Golub, LeVeque 1979), and clears them. */
function addBlock(figures: usize): void {
  const rows = load<f64>(figures, BLOCK_COUNT * 8);
  if (rows == 0) return;
  const before = load<f64>(figures, CELL_COUNT * 8);
  const sum = load<f64>(figures, CELL_SUM * 8);
  let squares = load<f64>(figures, CELL_SQUARES * 8) + load<f64>(figures, BLOCK_SQUARES * 8);
  if (before > 0) {
    const apart = load<f64>(figures, BLOCK_MEAN * 8) - sum / before;
    squares += apart * apart * ((before / (before + rows)) * rows);
  }
  store<f64>(figures, before + rows, CELL_COUNT * 8);
  store<f64>(figures, sum + load<f64>(figures, BLOCK_SUM * 8), CELL_SUM * 8);
  store<f64>(figures, squares, CELL_SQUARES * 8);
  memory.fill(figures + BLOCK_COUNT * 8, 0, (BLOCK_SQUARES + 1 - BLOCK_COUNT) * 8);
}

/** Clears the sums of a union. */
export function beginSums(): void {
  memory.fill(SUMS, 0, CELL_BINS * 4);
}

/** Adds a cell's counts to the sums. */
export function addCell(cell: i32): void {
  const counts = CELL_COUNTS + <usize>cell * CELL_BINS * 4;
  const end = (<usize>(FIRST_BIN + binsUsed()) << 2);
  for (let at: usize = 0; at < end; at += 16) {
    v128.store(SUMS + at, i32x4.add(v128.load(SUMS + at), v128.load(counts + at)));
  }
}

/** Writes keys and counts of the sums that are not 0, in the order of the sorted bins; returns how many there are. */
export function gatherSums(bins: i32): i32 {
  let found: usize = 0;
  for (let i: usize = 0; i < <usize>bins << 2; i += 4) {
    const times = load<i32>(SUMS + (<usize>load<i32>(COUNTS + i) << 2));
    if (times == 0) continue;
    store<i32>(OTHER_KEYS + found, load<i32>(KEYS + i));
    store<i32>(OTHER_COUNTS + found, times);
    found += 4;
  }
  return <i32>(found >> 2);
}
