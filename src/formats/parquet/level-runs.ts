/**
 * Extent of some levels: the byte after the last run read, the number of levels in the runs, and how many of
 * the first `count` are 1 (levels of one bit only).
 */
interface LevelRuns {
  readonly at: number;
  readonly values: number;
  readonly ones: number;
}

/**
 * Walks over the runs of levels of `width` bits in `[start, end)` until `count` levels are passed (Parquet's
 * Encodings.md, "Run Length Encoding / Bit-Packing Hybrid"). Costs a step for each run, and one for each byte
 * of packed levels of one bit.
 */
export function levelRuns(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  count: number,
): LevelRuns {
  let at = start;
  let values = 0;
  let ones = 0;
  while (values < count && at < end) {
    let header = 0;
    let shift = 0;
    do {
      header |= (bytes[at]! & 127) << shift;
      shift += 7;
    } while (bytes[at++]! > 127 && at < end && shift < 35);
    const length = header >>> 1;
    if ((header & 1) === 0) {
      if (width === 1 && bytes[at] === 1) ones += Math.min(length, count - values);
      values += length;
      at += (width + 7) >> 3;
    } else {
      const stop = at + length * width;
      if (width === 1) ones += onesIn(bytes, at, Math.min(stop, end), count - values);
      values += 8 * length;
      at = stop;
    }
  }
  return { at, values, ones };
}

function onesIn(bytes: Uint8Array, start: number, end: number, count: number): number {
  let ones = 0;
  let left = count;
  for (let at = start; at < end && left > 0; at++, left -= 8) {
    const byte = left < 8 ? bytes[at]! & ((1 << left) - 1) : bytes[at]!;
    ones += bitCounts[byte]!;
  }
  return ones;
}

const bitCounts = Uint8Array.from({ length: 256 }, (_, byte) => {
  let ones = 0;
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1;
  return ones;
});
