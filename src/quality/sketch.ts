/**
 * A quantile sketch as plain data: the number of values in each bin, `keys` ascending. A bin's key is the
 * sign, exponent and first `precision` mantissa bits of a float64, so bins are half-open intervals whose
 * width is at most 2^-precision of their value: the index mapping of DDSketch (Masson, Rim, Lee 2019, linear
 * interpolation). If more than `maxBins` bins hold values, neighbours are merged in pairs and `precision`
 * decreases by one (uniform collapse: UDDSketch, Epicoco et al. 2020). The bins therefore depend on the
 * values alone, not on their order, chunks or workers, and merging is exact, associative and commutative.
 */
export interface Sketch {
  readonly precision: number;
  readonly keys: readonly number[];
  readonly counts: readonly number[];
}

/**
 * Maximum number of bins of a sketch: at worst 2 % relative error for a normal distribution around zero,
 * exact for as many whole numbers.
 */
export const maxBins = 2048;

/** Mantissa bits in a key of full precision: those in the high word of a float64. */
export const fullPrecision = 20;

/** Returns a sketch of no values. */
export function emptySketch(): Sketch {
  return { precision: fullPrecision, keys: [], counts: [] };
}

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

/**
 * Returns the key of the bin that holds `value` (finite) at `precision`: ascending with the value, negative
 * for negative values, 0 for zero and its surroundings (below 2^-1022). A negative value that is the outer
 * edge of a bin belongs to that bin, so that every bin is `[start, end)`.
 */
export function binKey(value: number, precision: number): number {
  float[0] = value + 0;
  const high = words[1]!;
  if (high >= 0) return high >>> (fullPrecision - precision);
  return 0 - (((high & 0x7fffffff) - (words[0] === 0 ? 1 : 0)) >>> (fullPrecision - precision));
}

/** Returns the smallest value of bin `key`. */
export function binStart(key: number, precision: number): number {
  if (key === 0) return 0;
  words[0] = 0;
  words[1] = (key > 0 ? key : 1 - key) << (fullPrecision - precision);
  return key > 0 ? float[0]! : -float[0]!;
}

/** Returns the first value above bin `key`. */
export function binEnd(key: number, precision: number): number {
  if (key >= 0) return binStart(key + 1, precision);
  words[0] = 0;
  words[1] = -key << (fullPrecision - precision);
  return -float[0]!;
}

/** Returns the key, at a precision lower by `steps`, of the bin that contains bin `key`. */
export function coarserKey(key: number, steps: number): number {
  return key >= 0 ? key >> steps : 0 - (-key >> steps);
}

/** Returns the sketch at a lower `precision`; the same sketch if it is at least as coarse. */
export function coarsen(sketch: Sketch, precision: number): Sketch {
  const steps = sketch.precision - precision;
  if (steps <= 0) return sketch;
  const { keys: finer, counts: finerCounts } = sketch;
  const keys: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < finer.length; i++) {
    const key = coarserKey(finer[i]!, steps);
    const last = keys.length - 1;
    if (last >= 0 && keys[last] === key) counts[last]! += finerCounts[i]!;
    else {
      keys.push(key);
      counts.push(finerCounts[i]!);
    }
  }
  return { precision, keys, counts };
}

/** Returns the sketch with at most `limit` bins, as precise as that allows. */
export function limitBins(sketch: Sketch, limit: number): Sketch {
  let limited = sketch;
  while (limited.keys.length > limit && limited.precision > 0)
    limited = coarsen(limited, limited.precision - 1);
  return limited;
}

/** Returns the number of values in the sketch. */
export function sketchCount(sketch: Sketch): number {
  let count = 0;
  for (const n of sketch.counts) count += n;
  return count;
}

/** Returns the guaranteed error of `quantile`, relative to the true value. */
export function relativeError(sketch: Sketch): number {
  return 2 ** -sketch.precision;
}

/**
 * Returns the value of rank `floor(q * (count - 1))` (from 0) to within `relativeError`: the bin is exact,
 * the value inside it is interpolated by rank. `whole` means that all values are whole numbers. Null for no
 * values.
 */
export function quantile(sketch: Sketch, q: number, whole: boolean): number | null {
  return quantiles(sketch, [q], whole)?.[0] ?? null;
}

/** Returns `quantile` for each of `points`, ascending, in two passes over the bins; null for no values. */
export function quantiles(sketch: Sketch, points: readonly number[], whole: boolean): number[] | null {
  const { keys, counts, precision } = sketch;
  const count = sketchCount(sketch);
  if (count === 0) return null;
  let below = 0;
  let i = 0;
  return points.map((q) => {
    const rank = Math.floor(q * (count - 1));
    while (below + counts[i]! <= rank) below += counts[i++]!;
    const key = keys[i]!;
    if (key === 0) return 0;
    const start = binStart(key, precision);
    const end = binEnd(key, precision);
    const value = start + ((rank - below) / counts[i]!) * (end - start);
    if (!whole) return value;
    const least = Math.ceil(start);
    return least < end ? Math.max(least, Math.floor(value)) : value;
  });
}

/** Counts the values below `edge`, exactly if it is the start of a bin at this precision or coarser. */
export function countBelow(sketch: Sketch, edge: number): number {
  const key = binKey(edge, sketch.precision);
  const { keys, counts } = sketch;
  let below = 0;
  for (let i = 0; i < keys.length && keys[i]! < key; i++) below += counts[i]!;
  return below;
}

/** Returns a value of the sketch's bin `i`, for people: the whole number in it, or the shortest decimal. */
export function binValue(sketch: Sketch, i: number, whole: boolean): number {
  const start = binStart(sketch.keys[i]!, sketch.precision);
  const end = binEnd(sketch.keys[i]!, sketch.precision);
  if (start === 0) return 0;
  if (whole && Math.ceil(start) < end) return Math.ceil(start);
  for (let digits = 1; digits < 17; digits++) {
    const value = Number(start.toPrecision(digits));
    if (value >= start && value < end) return value;
  }
  return start;
}

/** Returns the shortest number in the bin that holds `value` if bins are narrow enough, else `value`. */
export function shortestInBin(value: number, precision: number): number {
  if (precision < narrowPrecision) return value;
  const key = binKey(value, precision);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (binKey(short, precision) === key) return short;
  }
  return value;
}

/** Mantissa bits of bins whose width is a hundred thousandth of their values. */
const narrowPrecision = 17;
