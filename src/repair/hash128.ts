import { mixBits } from '../text/mix-bits.js';

/**
 * Writes MurmurHash3_x86_128 (Appleby, SMHasher; seed 0) of bytes `[start, end)` as four words at `out[at]`.
 */
export function hash128(bytes: Uint8Array, start: number, end: number, out: Uint32Array, at: number): void {
  const length = end - start;
  const tail = start + (length & ~15);
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  for (let i = start; i < tail; i += 16) {
    h1 = (Math.imul(rotate(h1 ^ mix1(word(bytes, i)), 19) + h2, 5) + 0x561ccd1b) | 0;
    h2 = (Math.imul(rotate(h2 ^ mix2(word(bytes, i + 4)), 17) + h3, 5) + 0x0bcaa747) | 0;
    h3 = (Math.imul(rotate(h3 ^ mix3(word(bytes, i + 8)), 15) + h4, 5) + 0x96cd1c35) | 0;
    h4 = (Math.imul(rotate(h4 ^ mix4(word(bytes, i + 12)), 13) + h1, 5) + 0x32ac3b17) | 0;
  }
  h1 ^= mix1(tailWord(bytes, tail, end)) ^ length;
  h2 ^= mix2(tailWord(bytes, tail + 4, end)) ^ length;
  h3 ^= mix3(tailWord(bytes, tail + 8, end)) ^ length;
  h4 ^= mix4(tailWord(bytes, tail + 12, end)) ^ length;

  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = mixBits((h2 + h1) | 0);
  h3 = mixBits((h3 + h1) | 0);
  h4 = mixBits((h4 + h1) | 0);
  h1 = mixBits(h1);
  h1 = (h1 + h2 + h3 + h4) | 0;
  out[at] = h1;
  out[at + 1] = h2 + h1;
  out[at + 2] = h3 + h1;
  out[at + 3] = h4 + h1;
}

const c1 = 0x239b961b;
const c2 = 0xab0e9789;
const c3 = 0x38b34ae5;
const c4 = 0xa1e38b93;

function mix1(k: number): number {
  return Math.imul(rotate(Math.imul(k, c1), 15), c2);
}

function mix2(k: number): number {
  return Math.imul(rotate(Math.imul(k, c2), 16), c3);
}

function mix3(k: number): number {
  return Math.imul(rotate(Math.imul(k, c3), 17), c4);
}

function mix4(k: number): number {
  return Math.imul(rotate(Math.imul(k, c4), 18), c1);
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** Returns the word at `at`, with only the bytes before `end`. */
function tailWord(bytes: Uint8Array, at: number, end: number): number {
  let bits = 0;
  for (let i = Math.min(end, at + 4) - 1; i >= at; i--) bits = (bits << 8) | bytes[i]!;
  return bits;
}
