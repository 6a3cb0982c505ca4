import type { Sketch } from './sketch.js';
import { mergeSketches } from './sketch-sum.js';

/**
 * The finite numbers of a column. The sum consists of two float64 (`carry` holds the rounding error of
 * `sum`), `squares` is the sum of squared distances from the mean; both merge to within rounding, everything
 * else exactly. Dates are in days, timestamps in microseconds since 1970.
 */
export interface NumberProfile {
  readonly count: number;
  readonly nan: number;
  readonly infinite: number;
  /** Every value was a whole number. */
  readonly whole: boolean;
  /** Null while `count` is 0, and in columns whose values are withheld. */
  readonly min: number | null;
  readonly max: number | null;
  readonly sum: number;
  readonly carry: number;
  readonly squares: number;
  readonly sketch: Sketch;
}

/** Merges two number profiles (Chan, Golub, LeVeque 1979 for the squares; Knuth's two-sum for the sum). */
export function mergeNumbers(a: NumberProfile, b: NumberProfile): NumberProfile {
  const count = a.count + b.count;
  if (a.count === 0 || b.count === 0)
    return { ...(a.count === 0 ? b : a), nan: a.nan + b.nan, infinite: a.infinite + b.infinite };
  const sum = a.sum + b.sum;
  const part = sum - a.sum;
  const lost = a.sum - (sum - part) + (b.sum - part);
  const apart = mean(b)! - mean(a)!;
  const squares = a.squares + b.squares + apart * apart * ((a.count / count) * b.count);
  const held = heldMoments(sum, a.carry + b.carry + lost, squares);
  // Written out: spreading objects here took most of the time for adding a slice.
  return {
    count,
    nan: a.nan + b.nan,
    infinite: a.infinite + b.infinite,
    whole: a.whole && b.whole,
    min: a.min === null || b.min === null ? null : Math.min(a.min, b.min),
    max: a.max === null || b.max === null ? null : Math.max(a.max, b.max),
    sum: held.sum,
    carry: held.carry,
    squares: held.squares,
    sketch: mergeSketches(a.sketch, b.sketch),
  };
}

/** Clamps overflowed moments to the largest float64, so that a profile stays JSON. */
export function heldMoments(
  sum: number,
  carry: number,
  squares: number,
): Pick<NumberProfile, 'sum' | 'carry' | 'squares'> {
  const most = Number.MAX_VALUE;
  const held = (value: number) => (Number.isNaN(value) ? most : Math.max(-most, Math.min(most, value)));
  return { sum: held(sum), carry: Number.isFinite(sum) ? carry : 0, squares: held(squares) };
}

/** Returns the mean; null for no numbers. */
export function mean(numbers: NumberProfile): number | null {
  return numbers.count === 0 ? null : (numbers.sum + numbers.carry) / numbers.count;
}

/** Returns the sample standard deviation; null for fewer than two numbers. */
export function standardDeviation(numbers: NumberProfile): number | null {
  return numbers.count < 2 ? null : Math.sqrt(numbers.squares / (numbers.count - 1));
}
