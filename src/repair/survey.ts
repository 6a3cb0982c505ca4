import type { NumberColumn } from '../chunk/column.js';
import { countMissing } from '../chunk/validity.js';
import type { ColumnContract } from './contract.js';
import type { Work } from './work.js';

/** A closed interval in a column's stored units; infinite where open. Of int64 beyond 2^53 it is rounded, and `exact` false. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly exact: boolean;
}

/** The contract's range as a column of its type stores it: for float32 rounded to it, so that 0.1 in a column is not above 0.1 in the contract. */
export function boundsOf(contract: ColumnContract): Bounds {
  const round = contract.type === 'float32' ? Math.fround : Number;
  const low = round(Number(contract.range?.low ?? Number.NEGATIVE_INFINITY));
  const high = round(Number(contract.range?.high ?? Number.POSITIVE_INFINITY));
  return { low, high, exact: isExact(low) && isExact(high) };
}

/**
 * Whether every present cell of a number column is a finite number within `bounds`: one pass of two comparisons a cell, once per chunk and column,
 * and no rule about numbers need look at a column that is. False may be wrong (a missing whole number is stored as 0), true never is.
 */
export function isTame(work: Work, name: string, column: NumberColumn, bounds: Bounds): boolean {
  const known = work.tame.get(name);
  if (known !== undefined) return known;
  const tame = countWild(column, bounds) === expectedWild(column, bounds);
  work.tame.set(name, tame);
  return tame;
}

/** How many cells lie outside because they are missing: floats store NaN there, which is always outside, whole numbers 0. */
function expectedWild(column: NumberColumn, { low, high }: Bounds): number {
  if (column.validity === null) return 0;
  const zeroInside = low <= 0 && 0 <= high;
  if (zeroInside && column.type !== 'float32' && column.type !== 'float64') return 0;
  return countMissing(column.validity, column.length);
}

function countWild(column: NumberColumn, { low, high, exact }: Bounds): number {
  switch (column.type) {
    case 'float32':
      return wildFloat32(
        column.values,
        column.length,
        Math.max(low, -maxFloat32),
        Math.min(high, maxFloat32),
      );
    case 'float64':
      return wildFloat64(
        column.values,
        column.length,
        Math.max(low, -Number.MAX_VALUE),
        Math.min(high, Number.MAX_VALUE),
      );
    case 'int32':
    case 'date':
      return low <= -0x80000000 && high >= 0x7fffffff
        ? expectedWild(column, { low, high, exact })
        : wildInt32(column.values, column.length, low, high);
    default:
      if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY)
        return expectedWild(column, { low, high, exact });
      return exact ? wildInt64(column.values, column.length, low, high) : -1;
  }
}

/** The largest finite float32. */
const maxFloat32 = 3.4028234663852886e38;

function isExact(bound: number): boolean {
  return !Number.isFinite(bound) || Math.abs(bound) <= Number.MAX_SAFE_INTEGER;
}

// One loop per array type: a loop that sees several is compiled for none.

function wildFloat32(values: Float32Array, length: number, low: number, high: number): number {
  let wild = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (!(value >= low && value <= high)) wild++;
  }
  return wild;
}

function wildFloat64(values: Float64Array, length: number, low: number, high: number): number {
  let wild = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (!(value >= low && value <= high)) wild++;
  }
  return wild;
}

function wildInt32(values: Int32Array, length: number, low: number, high: number): number {
  let wild = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (value < low || value > high) wild++;
  }
  return wild;
}

/** Reads the halves as numbers: no bigint is made. Rounding beyond 2^53 keeps the order, and the bounds are below it. */
function wildInt64(values: BigInt64Array, length: number, low: number, high: number): number {
  const halves = new Int32Array(values.buffer, values.byteOffset, length * 2);
  let wild = 0;
  for (let i = 0; i < length; i++) {
    const value = halves[2 * i + 1]! * 4294967296 + (halves[2 * i]! >>> 0);
    if (value < low || value > high) wild++;
  }
  return wild;
}
