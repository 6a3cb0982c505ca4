import { GREATEST, IS_WHOLE, LEAST, LOW_BITS, RESULT, SQUARES, SUM } from '../count-layout.js';
import type { CountMemory } from './count-memory.js';

/** See `CountLoops.measure`. */
export function measure({ words, floats, numbers, numberWords }: CountMemory, rows: number): void {
  let low = 0;
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  let isWhole = true;
  for (let row = 0; row < rows; row++) {
    const value = numbers[row]!;
    low |= numberWords[2 * row]!;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
    if (!Number.isInteger(value)) isWhole = false;
  }
  const sum = inLanes(numbers, rows, (value) => value);
  const mean = sum / rows;
  floats[RESULT / 8 + SUM] = sum;
  floats[RESULT / 8 + LEAST] = least;
  floats[RESULT / 8 + GREATEST] = greatest;
  floats[RESULT / 8 + SQUARES] = inLanes(numbers, rows, (value) => (value - mean) * (value - mean));
  words[RESULT / 4 + LOW_BITS] = low;
  words[RESULT / 4 + IS_WHOLE] = isWhole ? 1 : 0;
}

/** Sums in the order of the SIMD loops: four lanes, row by row in turn, then the remainder. */
function inLanes(numbers: Float64Array, rows: number, of: (value: number) => number): number {
  const lanes = [0, 0, 0, 0];
  const fours = rows & ~3;
  for (let row = 0; row < fours; row++) lanes[row & 3]! += of(numbers[row]!);
  let sum = lanes[0]! + lanes[1]! + (lanes[2]! + lanes[3]!);
  for (let row = fours; row < rows; row++) sum += of(numbers[row]!);
  return sum;
}
