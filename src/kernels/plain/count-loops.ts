import { mixBits } from '../../text/mix-bits.js';
import {
  BANK_BYTES,
  INFINITE,
  INPUT,
  LONGEST,
  NONE,
  NUMBERS,
  RESULT,
  SHORTEST,
  SMALL,
  SMALL_SIZE,
  SMALLEST,
  SUM,
  TEXTS,
} from '../count-layout.js';
import type { CountLoops } from '../count-loops.js';
import { openCountBins } from './count-bins.js';
import { cellLoops } from './count-cells.js';
import { type CountMemory, isMissing, openCountMemory } from './count-memory.js';
import { measure } from './measure.js';
import { textHash } from './text-hash.js';

/** Returns the counting loops in plain TypeScript over the same layout: three to six times as slow. */
export function plainCountLoops(): CountLoops {
  const memory = openCountMemory();
  const { bytes, words, floats, inputs } = memory;
  const bins = openCountBins(memory);
  const toSmall = (value: number) => countSmall(memory, value);
  const toNumbers = () => true;
  return {
    kind: 'plain',
    buffer: memory.buffer,
    clearSmall(slots) {
      for (const bank of [SMALL, SMALL + BANK_BYTES]) bytes.fill(0, bank, bank + 4 * slots);
    },
    smallFloats32: (rows) => walk(memory, inputs.floats32, rows, false, toSmall),
    smallFloats64: (rows) => walk(memory, inputs.floats64, rows, false, toSmall),
    smallInts32: (rows, mayMiss) => walk(memory, inputs.ints32, rows, mayMiss, toSmall),
    smallInts64: (rows, mayMiss) => walk(memory, inputs.ints64, rows, mayMiss, toSmall),
    codes(rows) {
      for (let row = 0; row < rows; row++) count(memory, inputs.ints32[row]! + 1);
    },
    gatherSmall() {
      let found = 0;
      for (let slot = 0; slot < SMALL_SIZE; slot++) {
        const times = words[SMALL / 4 + slot]!;
        if (times === 0) continue;
        words[INPUT / 4 + found] = slot + SMALLEST;
        words[NUMBERS / 4 + found] = times;
        found++;
      }
      return found;
    },

    floats32: (rows) => walk(memory, inputs.floats32, rows, false, toNumbers),
    floats64: (rows) => walk(memory, inputs.floats64, rows, false, toNumbers),
    ints32: (rows, mayMiss) => walk(memory, inputs.ints32, rows, mayMiss, toNumbers),
    ints64: (rows, mayMiss) => walk(memory, inputs.ints64, rows, mayMiss, toNumbers),
    measure: (rows) => measure(memory, rows),

    ...bins.loops,
    ...cellLoops(memory, bins),

    texts(rows, mayMiss) {
      const slot = RESULT / 4;
      const first = words[NUMBERS / 4]!;
      for (let row = 0; row < rows; row++) {
        if (isMissing(memory, row, mayMiss)) continue;
        const start = INPUT + words[NUMBERS / 4 + row]! - first;
        const text = bytes.subarray(start, INPUT + words[NUMBERS / 4 + row + 1]! - first);
        const length = text.filter((byte) => (byte & 0xc0) !== 0x80).length;
        bins.note(mixBits(textHash(text, 0, text.length)));
        words[slot + TEXTS]!++;
        words[slot + SHORTEST] = Math.min(words[slot + SHORTEST]!, length);
        words[slot + LONGEST] = Math.max(words[slot + LONGEST]!, length);
        floats[RESULT / 8 + SUM]! += length;
      }
    },
  };
}

/**
 * Counts a block's NaN, missing and infinite values; writes numbers that `isRest` does not count to NUMBERS,
 * returns how many.
 */
function walk(
  memory: CountMemory,
  values: ArrayLike<number | bigint>,
  rows: number,
  mayMiss: boolean,
  isRest: (value: number) => boolean,
): number {
  let rest = 0;
  for (let row = 0; row < rows; row++) {
    const value = Number(values[row]);
    if (isMissing(memory, row, mayMiss) || Number.isNaN(value)) count(memory, NONE);
    else if (!Number.isFinite(value)) count(memory, INFINITE);
    else if (isRest(value)) memory.numbers[rest++] = value + 0;
  }
  return rest;
}

/** Counts a small whole number and returns false; returns true for any other. */
function countSmall(memory: CountMemory, value: number): boolean {
  const slot = value - SMALLEST;
  if (!Number.isInteger(value) || slot < 0 || slot >= SMALL_SIZE) return true;
  count(memory, slot);
  return false;
}

function count({ words }: CountMemory, slot: number): void {
  words[SMALL / 4 + slot]!++;
}
