import type { Column } from '../chunk/column.js';
import {
  BANK_BYTES,
  BLOCK_ROWS,
  COUNTS,
  FULL_PRECISION,
  GREATEST,
  INFINITE,
  INPUT,
  IS_WHOLE,
  KEYS,
  LEAST,
  LOW_BITS,
  NONE,
  NUMBERS,
  RANKS,
  RESULT,
  SMALL,
  SMALL_SIZE,
  SMALLEST,
  SQUARES,
  SUM,
} from '../kernels/count-layout.js';
import type { CountLoops } from '../kernels/count-loops.js';
import { mixBits } from '../text/mix-bits.js';
import type { ColumnBins } from './column-bins.js';
import type { CountMemory } from './count-memory.js';
import { noteHash, registers } from './distinct.js';
import { heldMoments, type NumberProfile } from './number-profile.js';
import { emptySketch } from './sketch.js';

/** A column that `countNumbers` counts. */
export type NumericColumn = Exclude<Column, { readonly type: 'string' | 'boolean' | 'list<float32>' }>;

/**
 * Settings learned from the last slice of a column, in the first one from the column before it, so that bins
 * are rarely merged and rows rarely counted twice. They affect the cost only, never a result.
 */
export interface CountHint {
  precision: number;
  hashes: boolean;
}

/** Sum, squared distances from the mean, extremes and kind of the numbers so far. */
interface Moments {
  count: number;
  sum: number;
  carry: number;
  squares: number;
  min: number;
  max: number;
  isWhole: boolean;
  lowBits: number;
}

/** The counted numbers of one column and their statistics: a profile without its bins. */
interface CountedNumbers {
  readonly numbers: NumberProfile;
  readonly bins: ColumnBins;
}

/**
 * Counts the present numbers of a column, of which `missing` rows are missing. Small whole numbers are
 * counted individually: most columns of most tables consist of them, and one addition per row then replaces
 * all further work; others go to bins no finer than `finest`. 1 to 2 ns and 4 to 6 ns each, no allocation per
 * row.
 */
export function countNumbers(
  memory: CountMemory,
  column: NumericColumn,
  missing: number,
  hint: CountHint,
  finest: number,
): CountedNumbers {
  const { loops, words } = memory;
  const isSmall = isMostlySmall(column);
  const moments = noMoments();
  let rest = 0;
  let precision = 0;
  do {
    if (isSmall) loops.clearSmall(INFINITE + 1);
    else clearSpecial(words);
    precision = Math.min(hint.precision, finest);
    loops.beginBins(precision);
    Object.assign(moments, noMoments());
    rest = countBlocks(memory, column, isSmall, hint, moments);
    const found = isSmall ? loops.gatherSmall() : 0;
    if (found > 0) {
      loops.smallBins(found);
      addSmall(memory, found, moments);
    }
  } while (!countsStand(loops, hint, moments, rest, precision, finest));
  const special = (slot: number) => words[SMALL / 4 + slot]! + words[(SMALL + BANK_BYTES) / 4 + slot]!;
  const { count, min, max, isWhole } = moments;
  const found = loops.sortBins();
  const held = heldMoments(moments.sum, moments.carry, moments.squares);
  const numbers = {
    count,
    nan: Math.max(0, special(NONE) - missing),
    infinite: special(INFINITE),
    whole: isWhole,
    min: count === 0 ? null : min + 0,
    max: count === 0 ? null : max + 0,
    sum: held.sum,
    carry: held.carry,
    squares: held.squares,
    sketch: emptySketch(),
  };
  const ranks = ranksOf(memory, found, rest > 0 && !hint.hashes);
  return {
    numbers,
    bins: {
      precision: loops.precisionLeft(),
      keys: words.subarray(KEYS / 4, KEYS / 4 + found),
      counts: words.subarray(COUNTS / 4, COUNTS / 4 + found),
      registers: ranks,
    },
  };
}

/** Clears the counts of missing, NaN and infinite values; does not touch the rest of the table. */
function clearSpecial(words: Int32Array): void {
  for (const bank of [SMALL / 4, (SMALL + BANK_BYTES) / 4]) words.fill(0, bank + NONE, bank + INFINITE + 1);
}

/** Number of sampled values that decide whether to count a column's values individually. */
const looks = 64;

/** Returns true if at least half of a sample are small whole numbers or not finite. */
function isMostlySmall({ values, length }: NumericColumn): boolean {
  const step = Math.max(1, Math.floor(length / looks));
  let seen = 0;
  let small = 0;
  for (let row = 0; row < length; row += step) {
    const value = Number(values[row]);
    const slot = value - SMALLEST;
    seen++;
    if ((Number.isInteger(value) && slot >= 0 && slot < SMALL_SIZE) || !Number.isFinite(value)) small++;
  }
  return 2 * small >= seen;
}

/** Counts all rows; returns how many were not small whole numbers. */
function countBlocks(
  memory: CountMemory,
  column: NumericColumn,
  isSmall: boolean,
  hint: CountHint,
  moments: Moments,
): number {
  const { loops } = memory;
  const take = blockLoop(loops, column, isSmall);
  let rest = 0;
  for (let start = 0; start < column.length; start += BLOCK_ROWS) {
    const end = Math.min(column.length, start + BLOCK_ROWS);
    memory.load(column.values, start, end, INPUT);
    if (column.validity !== null) memory.loadBits(column.validity, start, end);
    const left = take(end - start);
    if (left === 0) continue;
    rest += left;
    loops.measure(left);
    addBlock(memory, left, moments);
    loops.bins(left);
    if (hint.hashes) loops.hashes(left);
  }
  return rest;
}

/** Returns the loop for a block: missing floats are NaN, so only other types need the validity bits. */
function blockLoop(
  loops: CountLoops,
  { type, validity }: NumericColumn,
  isSmall: boolean,
): (rows: number) => number {
  const mayMiss = validity !== null;
  if (type === 'float32') return isSmall ? loops.smallFloats32 : loops.floats32;
  if (type === 'float64') return isSmall ? loops.smallFloats64 : loops.floats64;
  if (type === 'int64' || type === 'timestamp') {
    return isSmall ? (rows) => loops.smallInts64(rows, mayMiss) : (rows) => loops.ints64(rows, mayMiss);
  }
  return isSmall ? (rows) => loops.smallInts32(rows, mayMiss) : (rows) => loops.ints32(rows, mayMiss);
}

function noMoments(): Moments {
  return {
    count: 0,
    sum: 0,
    carry: 0,
    squares: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    isWhole: true,
    lowBits: 0,
  };
}

/** Adds the results of `measure`. */
function addBlock({ words, floats }: CountMemory, rows: number, moments: Moments): void {
  const slot = RESULT / 8;
  moments.min = Math.min(moments.min, floats[slot + LEAST]!);
  moments.max = Math.max(moments.max, floats[slot + GREATEST]!);
  moments.lowBits |= words[RESULT / 4 + LOW_BITS]!;
  moments.isWhole &&= words[RESULT / 4 + IS_WHOLE] === 1;
  addSums(moments, rows, floats[slot + SUM]!, floats[slot + SQUARES]!);
}

/** Adds the results of `gatherSmall`: exact sums. */
function addSmall({ words }: CountMemory, found: number, moments: Moments): void {
  const values = words.subarray(INPUT / 4, INPUT / 4 + found);
  const times = words.subarray(NUMBERS / 4, NUMBERS / 4 + found);
  let count = 0;
  let sum = 0;
  for (let i = 0; i < found; i++) {
    count += times[i]!;
    sum += values[i]! * times[i]!;
  }
  const center = sum / count;
  let squares = 0;
  for (let i = 0; i < found; i++) squares += times[i]! * (values[i]! - center) * (values[i]! - center);
  moments.min = Math.min(moments.min, values[0]!);
  moments.max = Math.max(moments.max, values[found - 1]!);
  addSums(moments, count, sum, squares);
}

/** Chan, Golub, LeVeque 1979, block by block; the sum with Knuth's two-sum. */
function addSums(moments: Moments, rows: number, blockSum: number, blockSquares: number): void {
  const { count, sum, carry } = moments;
  const total = count + rows;
  if (count > 0) {
    const apart = blockSum / rows - (sum + carry) / count;
    moments.squares += apart * apart * ((count / total) * rows);
  }
  moments.squares += blockSquares;
  const next = sum + blockSum;
  const part = next - sum;
  moments.carry += sum - (next - part) + (blockSum - part);
  moments.sum = next;
  moments.count = total;
}

/**
 * Returns true if the counts, begun with bins of precision `from`, are valid: false if that was too coarse,
 * or if hashes turned out to be needed; `hint` then suits a second pass.
 */
function countsStand(
  loops: CountLoops,
  hint: CountHint,
  { lowBits }: Moments,
  rest: number,
  from: number,
  finest: number,
): boolean {
  const precision = loops.precisionLeft();
  const isCollapsed = precision < from;
  if (from < finest && !isCollapsed) {
    hint.precision = FULL_PRECISION;
    return false;
  }
  const needsHashes = rest > 0 && (precision < FULL_PRECISION || lowBits !== 0);
  const stand = !needsHashes || hint.hashes;
  // Values that did not fill the finest useful bins say nothing about a better precision.
  if (isCollapsed || from === FULL_PRECISION) hint.precision = Math.min(FULL_PRECISION, precision + 1);
  hint.hashes = needsHashes;
  return stand;
}

/**
 * The registers of the distinct counted values; with `fromKeys`, computed from the keys where these hold all
 * bits.
 */
function ranksOf({ bytes, words }: CountMemory, bins: number, fromKeys: boolean): Uint8Array {
  const ranks = bytes.subarray(RANKS, RANKS + registers);
  if (fromKeys) {
    for (let i = 0; i < bins; i++) {
      const key = words[KEYS / 4 + i]!;
      noteHash(ranks, mixBits(key >= 0 ? key : (1 - key) | 0x80000000));
    }
  }
  return ranks;
}
