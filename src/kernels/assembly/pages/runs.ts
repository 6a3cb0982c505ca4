// Codes as indices into the texts that occur, in Parquet's hybrid of runs and packed bits (Encodings.md, "Run Length
// Encoding / Bit-Packing Hybrid"). Up to 15 bytes beyond the texts are read and written: they have slack.

import { copyWide } from './copy';
import { writeVarint } from './varint';

/**
 * Renumbers the codes of `rows` rows (-1: missing) by the ones that occur, in order of first use: writes the index of
 * each that is present to `indices`, how many different ones there are to `used`, and after that the code of each.
 * `indexOf` has a word for each of `entries` codes. Returns how many are present.
 */
export function indexCodes(codes: usize, rows: u32, entries: u32, indexOf: usize, used: usize, indices: usize): u32 {
  memory.fill(indexOf, 0xff, <usize>entries << 2);
  let size: u32 = 0;
  let to = indices;
  for (let at = codes, end = codes + (<usize>rows << 2); at < end; at += 4) {
    const code = load<i32>(at);
    if (code < 0) continue;
    const place = indexOf + (<usize>code << 2);
    let index = load<u32>(place);
    if (index == 0xffffffff) {
      index = size++;
      store<u32>(place, index);
      store<i32>(used + (<usize>size << 2), code);
    }
    store<u32>(to, index);
    to += 4;
  }
  store<u32>(used, size);
  return <u32>((to - indices) >> 2);
}

/** Copies `count` texts by their codes one after another to `target`; text i becomes `[to[i], to[i + 1])` there. */
export function pickTexts(codes: usize, count: u32, offsets: usize, texts: usize, to: usize, target: usize): void {
  let length: u32 = 0;
  store<u32>(to, 0);
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = offsets + (<usize>load<u32>(codes + (i << 2)) << 2);
    const start = load<u32>(at);
    const bytes = load<u32>(at, 4) - start;
    copyWide(texts + start, target + length, bytes);
    length += bytes;
    store<u32>(to + (i << 2), length, 4);
  }
}

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function areEight(at: usize): bool {
  const first = v128.load(at);
  const value = i32x4.splat(load<i32>(at));
  return v128.any_true(v128.or(v128.xor(first, value), v128.xor(v128.load(at, 16), value))) == 0;
}

/**
 * Encodes `count` numbers from 0 to 2^24 - 1, of 32 bits each, to `target`: runs of eight and more as runs, the numbers
 * between them packed with `bitWidth` bits each; returns the end. Writes at most `runBytes`.
 */
export function packRuns(values: usize, count: u32, bitWidth: u32, target: usize): usize {
  const end = values + (<usize>count << 2);
  const valueBytes = (bitWidth + 7) >> 3;
  let packed = values;
  let at = values;
  while (at + 32 <= end) {
    if (!areEight(at)) {
      at += 32;
      continue;
    }
    const value = load<u32>(at);
    let after = at + 32;
    while (after < end && load<u32>(after) == value) after += 4;
    target = packRange(packed, at, bitWidth, target);
    target = writeVarint(target, ((after - at) >> 2) << 1);
    store<u32>(target, value);
    target += valueBytes;
    packed = after;
    at = after;
  }
  return packRange(packed, end, bitWidth, target);
}

/** Packs the numbers `[at, end)` as one run, none if there are no numbers; returns the end. */
function packRange(at: usize, end: usize, bitWidth: u32, target: usize): usize {
  if (at == end) return target;
  const groups = (((end - at) >> 2) + 7) >> 3;
  let to = writeVarint(target, (groups << 1) | 1);
  const last = to + groups * bitWidth;
  let word: u64 = 0;
  let bits: u32 = 0;
  for (; at < end; at += 4) {
    word |= <u64>load<u32>(at) << bits;
    bits += bitWidth;
    if (bits < 32) continue;
    store<u32>(to, <u32>word);
    to += 4;
    word >>= 32;
    bits -= 32;
  }
  // The last group is filled up with 0.
  for (; to < last; word >>= 8) store<u8>(to++, <u8>word);
  return last;
}
