import type { NumberColumn } from '../chunk/column.js';
import { doubleAt, halvesOf } from '../chunk/halves.js';
import { countMissing } from '../chunk/validity.js';
import type { ColumnContract } from './contract.js';
import type { Survey, Work } from './work.js';

/** A closed interval in stored units; infinite if open. For int64 beyond 2^53 it is rounded (not `exact`). */
interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly exact: boolean;
}

/**
 * Returns the contract's range as stored: rounded for float32, so that a column's 0.1 is not above a limit of
 * 0.1.
 */
export function boundsOf(contract: ColumnContract): Bounds {
  const round = contract.type === 'float32' ? Math.fround : Number;
  const low = round(Number(contract.range?.low ?? Number.NEGATIVE_INFINITY));
  const high = round(Number(contract.range?.high ?? Number.POSITIVE_INFINITY));
  return { low, high, exact: isExact(low) && isExact(high) };
}

/**
 * Surveys a number column once per chunk: one pass of two comparisons per cell, enough to prove a column
 * clean, and one more over other float columns. The result holds for all rules, because no other code changes
 * the column.
 */
export function survey(work: Work, name: string, column: NumberColumn, bounds: Bounds): Survey {
  const known = work.surveys.get(name);
  if (known !== undefined) return known;
  const missing = column.validity === null ? 0 : countMissing(column.validity, column.length);
  const hasOutside = countOutside(column, bounds, missing) !== storedOutside(column, bounds, missing);
  const surveyed = hasOutside ? lookCloser(column, missing) : clean;
  work.surveys.set(name, surveyed);
  return surveyed;
}

const clean: Survey = { hasOutside: false, hasNaN: false, hasInfinite: false };

/**
 * Returns the number of cells that are outside because they are missing: floats store NaN, which is always
 * outside, whole numbers 0.
 */
function storedOutside(column: NumberColumn, { low, high }: Bounds, missing: number): number {
  const isFloat = column.type === 'float32' || column.type === 'float64';
  return isFloat || low > 0 || high < 0 ? missing : 0;
}

function countOutside(column: NumberColumn, bounds: Bounds, missing: number): number {
  const { low, high, exact } = bounds;
  switch (column.type) {
    case 'float32':
      return countOutsideFloat32(
        column.values,
        column.length,
        Math.max(low, -maxFloat32),
        Math.min(high, maxFloat32),
      );
    case 'float64':
      return countOutsideFloat64(
        column.values,
        column.length,
        Math.max(low, -maxFloat64),
        Math.min(high, maxFloat64),
      );
    case 'int32':
    case 'date':
      if (low <= -0x80000000 && high >= 0x7fffffff) return storedOutside(column, bounds, missing);
      return countOutsideInt32(column.values, column.length, low, high);
    default:
      if (low === -open && high === open) return storedOutside(column, bounds, missing);
      return exact ? countOutsideInt64(column.values, column.length, low, high) : -1;
  }
}

function lookCloser(column: NumberColumn, missing: number): Survey {
  if (column.type !== 'float32' && column.type !== 'float64')
    return { hasOutside: true, hasNaN: false, hasInfinite: false };
  const { nans, infinite } =
    column.type === 'float32'
      ? oddFloat32(column.values, column.length)
      : oddFloat64(column.values, column.length);
  return { hasOutside: true, hasNaN: nans > missing, hasInfinite: infinite > 0 };
}

const open = Number.POSITIVE_INFINITY;
const maxFloat32 = 3.4028234663852886e38;
const maxFloat64 = Number.MAX_VALUE;

function isExact(bound: number): boolean {
  return !Number.isFinite(bound) || Math.abs(bound) <= Number.MAX_SAFE_INTEGER;
}

// One loop per array type: V8 optimizes a loop for one type only.

function countOutsideFloat32(values: Float32Array, length: number, low: number, high: number): number {
  let outside = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (!(value >= low && value <= high)) outside++;
  }
  return outside;
}

function countOutsideFloat64(values: Float64Array, length: number, low: number, high: number): number {
  let outside = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (!(value >= low && value <= high)) outside++;
  }
  return outside;
}

function countOutsideInt32(values: Int32Array, length: number, low: number, high: number): number {
  let outside = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (value < low || value > high) outside++;
  }
  return outside;
}

/** Reads halves as numbers, without a bigint. Rounding beyond 2^53 keeps the order; bounds are below it. */
function countOutsideInt64(values: BigInt64Array, length: number, low: number, high: number): number {
  const halves = halvesOf(values);
  let outside = 0;
  for (let i = 0; i < length; i++) {
    const value = doubleAt(halves, i);
    if (value < low || value > high) outside++;
  }
  return outside;
}

function oddFloat32(values: Float32Array, length: number): { nans: number; infinite: number } {
  let nans = 0;
  let infinite = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (value - value === 0) continue;
    if (Number.isNaN(value)) nans++;
    else infinite++;
  }
  return { nans, infinite };
}

function oddFloat64(values: Float64Array, length: number): { nans: number; infinite: number } {
  let nans = 0;
  let infinite = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (value - value === 0) continue;
    if (Number.isNaN(value)) nans++;
    else infinite++;
  }
  return { nans, infinite };
}
