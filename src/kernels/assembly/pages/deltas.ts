// DELTA_BINARY_PACKED (Encodings.md, "Delta Encoding") of 64-bit numbers: blocks of 128 in four miniblocks.

import { writeVarint } from './varint';

const blockValues: u32 = 128;
const miniblocks: u32 = 4;
const miniblockValues: u32 = 32;

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function zigZag(value: i64): u64 {
  return <u64>((value << 1) ^ (value >> 63));
}

/** Writes 32 distances of `bits` bits each; those from `count` on are 0. */
function packMiniblock(distances: usize, count: u32, bits: u32, at: usize): usize {
  const end = at + <usize>(4 * bits);
  memory.fill(at, 0, 4 * bits + 8);
  for (let i: u32 = 0; i < count; i++) {
    const value = load<u64>(distances + (<usize>i << 3));
    const bit = i * bits;
    const word = at + (<usize>(bit >> 6) << 3);
    const shift: u64 = bit & 63;
    store<u64>(word, load<u64>(word) | (value << shift));
    if (shift + bits > 64) store<u64>(word + 8, value >> (64 - shift));
  }
  return end;
}

/**
 * Packs `count` numbers at `values` to `target`; returns the end. Overwrites the values. Differences
 * wrap, as readers expect.
 */
export function packDeltas(values: usize, count: u32, target: usize): usize {
  let at = writeVarint(target, blockValues);
  at = writeVarint(at, miniblocks);
  at = writeVarint(at, count);
  if (count == 0) return writeVarint(at, 0);
  let before = load<i64>(values);
  at = writeVarint(at, zigZag(before));
  for (let first: u32 = 1; first < count; first += blockValues) {
    const rows = min(blockValues, count - first);
    const block = values + (<usize>first << 3);
    let least = i64.MAX_VALUE;
    for (let i: u32 = 0; i < rows; i++) {
      const value = load<i64>(block + (<usize>i << 3));
      const delta = value - before;
      before = value;
      store<i64>(block + (<usize>i << 3), delta);
      least = min(least, delta);
    }
    at = writeVarint(at, zigZag(least));
    const widths = at;
    at += miniblocks;
    for (let mini: u32 = 0; mini < miniblocks; mini++) {
      const start = mini * miniblockValues;
      const size = start < rows ? min(miniblockValues, rows - start) : 0;
      const distances = block + (<usize>start << 3);
      let all: u64 = 0;
      for (let i: u32 = 0; i < size; i++) {
        const distance = <u64>(load<i64>(distances + (<usize>i << 3)) - least);
        store<u64>(distances + (<usize>i << 3), distance);
        all |= distance;
      }
      const bits = <u32>(64 - clz(all));
      store<u8>(widths + mini, <u8>bits);
      if (bits > 0) at = packMiniblock(distances, size, bits, at);
    }
  }
  return at;
}

/** Writes the least and the greatest of `count` numbers at `values` to `target`. */
export function writeSpan(values: usize, count: u32, target: usize): void {
  let least = i64.MAX_VALUE;
  let greatest = i64.MIN_VALUE;
  for (let at = values, end = values + (<usize>count << 3); at < end; at += 8) {
    const value = load<i64>(at);
    least = min(least, value);
    greatest = max(greatest, value);
  }
  store<i64>(target, least);
  store<i64>(target, greatest, 8);
}
