// DELTA_BINARY_PACKED (Encodings.md, "Delta Encoding"): written for 64-bit numbers, in blocks of 128 in four
// miniblocks; read for 32 and 64 bits, in blocks of any size. Up to 8 bytes beyond what is read have slack.

import { afterVarint, readVarint, writeVarint } from './varint';

const blockValues: u32 = 128;
const miniblocks: u32 = 4;
const miniblockValues: u32 = 32;

/** Larger blocks are left to others: no writer makes them. */
const mostBlockValues: u64 = 1 << 24;

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function zigZag(value: i64): u64 {
  return <u64>((value << 1) ^ (value >> 63));
}

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function unZigZag(value: u64): i64 {
  return <i64>(value >> 1) ^ -<i64>(value & 1);
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

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function put(value: i64, isWide: bool, target: usize, n: usize): void {
  if (isWide) store<i64>(target + (n << 3), value);
  else store<i32>(target + (n << 2), <i32>value);
}

/**
 * Writes the numbers `[before, last)` of those packed in `[at, end)` to `target`, of 64 bits each if `isWide`,
 * else of 32: their low words, however a writer's differences wrap. Returns false if there are fewer, for bytes
 * that end early, and for sizes that the encoding does not have.
 */
export function unpackDeltas(
  at: usize,
  end: usize,
  before: u32,
  last: u32,
  isWide: bool,
  target: usize,
): bool {
  const blockValues = readVarint(at, end);
  const minis = afterVarint == 0 ? 0 : readVarint(afterVarint, end);
  const count = afterVarint == 0 ? 0 : readVarint(afterVarint, end);
  let value = afterVarint == 0 ? 0 : unZigZag(readVarint(afterVarint, end));
  if (afterVarint == 0 || last > count) return false;
  if (minis == 0 || minis > blockValues || blockValues > mostBlockValues) return false;
  if (blockValues % (32 * minis) != 0) return false;
  const miniValues = <u32>(blockValues / minis);
  at = afterVarint;
  if (before == 0 && last > 0) put(value, isWide, target, 0);
  for (let i: u32 = 1; i < last; ) {
    const least = unZigZag(readVarint(at, end));
    if (afterVarint == 0 || <usize>minis > end - afterVarint) return false;
    const widths = afterVarint;
    at = widths + <usize>minis;
    for (let mini: u32 = 0; mini < <u32>minis && i < last; mini++) {
      const bits: u32 = load<u8>(widths + mini);
      const stop = miniValues < last - i ? i + miniValues : last;
      // Writers may leave out the padding after the last number.
      if (bits > 64 || (<u64>(stop - i) * bits + 7) >> 3 > <u64>(end - at)) return false;
      const mask: u64 = bits == 64 ? u64.MAX_VALUE : ((<u64>1) << bits) - 1;
      for (let bit: usize = 0; i < stop; i++, bit += bits) {
        const word = at + (bit >> 3);
        const shift: u64 = bit & 7;
        let distance = load<u64>(word) >> shift;
        if (shift + bits > 64) distance |= (<u64>load<u8>(word, 8)) << (64 - shift);
        value += least + <i64>(distance & mask);
        if (i >= before) put(value, isWide, target, i - before);
      }
      at += ((<usize>miniValues * bits) >> 3);
    }
  }
  return true;
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
