// Compresses to Snappy's raw blocks (github.com/google/snappy, format_description.txt): bytes that occurred before in
// the same 64 KiB become copies; where none is found, the search moves on in growing steps.

import { writeVarint } from './varint';

const fragmentBytes: usize = 65536;
const tableBits: u32 = 14;
/** Bytes of the table that `compressSnappy` needs. */
const tableBytes: usize = 2 << tableBits;

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function slotOf(table: usize, at: usize): usize {
  return table + (<usize>((load<u32>(at) * 0x1e35a7bd) >> (32 - tableBits)) << 1);
}

function writeLiteral(from: usize, count: usize, to: usize): usize {
  const less = count - 1;
  if (less < 60) store<u8>(to++, <u8>(less << 2));
  else if (less < 256) {
    store<u8>(to++, 60 << 2);
    store<u8>(to++, <u8>less);
  } else {
    store<u8>(to++, 61 << 2);
    store<u16>(to, <u16>less);
    to += 2;
  }
  memory.copy(to, from, count);
  return to + count;
}

function writeCopy(back: usize, count: usize, to: usize): usize {
  while (count >= 68) {
    to = writeLongCopy(back, 64, to);
    count -= 64;
  }
  if (count > 64) {
    to = writeLongCopy(back, 60, to);
    count -= 60;
  }
  if (count >= 12 || back >= 2048) return writeLongCopy(back, count, to);
  store<u8>(to, <u8>(((back >> 8) << 5) | ((count - 4) << 2) | 1));
  store<u8>(to, <u8>back, 1);
  return to + 2;
}

// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function writeLongCopy(back: usize, count: usize, to: usize): usize {
  store<u8>(to, <u8>(((count - 1) << 2) | 2));
  store<u16>(to, <u16>back, 1);
  return to + 3;
}

/** Returns how many bytes at `a` and `b` (after `a`) are equal, up to `end`. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
function equalBytes(a: usize, b: usize, end: usize): usize {
  const start = b;
  while (b + 8 <= end) {
    const differences = load<u64>(a) ^ load<u64>(b);
    if (differences != 0) return b - start + (<usize>ctz(differences) >> 3);
    a += 8;
    b += 8;
  }
  while (b < end && load<u8>(a) == load<u8>(b)) {
    a++;
    b++;
  }
  return b - start;
}

function compressFragment(start: usize, end: usize, table: usize, target: usize): usize {
  let to = target;
  let literal = start;
  if (end - start >= 16) {
    memory.fill(table, 0, tableBytes);
    // The last bytes are not searched, so that four bytes can always be read.
    const last = end - 8;
    let at = start + 1;
    let misses: usize = 32;
    while (at < last) {
      const slot = slotOf(table, at);
      const candidate = start + load<u16>(slot);
      store<u16>(slot, <u16>(at - start));
      if (load<u32>(candidate) != load<u32>(at)) {
        at += misses++ >> 5;
        continue;
      }
      if (at > literal) to = writeLiteral(literal, at - literal, to);
      const count = equalBytes(candidate + 4, at + 4, end) + 4;
      to = writeCopy(at - candidate, count, to);
      at += count;
      literal = at;
      misses = 32;
      if (at < last) store<u16>(slotOf(table, at - 1), <u16>(at - 1 - start));
    }
  }
  return end > literal ? writeLiteral(literal, end - literal, to) : to;
}

/**
 * Compresses `[at, end)` to `target` with a table of 32 KiB; returns the end. Writes at most 32 bytes, and 7 for
 * every 6 that it reads.
 */
export function compressSnappy(at: usize, end: usize, table: usize, target: usize): usize {
  target = writeVarint(target, end - at);
  for (; at < end; at += fragmentBytes)
    target = compressFragment(at, min(end, at + fragmentBytes), table, target);
  return target;
}
