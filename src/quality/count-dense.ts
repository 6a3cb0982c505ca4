/**
 * Small whole numbers, counted each by itself: most columns of most tables are such, and one addition per row then stands for all that is ever asked of them.
 * Scratch of this thread, one column at a time.
 */
const least = -4096;
const size = 16_384;
/** Three more than are counted, so that four can be looked at from the last on. */
const counts = new Int32Array(size + 3);

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
