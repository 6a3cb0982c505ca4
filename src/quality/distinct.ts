import { mixBits } from '../text/mix-bits.js';

/**
 * Estimate of the number of distinct values: HyperLogLog (Flajolet et al. 2007) with linear counting for few
 * (Heule et al. 2013), one byte per register. Merging takes the maximum of each register, so it is exact,
 * associative and order-free.
 */
const registerBits = 11;
export const registers = 1 << registerBits;

/** The relative standard error of an estimate. */
export const distinctError = 1.04 / Math.sqrt(registers);

/** Registers as `writeRegisters` writes them, in base64 for JSON; an empty text means no values. */
export type DistinctSketch = string;

/** Records a 32-bit hash of a value. */
export function noteHash(sketch: Uint8Array, hash: number): void {
  const slot = hash >>> (32 - registerBits);
  const rank = Math.clz32((hash << registerBits) | (1 << (registerBits - 1))) + 1;
  if (sketch[slot]! < rank) sketch[slot] = rank;
}

/** Returns a hash of a text's UTF-16 units (FNV-1a, then mixed). */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mixBits(h);
}

/** Returns the sketch of the registers that `noteHash` wrote. */
export function sealDistinct(sketch: Uint8Array): DistinctSketch {
  const end = writeRegisters(written, 0, sketch, countRanks(sketch));
  return Buffer.from(written.buffer, 0, end).toString('base64');
}

/** Returns how many registers are not zero; looks at four at a time: each is below 128. */
export function countRanks(ranks: Uint8Array): number {
  let count = 0;
  const words = wordsOf(ranks);
  if (words === null) {
    for (let slot = 0; slot < registers; slot++) if (ranks[slot]! > 0) count++;
    return count;
  }
  for (let i = 0; i < registers / 4; i++) {
    const word = words[i]!;
    if (word === 0) continue;
    const marks = ((word + 0x7f7f7f7f) >>> 7) & 0x01010101;
    count += Math.imul(marks, 0x01010101) >>> 24;
  }
  return count;
}

/** Returns registers as words of four; null if they are not aligned. */
function wordsOf(ranks: Uint8Array): Int32Array | null {
  return (ranks.byteOffset & 3) === 0 ? new Int32Array(ranks.buffer, ranks.byteOffset, registers / 4) : null;
}

const written = new Uint8Array(registers);

/** Returns the registers of a sketch. */
function openDistinct(sketch: DistinctSketch): Uint8Array {
  const ranks = new Uint8Array(registers);
  const bytes = Buffer.from(sketch, 'base64');
  raiseWritten(ranks, bytes, 0, bytes.length);
  return ranks;
}

/** Merges two sketches. */
export function mergeDistinct(a: DistinctSketch, b: DistinctSketch): DistinctSketch {
  if (a === '' || a === b) return b;
  if (b === '') return a;
  const merged = openDistinct(a);
  const bytes = Buffer.from(b, 'base64');
  raiseWritten(merged, bytes, 0, bytes.length);
  return sealDistinct(merged);
}

/** Raises each register to the other sketch's if that is greater. */
export function raiseRanks(ranks: Uint8Array, others: Uint8Array): void {
  const [mine, theirs] = [wordsOf(ranks), wordsOf(others)];
  if (mine !== null && theirs !== null) raiseWords(mine, theirs);
  else for (let i = 0; i < registers; i++) if (others[i]! > ranks[i]!) ranks[i] = others[i]!;
}

/** Raises four registers at a time: each is below 128, so its eighth bit shows a borrow. */
function raiseWords(ranks: Int32Array, others: Int32Array): void {
  for (let i = 0; i < ranks.length; i++) {
    const mine = ranks[i]!;
    const other = others[i]!;
    const isLess = ~((mine | 0x80808080) - other) & 0x80808080;
    if (isLess === 0) continue;
    const mask = (isLess >>> 7) * 255;
    ranks[i] = (mine & ~mask) | (other & mask);
  }
}

/**
 * Writes registers at `at`, where there is room for all of them: those that are not zero, each with its
 * distance from the one before, or all of them if `most`, the upper bound of those, is too large. Returns the
 * index after them; `at` if all are zero.
 */
export function writeRegisters(bytes: Uint8Array, at: number, ranks: Uint8Array, most: number): number {
  if (most > registers / 4) {
    bytes.set(ranks, at);
    return at + registers;
  }
  const words = wordsOf(ranks);
  let next = at;
  let last = 0;
  for (let word = 0; word < registers / 4; word++) {
    if (words !== null && words[word] === 0) continue;
    for (let slot = 4 * word; slot < 4 * word + 4; slot++) {
      const rank = ranks[slot]!;
      if (rank === 0) continue;
      const far = slot - last;
      if (far > 127) bytes[next++] = 128 | (far >> 7);
      bytes[next++] = far & 127;
      bytes[next++] = rank;
      last = slot;
    }
  }
  return next;
}

/** Raises registers to those that `writeRegisters` wrote from `start` to `end`. */
export function raiseWritten(ranks: Uint8Array, bytes: Uint8Array, start: number, end: number): void {
  if (end - start === registers) {
    raiseRanks(ranks, bytes.subarray(start, end));
    return;
  }
  let slot = 0;
  for (let at = start; at < end; ) {
    let far = bytes[at++]!;
    if (far > 127) far = ((far & 127) << 7) | bytes[at++]!;
    const rank = bytes[at++]!;
    slot += far;
    if (ranks[slot]! < rank) ranks[slot] = rank;
  }
}

/** 2 to the power of minus a rank. */
const powers = Float64Array.from({ length: 256 }, (_, rank) => 2 ** -rank);

/** Estimates how many distinct values were recorded, with an error of `distinctError`. */
export function estimateDistinct(sketch: DistinctSketch): number {
  if (sketch === '') return 0;
  const ranks = openDistinct(sketch);
  let sum = 0;
  let zeros = 0;
  for (const rank of ranks) {
    sum += powers[rank]!;
    if (rank === 0) zeros++;
  }
  const raw = ((0.7213 / (1 + 1.079 / registers)) * registers * registers) / sum;
  if (raw <= 2.5 * registers && zeros > 0) return Math.round(registers * Math.log(registers / zeros));
  const hashes = 2 ** 32;
  return Math.round(raw <= hashes / 30 ? raw : -hashes * Math.log(1 - raw / hashes));
}
