import { type DistinctSketch, mixBits, noteHash, registers, sealDistinct } from './distinct.js';
import { heldMoments, type NumberProfile } from './number-profile.js';
import { binKey, fullPrecision, maxBins } from './sketch.js';

/**
 * Small whole numbers, counted each by itself: most columns of most tables are such, and one addition per row then stands for all that is ever asked of them.
 * Scratch of this thread, one column at a time.
 */
const least = -4096;
const size = 16_384;
/** Three more than are counted, so that four can be looked at from the last on. */
const counts = new Int32Array(size + 3);

const values = new Int32Array(maxBins);
const times = new Int32Array(maxBins);
const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

let nan = 0;
let infinite = 0;

/** Forgets the column before. */
export function beginDense(): void {
  counts.fill(0);
  nan = 0;
  infinite = 0;
}

/** Values that are looked at to tell whether a column is worth counting so. */
const looks = 64;

/** Whether half of a look at `length` values is small whole numbers or not finite; decided by the values alone. */
export function isMostlyDense(length: number, valueAt: (row: number) => number): boolean {
  const step = Math.max(1, Math.floor(length / looks));
  let seen = 0;
  let dense = 0;
  for (let row = 0; row < length; row += step) {
    const value = valueAt(row);
    const whole = value | 0;
    seen++;
    if ((whole === value && (whole - least) >>> 0 < size) || value - value !== 0) dense++;
  }
  return 2 * dense >= seen;
}

/** Counts `values[start..end)`; puts the other finite ones into `rest` and gives how many those are. About 2 ns each, nothing allocated. */
export function countFloats(
  values: Float32Array | Float64Array,
  start: number,
  end: number,
  rest: Float64Array,
): number {
  return countFloatsInto(counts, values, start, end, rest);
}

// The hot loops take their arrays as arguments: the compiler then keeps them in registers.
function countFloatsInto(
  into: Int32Array,
  values: Float32Array | Float64Array,
  start: number,
  end: number,
  rest: Float64Array,
): number {
  let filled = 0;
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    const whole = value | 0;
    const place = whole - least;
    if (whole === value && place >>> 0 < size) into[place]!++;
    else if (value - value === 0) rest[filled++] = value;
    else if (Number.isNaN(value)) nan++;
    else infinite++;
  }
  return filled;
}

/** The same for present 32-bit whole numbers. */
export function countInts(
  values: Int32Array,
  validity: Uint8Array | null,
  start: number,
  end: number,
  rest: Float64Array,
): number {
  return countIntsInto(counts, values, validity, start, end, rest);
}

function countIntsInto(
  into: Int32Array,
  values: Int32Array,
  validity: Uint8Array | null,
  start: number,
  end: number,
  rest: Float64Array,
): number {
  let filled = 0;
  for (let i = start; i < end; i++) {
    if (validity !== null && (validity[i >> 3]! & (1 << (i & 7))) === 0) continue;
    const place = values[i]! - least;
    if (place >>> 0 < size) into[place]!++;
    else rest[filled++] = values[i]!;
  }
  return filled;
}

/** The same for present 64-bit whole numbers as pairs of words, low before high. */
export function countLongs(
  words: Int32Array,
  validity: Uint8Array | null,
  start: number,
  end: number,
  rest: Float64Array,
): number {
  return countLongsInto(counts, words, validity, start, end, rest);
}

function countLongsInto(
  into: Int32Array,
  words: Int32Array,
  validity: Uint8Array | null,
  start: number,
  end: number,
  rest: Float64Array,
): number {
  let filled = 0;
  for (let i = start; i < end; i++) {
    if (validity !== null && (validity[i >> 3]! & (1 << (i & 7))) === 0) continue;
    const low = words[2 * i]!;
    const high = words[2 * i + 1]!;
    const place = low - least;
    if (high === low >> 31 && place >>> 0 < size) into[place]!++;
    else rest[filled++] = high * 4294967296 + (low >>> 0);
  }
  return filled;
}

/** NaN and infinite values since `beginDense`. */
export function denseSpecials(): { readonly nan: number; readonly infinite: number } {
  return { nan, infinite };
}

/** Calls `each` with every value from `from` to `to` (inclusive) that occurred, ascending, and how often. */
export function forEachDense(
  each: (value: number, count: number) => void,
  from = least,
  to = least + size - 1,
): void {
  for (let place = from - least; place <= to - least; place += 4) {
    if ((counts[place]! | counts[place + 1]! | counts[place + 2]! | counts[place + 3]!) === 0) continue;
    const end = Math.min(place + 4, to - least + 1);
    for (let i = place; i < end; i++) if (counts[i] !== 0) each(i + least, counts[i]!);
  }
}

/**
 * The profile of what was counted since `beginDense`, where that is all there was; null for more different values than a sketch has bins. The same as if every
 * value had been in a block, at a hundredth of the cost.
 */
export function takeDense(): {
  readonly numbers: Omit<NumberProfile, 'nan' | 'infinite'>;
  readonly distinct: DistinctSketch;
} | null {
  const found = gather(counts, values, times);
  if (found > maxBins) return null;
  const ranks = new Uint8Array(registers);
  const keys = new Array<number>(found);
  const bins = new Array<number>(found);
  let count = 0;
  let sum = 0;
  for (let i = 0; i < found; i++) {
    const value = values[i]!;
    count += times[i]!;
    sum += value * times[i]!;
    keys[i] = binKey(value, fullPrecision);
    bins[i] = times[i]!;
    float[0] = value;
    noteHash(ranks, mixBits(words[1]!));
  }
  const center = sum / count;
  let squares = 0;
  for (let i = 0; i < found; i++) squares += times[i]! * (values[i]! - center) * (values[i]! - center);
  return {
    numbers: {
      count,
      whole: true,
      min: found === 0 ? null : values[0]!,
      max: found === 0 ? null : values[found - 1]!,
      ...heldMoments(sum, 0, found === 0 ? 0 : squares),
      sketch: { precision: fullPrecision, keys, counts: bins },
    },
    distinct: sealDistinct(ranks),
  };
}

/** Every value that occurred, ascending, and how often; gives how many, or more than there is room for. */
function gather(from: Int32Array, into: Int32Array, often: Int32Array): number {
  let found = 0;
  for (let place = 0; place < size; place += 4) {
    if ((from[place]! | from[place + 1]! | from[place + 2]! | from[place + 3]!) === 0) continue;
    for (let i = place; i < place + 4; i++) {
      if (from[i] === 0) continue;
      if (found === maxBins) return maxBins + 1;
      into[found] = i + least;
      often[found++] = from[i]!;
    }
  }
  return found;
}
