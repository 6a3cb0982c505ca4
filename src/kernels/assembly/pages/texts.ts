// Texts as PLAIN values of BYTE_ARRAY (Encodings.md): each text after its length. Up to 15 bytes are read beyond the
// texts, and written beyond the values: both have slack.

import { copyWide } from './copy';

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function isPresent(bits: usize, row: u32): bool {
  return bits == 0 || ((load<u8>(bits + (row >> 3)) >> (row & 7)) & 1) == 1;
}

/** Writes the texts of the present rows to `target`; returns the end. Row i is `[offsets[i], offsets[i + 1])`. */
export function layTexts(offsets: usize, rows: u32, texts: usize, bits: usize, target: usize): usize {
  for (let row: u32 = 0; row < rows; row++) {
    if (!isPresent(bits, row)) continue;
    const at = offsets + (<usize>row << 2);
    const start = load<u32>(at);
    const length = load<u32>(at, 4) - start;
    store<u32>(target, length);
    copyWide(texts + start, target + 4, length);
    target += 4 + length;
  }
  return target;
}

/**
 * Lays `count` of the PLAIN values in `[at, end)`, after the first `before`, one after another to `target`, and
 * writes where each ends to `ends`, counted from `target`. Returns false if the values end early.
 */
export function gatherTexts(
  at: usize,
  end: usize,
  before: u32,
  count: u32,
  ends: usize,
  target: usize,
): bool {
  let to = target;
  for (let i: u32 = 0; i < before + count; i++) {
    if (end - at < 4) return false;
    const length = load<u32>(at);
    at += 4;
    if (<usize>length > end - at) return false;
    if (i >= before) {
      copyWide(at, to, length);
      to += length;
      store<u32>(ends, to - target);
      ends += 4;
    }
    at += length;
  }
  return true;
}

/** Compares two texts byte by byte. */
function isBelow(a: usize, aLength: u32, b: usize, bLength: u32): bool {
  const both = min(aLength, bLength);
  let i: u32 = 0;
  for (; i + 8 <= both; i += 8) {
    const x = bswap<u64>(load<u64>(a + i));
    const y = bswap<u64>(load<u64>(b + i));
    if (x != y) return x < y;
  }
  for (; i < both; i++) {
    const x = load<u8>(a + i);
    const y = load<u8>(b + i);
    if (x != y) return x < y;
  }
  return aLength < bLength;
}

/** Returns the present row of the least text, or of the greatest; -1 if no row is present. */
export function boundOf(offsets: usize, rows: u32, texts: usize, bits: usize, isGreatest: bool): i32 {
  let found: i32 = -1;
  let best: usize = 0;
  let bestLength: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    if (!isPresent(bits, row)) continue;
    const at = offsets + (<usize>row << 2);
    const start = load<u32>(at);
    const text = texts + start;
    const length = load<u32>(at, 4) - start;
    if (found >= 0) {
      const isBetter = isGreatest
        ? isBelow(best, bestLength, text, length)
        : isBelow(text, length, best, bestLength);
      if (!isBetter) continue;
    }
    found = <i32>row;
    best = text;
    bestLength = length;
  }
  return found;
}
