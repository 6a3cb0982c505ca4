import type { ColumnType } from '../chunk/column.js';
import { type DistinctSketch, estimateDistinct, mergeDistinct } from './distinct.js';
import { mergeNumbers, type NumberProfile } from './number-profile.js';
import { mergeTopValues, type TopValues } from './top-values.js';

/** The values of a column: plain JSON data of bounded size (at most about 25 KB), for any number of rows. */
export interface ColumnProfile {
  readonly name: string;
  readonly type: ColumnType;
  readonly rows: number;
  /** Rows without a value, including those of `absent`. */
  readonly missing: number;
  /** Rows of inputs that did not have the column at all. */
  readonly absent: number;
  /** Values outside the contract's categories. */
  readonly unknown: number;
  readonly distinct: DistinctSketch;
  /** Numbers, dates and timestamps; for a list column the Euclidean lengths of its vectors. */
  readonly numbers: NumberProfile | null;
  /** Whole numbers beyond 2^53: exact minimum and maximum as decimal text; `numbers` rounds them. */
  readonly exact: { readonly min: string; readonly max: string } | null;
  /** Texts, counted by value; null if they are not counted (text only passed through, withheld values). */
  readonly values: TopValues | null;
  /** The unknown ones among the texts. */
  readonly unknownValues: TopValues | null;
  /** Code points of texts, items of lists. */
  readonly lengths: LengthProfile | null;
  /** Booleans: number of true values. */
  readonly trues: number | null;
}

export interface LengthProfile {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
}

/** Returns the profile of `rows` rows without column `name`. */
export function absentColumn(name: string, type: ColumnType, rows: number): ColumnProfile {
  return {
    name,
    type,
    rows,
    missing: rows,
    absent: rows,
    unknown: 0,
    distinct: '',
    numbers: null,
    exact: null,
    values: null,
    unknownValues: null,
    lengths: null,
    trues: null,
  };
}

/**
 * Merges the profiles of two sets of rows: associative, and order-free except for rounding and, beyond 1,024
 * texts, top values.
 */
export function mergeProfiles(a: ColumnProfile, b: ColumnProfile): ColumnProfile {
  const full = a.absent < a.rows ? a : b;
  return {
    name: full.name,
    type: full.type,
    rows: a.rows + b.rows,
    missing: a.missing + b.missing,
    absent: a.absent + b.absent,
    unknown: a.unknown + b.unknown,
    distinct: mergeDistinct(a.distinct, b.distinct),
    numbers: either(a.numbers, b.numbers, mergeNumbers),
    exact: a.exact === null && b.exact === null ? null : either(exactOf(a), exactOf(b), mergeExact),
    values: either(a.values, b.values, mergeTopValues),
    unknownValues: either(a.unknownValues, b.unknownValues, mergeTopValues),
    lengths: mergeLengths(a.lengths, b.lengths),
    trues: either(a.trues, b.trues, (x, y) => x + y),
  };
}

/** Returns true if all present values are equal. */
export function isConstant(profile: ColumnProfile): boolean {
  const { numbers, values, trues, exact } = profile;
  const present = profile.rows - profile.missing;
  if (trues !== null) return trues === 0 || trues === present;
  if (exact !== null) return exact.min === exact.max;
  if (numbers !== null && numbers.min !== null) return numbers.infinite === 0 && numbers.min === numbers.max;
  if (values !== null && values.error === 0) return values.values.length === 1;
  // Of a withheld column only the number of different values is left.
  return (
    present > 0 && (numbers?.infinite ?? 0) === 0 && Math.round(estimateDistinct(profile.distinct)) === 1
  );
}

function either<T>(a: T | null, b: T | null, merge: (a: T, b: T) => T): T | null {
  return a === null ? b : b === null ? a : merge(a, b);
}

/** Returns the exact extremes; a slice whose whole numbers are all below 2^53 has them exact in `numbers`. */
function exactOf({ exact, numbers }: ColumnProfile): ColumnProfile['exact'] {
  if (exact !== null || numbers === null || numbers.min === null || numbers.max === null) return exact;
  return { min: String(numbers.min), max: String(numbers.max) };
}

function mergeExact(a: { min: string; max: string }, b: { min: string; max: string }) {
  return {
    min: BigInt(a.min) < BigInt(b.min) ? a.min : b.min,
    max: BigInt(a.max) > BigInt(b.max) ? a.max : b.max,
  };
}

/** Merges two length profiles; null for no texts. */
export function mergeLengths(a: LengthProfile | null, b: LengthProfile | null): LengthProfile | null {
  if (a === null || b === null) return a ?? b;
  return {
    count: a.count + b.count,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    sum: a.sum + b.sum,
  };
}
