import { blockRows } from '../../chunk/block-rows.js';
import { runBytes, writeLoops } from '../../kernels/page-loops.js';

/**
 * Encodes numbers from 0 to 2^24 - 1 in Parquet's RLE/bit-packing hybrid (Encodings.md, "Run Length Encoding
 * / Bit-Packing Hybrid"), without a leading length: runs of eight and more as runs, the numbers between them
 * packed with `bitWidth` bits each. One pass.
 */
export function runLengths(values: ArrayLike<number>, bitWidth: number): Uint8Array {
  const count = values.length;
  const { loops, memory, at } = writeLoops({ values: 4 * count, packed: runBytes(count, bitWidth) });
  new Int32Array(memory.buffer, at.values, count).set(values);
  return memory.slice(at.packed, loops.packRuns(at.values, count, bitWidth, at.packed));
}

/** Encodes `count` bits, lowest first, like `runLengths`, without visiting each bit of a long run. */
export function bitRunLengths(bits: Uint8Array, count: number): Uint8Array {
  const bytes = new Uint8Array(((count + 7) >> 3) * 7 + 16);
  const runs: BitRuns = { bits, count, bytes, at: 0, packed: 0, next: 0 };
  while (runs.next < count) addRuns(runs, runs.next + 8 * blockRows);
  packBits(runs, count);
  return bytes.subarray(0, runs.at);
}

/** The bits `[0, packed)`, written to `bytes` up to `at`; no run begins in `[packed, next)`. */
interface BitRuns {
  readonly bits: Uint8Array;
  readonly count: number;
  readonly bytes: Uint8Array;
  at: number;
  packed: number;
  next: number;
}

/** Adds the runs that begin before `until`. */
function addRuns(runs: BitRuns, until: number): void {
  const { bits, count, bytes } = runs;
  let i = runs.next;
  while (i < until && i < count) {
    const value = (bits[i >> 3]! >> (i & 7)) & 1;
    const end = endOfRun(bits, i, count, -value & 255);
    if (end - i < 8) {
      i = Math.min(count, i + 8);
      continue;
    }
    packBits(runs, i);
    const at = writeVarint(bytes, runs.at, (end - i) << 1);
    bytes[at] = value;
    runs.at = at + 1;
    runs.packed = i = end;
  }
  runs.next = i;
}

/** Packs the bits before `end` that are not written yet. */
function packBits(runs: BitRuns, end: number): void {
  const { bits, bytes, packed: start } = runs;
  if (start === end) return;
  let at = writeVarint(bytes, runs.at, (((end - start + 7) >> 3) << 1) | 1);
  const shift = start & 7;
  const last = bits.length - 1;
  for (let i = start; i < end; i += 8) {
    const byte = i >> 3;
    const next = byte < last ? bits[byte + 1]! : 0;
    const eight = ((bits[byte]! | (next << 8)) >> shift) & 255;
    bytes[at++] = end - i < 8 ? eight & ((1 << (end - i)) - 1) : eight;
  }
  runs.at = at;
  runs.packed = end;
}

/** Writes a number below 2^31 as LEB128; returns the index after it. */
function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let next = at;
  for (; rest > 127; rest >>>= 7) bytes[next++] = (rest & 127) | 128;
  bytes[next++] = rest;
  return next;
}

/**
 * Returns the first of `count` bits from `start` on that differs from `byte`, which is 0 or 255; or `count`.
 */
function endOfRun(bits: Uint8Array, start: number, count: number, byte: number): number {
  for (let i = start; i < count; i = (i | 7) + 1) {
    const others = (bits[i >> 3]! ^ byte) >> (i & 7);
    if (others !== 0) return Math.min(count, i + 31 - Math.clz32(others & -others));
  }
  return count;
}

/** Encodes `count` equal numbers like `runLengths`, without looking at each. */
export function oneRun(value: number, count: number, bitWidth: number): Uint8Array {
  const bytes: number[] = [];
  if (count === 0) return new Uint8Array(0);
  let rest = count * 2;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128);
  bytes.push(rest);
  for (let byte = 0; byte < (bitWidth + 7) >> 3; byte++) bytes.push((value >>> (8 * byte)) & 255);
  return Uint8Array.from(bytes);
}

/** Returns the number of bits for numbers from 0 to `greatest`. */
export function bitsFor(greatest: number): number {
  return 32 - Math.clz32(greatest);
}
