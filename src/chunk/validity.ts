import type { Validity } from './column.js';

/** Returns a bitmap for `rows` rows with every bit set: all present. */
export function allPresent(rows: number): Uint8Array {
  return new Uint8Array((rows + 7) >> 3).fill(0xff);
}

/** Returns true if row `row` is present. */
export function isPresent(validity: Validity, row: number): boolean {
  return validity === null || (validity[row >> 3]! & (1 << (row & 7))) !== 0;
}

/** Marks row `row` as missing. */
export function markMissing(validity: Uint8Array, row: number): void {
  validity[row >> 3]! &= ~(1 << (row & 7));
}

/** Marks row `row` as present. */
export function markPresent(validity: Uint8Array, row: number): void {
  validity[row >> 3]! |= 1 << (row & 7);
}

/** Counts the missing rows among the first `rows`; reads `rows / 8` bytes. */
export function countMissing(validity: Validity, rows: number): number {
  if (validity === null) return 0;
  let present = 0;
  const whole = rows >> 3;
  for (let i = 0; i < whole; i++) present += ones[validity[i]!]!;
  const rest = rows & 7;
  if (rest > 0) present += ones[validity[whole]! & ((1 << rest) - 1)]!;
  return rows - present;
}

const ones = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let bits = byte; bits !== 0; bits &= bits - 1) count++;
  return count;
});
