import { forEachDense } from './count-dense.js';
import { type DistinctSketch, mixBits, noteHash, registers, sealDistinct } from './distinct.js';
import { heldMoments, type NumberProfile } from './number-profile.js';
import { binKey, coarserKey, fullPrecision, maxBins } from './sketch.js';

/** Numbers that are counted at a time: two passes over a block stay in the first-level cache. */
export const blockRows = 1024;

/** Where a block's finite numbers are put before `countBlock`; never -0. */
export const block = new Float64Array(blockRows);
const blockWords = new Int32Array(block.buffer);

/** What the last slice of a column taught: where to begin in the next, so that bins are seldom merged. Never changes a result, only its cost. */
export interface CountHint {
  precision: number;
  hashes: boolean;
}

// Scratch of this thread, one column at a time: bins as (key, count) pairs in an open-addressing table, empty where the count is 0.
const slotBits = 12;
const slotMask = (1 << slotBits) - 1;
const table = new Int32Array(2 << slotBits);
const usedKeys = new Int32Array(maxBins + 1);
const usedCounts = new Int32Array(maxBins + 1);
const ranks = new Uint8Array(registers);

let used = 0;
let precision = fullPrecision;
let collapsed = false;
let lowBits = 0;
let hashes = false;
let count = 0;
let min = 0;
let max = 0;
let sum = 0;
let carry = 0;
let squares = 0;
let whole = true;

/** Forgets the column before. */
export function beginCounting(hint: CountHint): void {
  clearTable();
  ranks.fill(0);
  precision = hint.precision;
  hashes = hint.hashes;
  collapsed = false;
  lowBits = 0;
  count = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  sum = 0;
  carry = 0;
  squares = 0;
  whole = true;
}

/** Counts the first `rows` numbers of `block`, all finite; 5 to 10 ns each, nothing allocated. */
export function countBlock(rows: number): void {
  if (rows === 0) return;
  const total = measureBlock(block, blockWords, rows);
  addMoments(rows, total, squaresAbout(block, rows, total / rows));
  if (whole) whole = allWhole(block, rows);
  for (let done = 0; done < rows; ) {
    done = countBins(blockWords, done, rows, table, fullPrecision - precision);
    if (used > maxBins) collapse();
  }
  if (hashes) hashBlock(blockWords, rows, ranks);
}

// The hot loops take their arrays as arguments: the compiler then keeps them in registers.
function measureBlock(numbers: Float64Array, words: Int32Array, rows: number): number {
  let total = 0;
  let bits = 0;
  let low = min;
  let high = max;
  for (let i = 0; i < rows; i++) {
    const value = numbers[i]!;
    total += value;
    bits |= words[2 * i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  min = low;
  max = high;
  lowBits |= bits;
  return total;
}

function squaresAbout(numbers: Float64Array, rows: number, center: number): number {
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const apart = numbers[i]! - center;
    total += apart * apart;
  }
  return total;
}

function allWhole(numbers: Float64Array, rows: number): boolean {
  for (let i = 0; i < rows; i++) if (Math.floor(numbers[i]!) !== numbers[i]) return false;
  return true;
}

// Chan, Golub, LeVeque 1979, block by block; the sum with Knuth's two-sum.
function addMoments(rows: number, blockSum: number, blockSquares: number): void {
  const total = count + rows;
  if (count > 0) {
    const apart = blockSum / rows - (sum + carry) / count;
    squares += apart * apart * ((count / total) * rows);
  }
  squares += blockSquares;
  const next = sum + blockSum;
  const part = next - sum;
  carry += sum - (next - part) + (blockSum - part);
  sum = next;
  count = total;
}

/** Adds what was counted value by value since `beginDense`, as if each value had been in a block: exact sums, a few microseconds. */
export function addDense(): void {
  let values = 0;
  let total = 0;
  let least = 0;
  let greatest = 0;
  forEachDense((value, times) => {
    if (values === 0) least = value;
    greatest = value;
    values += times;
    total += value * times;
    addToBin(binKey(value, precision), times);
    if (used > maxBins) collapse();
    if (hashes) noteHash(ranks, hashValue(value));
  });
  if (values === 0) return;
  min = Math.min(min, least);
  max = Math.max(max, greatest);
  const center = total / values;
  let apart = 0;
  forEachDense(
    (value, times) => {
      apart += times * (value - center) * (value - center);
    },
    least,
    greatest,
  );
  addMoments(values, total, apart);
}

// Counts rows from `first` on; gives the row at which there were too many bins, or `rows`.
function countBins(words: Int32Array, first: number, rows: number, bins: Int32Array, shift: number): number {
  for (let i = first; i < rows; i++) {
    // The same as binKey, without a branch on the sign.
    const high = words[2 * i + 1]!;
    const low = words[2 * i]!;
    const sign = high >> 31;
    const edge = ~(low | -low) >>> 31;
    const key = ((((high & 0x7fffffff) - (sign & edge)) >>> shift) ^ sign) - sign;
    let slot = Math.imul(key, 0x9e3779b1) >>> 20;
    while (bins[2 * slot + 1] !== 0 && bins[2 * slot] !== key) slot = (slot + 1) & 4095;
    if (bins[2 * slot + 1]!++ === 0 && addBin(slot, key)) return i + 1;
  }
  return rows;
}

function addBin(slot: number, key: number): boolean {
  table[2 * slot] = key;
  usedKeys[used++] = key;
  return used > maxBins;
}

function collapse(): void {
  collapsed = true;
  while (used > maxBins) {
    const bins = used;
    for (let i = 0; i < bins; i++) usedCounts[i] = countOf(usedKeys[i]!);
    const keys = usedKeys.slice(0, bins);
    clearTable();
    for (let i = 0; i < bins; i++) addToBin(coarserKey(keys[i]!, 1), usedCounts[i]!);
    precision--;
  }
}

function countOf(key: number): number {
  let slot = Math.imul(key, 0x9e3779b1) >>> (32 - slotBits);
  while (table[2 * slot] !== key || table[2 * slot + 1] === 0) slot = (slot + 1) & slotMask;
  return table[2 * slot + 1]!;
}

function addToBin(key: number, values: number): void {
  let slot = Math.imul(key, 0x9e3779b1) >>> (32 - slotBits);
  while (table[2 * slot + 1] !== 0 && table[2 * slot] !== key) slot = (slot + 1) & slotMask;
  if (table[2 * slot + 1] === 0) usedKeys[used++] = key;
  table[2 * slot] = key;
  table[2 * slot + 1]! += values;
}

function clearTable(): void {
  table.fill(0);
  used = 0;
}

function hashBlock(words: Int32Array, rows: number, into: Uint8Array): void {
  for (let i = 0; i < rows; i++) {
    let h = words[2 * i + 1]! ^ Math.imul(words[2 * i]!, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    const slot = h >>> 21;
    const rank = Math.clz32((h << 11) | 1024) + 1;
    if (into[slot]! < rank) into[slot] = rank;
  }
}

const one = new Float64Array(1);
const oneWords = new Int32Array(one.buffer);

function hashValue(value: number): number {
  one[0] = value + 0;
  return hashWords(oneWords[1]!, oneWords[0]!);
}

function hashWords(high: number, low: number): number {
  return mixBits(high ^ Math.imul(low, 0x9e3779b1));
}

/** Whether the counts stand: false when the hint began too coarse, or when hashes were needed after all; `hint` is then right for a second pass. */
export function countsStand(hint: CountHint): boolean {
  const exactKeys = precision === fullPrecision && lowBits === 0;
  const tooCoarse = hint.precision < fullPrecision && !collapsed;
  if (tooCoarse) {
    hint.precision = fullPrecision;
    return false;
  }
  if (!exactKeys && !hashes) {
    hint.hashes = true;
    hint.precision = Math.min(fullPrecision, precision + 2);
    return false;
  }
  hint.precision = collapsed ? Math.min(fullPrecision, precision + 2) : fullPrecision;
  hint.hashes = !exactKeys;
  return true;
}

/** What was counted since `beginCounting`, as plain data. */
export function takeNumbers(nan: number, infinite: number): NumberProfile {
  const keys = usedKeys.slice(0, used).sort();
  const sortedKeys = new Array<number>(used);
  const counts = new Array<number>(used);
  for (let i = 0; i < used; i++) {
    sortedKeys[i] = keys[i]!;
    counts[i] = countOf(keys[i]!);
  }
  return {
    count,
    nan,
    infinite,
    whole,
    min: count === 0 ? null : min + 0,
    max: count === 0 ? null : max + 0,
    ...heldMoments(sum, carry, squares),
    sketch: { precision: used === 0 ? fullPrecision : precision, keys: sortedKeys, counts },
  };
}

/** The different values among what was counted; where the keys hold all of their bits, from the keys. */
export function takeDistinct(): DistinctSketch {
  if (!hashes) {
    for (let i = 0; i < used; i++) {
      const key = usedKeys[i]!;
      noteHash(ranks, hashWords(key >= 0 ? key : (1 - key) | 0x80000000, 0));
    }
  }
  return sealDistinct(ranks);
}
