import { maxBins } from './sketch.js';

/**
 * Bins as bytes: for each, in ascending order, the distance of its key from the one before, and its count, as
 * LEB128 (seven bits a byte, lowest first). Most bins take 2 bytes instead of 8 in arrays.
 */
export interface BinBytes {
  readonly bytes: Uint8Array;
  /** Offsets of their first byte, and of the first byte after them. */
  readonly start: number;
  readonly end: number;
  /** Number of bins. */
  readonly bins: number;
}

/** The key that the first distance is counted from: no key is below it. */
const beforeFirst = -0x80000000;

/** Above every key. */
const beyond = 0x7fffffff;

/** Most bytes of a bin: 5 of a distance, which is below 2^32, and 8 of a count up to 2^53. */
const mostBinBytes = 13;

/** No bins. */
export const noBinBytes: BinBytes = { bytes: new Uint8Array(0), start: 0, end: 0, bins: 0 };

/** Writes a whole number up to 2^53; returns the index after it. */
export function writeNumber(bytes: Uint8Array, at: number, number: number): number {
  let next = at;
  let large = number;
  for (; large > 0xffffffff; large = Math.floor(large / 128)) bytes[next++] = (large % 128) | 128;
  // Up to 32 bits, shifts take a third of the time of divisions.
  let left = large >>> 0;
  for (; left > 127; left >>>= 7) bytes[next++] = left | 128;
  bytes[next++] = left;
  return next;
}

/** The index after the number that was read last. */
export let afterNumber = 0;

/** Returns the whole number at `at`. */
export function readNumber(bytes: Uint8Array, at: number): number {
  let number = 0;
  let next = at;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[next++]!;
    number += (byte & 127) * scale;
    if (byte < 128) break;
  }
  afterNumber = next;
  return number;
}

/** Distances are below 2^32 and stored as signed 32-bit numbers, like keys: their sums wrap around. */
function readDistance(bytes: Uint8Array, at: number): number {
  let distance = 0;
  let next = at;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[next++]!;
    distance |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  afterNumber = next;
  return distance;
}

/** Returns true for a distance of one byte. */
function isNear(distance: number): boolean {
  return (distance & ~127) === 0;
}

/** Returns the room that is enough for so many bins. */
export function roomFor(bins: number): number {
  return bins * mostBinBytes;
}

/** Writes the first `bins` bins, ascending, at `at`, which has room; returns the index after them. */
export function writeBins(
  bytes: Uint8Array,
  at: number,
  keys: ArrayLike<number>,
  counts: ArrayLike<number>,
  bins: number,
): number {
  let next = at;
  let last = beforeFirst;
  for (let i = 0; i < bins; i++) {
    const key = keys[i]!;
    const count = counts[i]!;
    const distance = (key - last) | 0;
    if (isNear(distance)) bytes[next++] = distance;
    else next = writeNumber(bytes, next, distance >>> 0);
    if (count < 128) bytes[next++] = count;
    else next = writeNumber(bytes, next, count);
    last = key;
  }
  return next;
}

/** Returns how many bins are written in all of these bytes; null if they do not end with a bin. */
export function countBins(bytes: Uint8Array): number | null {
  let numbers = 0;
  for (const byte of bytes) if (byte < 128) numbers++;
  const isWhole = numbers % 2 === 0 && (bytes.length === 0 || bytes[bytes.length - 1]! < 128);
  return isWhole ? numbers / 2 : null;
}

/** Reads bins into two lists that have room for them. */
export function readBins(
  { bytes, start, end }: BinBytes,
  keys: Int32Array | number[],
  counts: Float64Array | number[],
): void {
  let key = beforeFirst;
  let at = start;
  for (let bin = 0; at < end; bin++) {
    let distance = bytes[at++]!;
    if (distance > 127) {
      distance = readDistance(bytes, at - 1);
      at = afterNumber;
    }
    let count = bytes[at++]!;
    if (count > 127) {
      count = readNumber(bytes, at - 1);
      at = afterNumber;
    }
    key = (key + distance) | 0;
    keys[bin] = key;
    counts[bin] = count;
  }
}

/** Merged bins, in memory of this thread that the next merge overwrites. */
const merged = new Uint8Array(roomFor(2 * maxBins));

/**
 * Merges bins of the same precision, at most `maxBins` on each side, in one pass over both: about 3 ns a bin.
 * The result is valid until the next call.
 */
export function mergeBins(left: BinBytes, right: BinBytes): BinBytes {
  const [mine, leftEnd] = [left.bytes, left.end];
  const [others, rightEnd] = [right.bytes, right.end];
  let i = left.start;
  let j = right.start;
  let at = 0;
  let same = 0;
  let last = beforeFirst;
  let leftKey = beyond;
  let leftCount = 0;
  let rightKey = beforeFirst;
  if (i < leftEnd) {
    leftKey = (beforeFirst + readDistance(mine, i)) | 0;
    leftCount = readNumber(mine, afterNumber);
    i = afterNumber;
  }
  while (j < rightEnd) {
    let distance = others[j++]!;
    if (distance > 127) {
      distance = readDistance(others, j - 1);
      j = afterNumber;
    }
    let rightCount = others[j++]!;
    if (rightCount > 127) {
      rightCount = readNumber(others, j - 1);
      j = afterNumber;
    }
    rightKey = (rightKey + distance) | 0;
    while (leftKey < rightKey) {
      const apart = (leftKey - last) | 0;
      if (isNear(apart)) merged[at++] = apart;
      else at = writeNumber(merged, at, apart >>> 0);
      if (leftCount < 128) merged[at++] = leftCount;
      else at = writeNumber(merged, at, leftCount);
      last = leftKey;
      if (i === leftEnd) {
        leftKey = beyond;
        break;
      }
      let step = mine[i++]!;
      if (step > 127) {
        step = readDistance(mine, i - 1);
        i = afterNumber;
      }
      leftCount = mine[i++]!;
      if (leftCount > 127) {
        leftCount = readNumber(mine, i - 1);
        i = afterNumber;
      }
      leftKey = (leftKey + step) | 0;
    }
    if (leftKey === rightKey) {
      // Two bins with the same key become one.
      leftCount += rightCount;
      same++;
      continue;
    }
    const apart = (rightKey - last) | 0;
    if (isNear(apart)) merged[at++] = apart;
    else at = writeNumber(merged, at, apart >>> 0);
    if (rightCount < 128) merged[at++] = rightCount;
    else at = writeNumber(merged, at, rightCount);
    last = rightKey;
  }
  if (leftKey !== beyond) {
    at = writeNumber(merged, at, (leftKey - last) >>> 0);
    at = writeNumber(merged, at, leftCount);
    // The bins that follow are as far from each other as they were.
    merged.set(mine.subarray(i, leftEnd), at);
    at += leftEnd - i;
  }
  return { bytes: merged, start: 0, end: at, bins: left.bins + right.bins - same };
}
