import {
  BANK_BYTES,
  CELL_BINS,
  CELL_BYTES,
  CELL_COUNT,
  CELL_COUNTS,
  CELL_FIGURES,
  CELL_FRACTIONS,
  CELL_GREATEST,
  CELL_LEAST,
  CELL_PRECISION,
  CELL_SQUARES,
  CELL_STARTS,
  CELL_SUM,
  CELLS,
  COUNTS,
  FIRST_BIN,
  FULL_PRECISION,
  GREATEST,
  INFINITE,
  INPUT,
  IS_WHOLE,
  KEYS,
  LEAST,
  LONGEST,
  LOW_BITS,
  MOST_BINS,
  NONE,
  NUMBERS,
  OTHER_COUNTS,
  OTHER_KEYS,
  PAGES,
  PRESENT,
  RANK_BITS,
  RANKS,
  RESULT,
  ROWS_BY_CELL,
  SHORTEST,
  SMALL,
  SMALL_SIZE,
  SMALLEST,
  SQUARES,
  SUM,
  SUMS,
  TEXTS,
} from '../count-layout.js';
import type { CountLoops } from '../count-loops.js';
import { textHash } from './text-hash.js';

/** Returns the counting loops in plain TypeScript, over a memory of the same layout: three to six times as slow. */
export function plainCountLoops(): CountLoops {
  const buffer = new ArrayBuffer(PAGES * 65_536);
  const bytes = new Uint8Array(buffer);
  const words = new Int32Array(buffer);
  const floats = new Float64Array(buffer);
  const inputs = {
    floats32: new Float32Array(buffer, INPUT),
    floats64: new Float64Array(buffer, INPUT),
    ints32: new Int32Array(buffer, INPUT),
    ints64: new BigInt64Array(buffer, INPUT),
  };
  const numbers = new Float64Array(buffer, NUMBERS, 8192);
  const numberWords = new Int32Array(buffer, NUMBERS);
  const rowsByCell = new Uint16Array(buffer, ROWS_BY_CELL, 8192);
  let bins = new Map<number, number>();
  let precision = FULL_PRECISION;

  const count = (slot: number) => {
    words[SMALL / 4 + slot]!++;
  };
  const isPresent = (row: number) => (bytes[PRESENT + (row >> 3)]! & (1 << (row & 7))) !== 0;
  const isMissing = (row: number, mayMiss: boolean) => mayMiss && !isPresent(row);

  /** Walks a block: passes each number to `take`, which returns true for one of the rest; counts what is not a number. */
  function walk(
    values: ArrayLike<number | bigint>,
    rows: number,
    mayMiss: boolean,
    isRest: (value: number) => boolean,
  ): number {
    let rest = 0;
    for (let row = 0; row < rows; row++) {
      const value = Number(values[row]);
      if (isMissing(row, mayMiss) || Number.isNaN(value)) count(NONE);
      else if (!Number.isFinite(value)) count(INFINITE);
      else if (isRest(value)) numbers[rest++] = value + 0;
    }
    return rest;
  }
  function countSmall(value: number): boolean {
    const slot = value - SMALLEST;
    if (!Number.isInteger(value) || slot < 0 || slot >= SMALL_SIZE) return true;
    count(slot);
    return false;
  }
  const all = () => true;

  function add(key: number, times: number): void {
    bins.set(key, (bins.get(key) ?? 0) + times);
    while (bins.size > MOST_BINS) {
      const finer = bins;
      bins = new Map();
      for (const [key, times] of finer) {
        const coarser = key >= 0 ? key >> 1 : 0 - (-key >> 1);
        bins.set(coarser, (bins.get(coarser) ?? 0) + times);
      }
      precision--;
    }
  }
  function note(hash: number): void {
    const at = RANKS + (hash >>> (32 - RANK_BITS));
    bytes[at] = Math.max(bytes[at]!, Math.clz32((hash << RANK_BITS) | (1 << (RANK_BITS - 1))) + 1);
  }

  let cellsCounted = 0;
  const figure = (cell: number, slot: number) => (CELL_FIGURES + cell * CELL_BYTES) / 8 + slot;

  function orderCells(rows: number, cells: number): void {
    let place = 0;
    for (let cell = 0; cell <= cells; cell++) {
      words[CELL_STARTS / 4 + cell] = place;
      for (let row = 0; row < rows; row++) if (bytes[CELLS + row] === cell) rowsByCell[place++] = row;
    }
    words[CELL_STARTS / 4 + cells + 1] = place;
  }
  function countCells(values: ArrayLike<number | bigint>, mayMiss: boolean): number {
    for (let cell = 0; cell < cellsCounted; cell++) {
      const counts = CELL_COUNTS / 4 + cell * CELL_BINS;
      let finite = 0;
      for (let at = words[CELL_STARTS / 4 + cell]!; at < words[CELL_STARTS / 4 + cell + 1]!; at++) {
        const row = rowsByCell[at]!;
        const value = isMissing(row, mayMiss) ? Number.NaN : Number(values[row]) + 0;
        if (Number.isFinite(value)) numbers[finite++] = value;
        else words[counts + (Number.isNaN(value) ? 0 : 1)]!++;
      }
      if (finite === 0) continue;
      measure(finite);
      addBlock(cell, finite);
      for (let i = 0; i < finite; i++) {
        const key = keyOf(numberWords[2 * i + 1]!, numberWords[2 * i]!, FULL_PRECISION - CELL_PRECISION);
        const bin = bins.get(key) ?? FIRST_BIN + bins.size;
        if (bin >= CELL_BINS) return 1;
        bins.set(key, bin);
        words[counts + bin]!++;
      }
    }
    return 0;
  }
  function addBlock(cell: number, rows: number): void {
    const slot = RESULT / 8;
    const before = floats[figure(cell, CELL_COUNT)]!;
    if (before > 0) {
      const apart = floats[slot + SUM]! / rows - floats[figure(cell, CELL_SUM)]! / before;
      floats[slot + SQUARES]! += apart * apart * ((before / (before + rows)) * rows);
    }
    const [least, greatest] = [figure(cell, CELL_LEAST), figure(cell, CELL_GREATEST)];
    floats[figure(cell, CELL_COUNT)] = before + rows;
    floats[figure(cell, CELL_SUM)]! += floats[slot + SUM]!;
    floats[figure(cell, CELL_SQUARES)]! += floats[slot + SQUARES]!;
    floats[least] = Math.min(floats[least]!, floats[slot + LEAST]!);
    floats[greatest] = Math.max(floats[greatest]!, floats[slot + GREATEST]!);
    if (words[RESULT / 4 + IS_WHOLE] === 0) floats[figure(cell, CELL_FRACTIONS)] = 1;
  }
  function measure(rows: number): void {
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

  function sortBins(): number {
    [...bins]
      .sort(([a], [b]) => a - b)
      .forEach(([key, times], i) => {
        words[KEYS / 4 + i] = key;
        words[COUNTS / 4 + i] = times;
      });
    return bins.size;
  }

  return {
    kind: 'plain',
    buffer,
    clearSmall(slots) {
      for (const bank of [SMALL, SMALL + BANK_BYTES]) bytes.fill(0, bank, bank + 4 * slots);
    },
    smallFloats32: (rows) => walk(inputs.floats32, rows, false, countSmall),
    smallFloats64: (rows) => walk(inputs.floats64, rows, false, countSmall),
    smallInts32: (rows, mayMiss) => walk(inputs.ints32, rows, mayMiss, countSmall),
    smallInts64: (rows, mayMiss) => walk(inputs.ints64, rows, mayMiss, countSmall),
    codes(rows) {
      for (let row = 0; row < rows; row++) count(inputs.ints32[row]! + 1);
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

    floats32: (rows) => walk(inputs.floats32, rows, false, all),
    floats64: (rows) => walk(inputs.floats64, rows, false, all),
    ints32: (rows, mayMiss) => walk(inputs.ints32, rows, mayMiss, all),
    ints64: (rows, mayMiss) => walk(inputs.ints64, rows, mayMiss, all),
    measure,

    beginBins(from) {
      bins = new Map();
      precision = from;
      bytes.fill(0, RANKS, RANKS + (1 << RANK_BITS));
    },
    bins(rows) {
      for (let row = 0; row < rows; row++) {
        add(keyOf(numberWords[2 * row + 1]!, numberWords[2 * row]!, FULL_PRECISION - precision), 1);
      }
    },
    smallBins(found) {
      const times = words.slice(NUMBERS / 4, NUMBERS / 4 + found);
      const one = new Float64Array(1);
      const [low, high] = [new Int32Array(one.buffer, 0, 1), new Int32Array(one.buffer, 4, 1)];
      for (let i = 0; i < found; i++) {
        one[0] = words[INPUT / 4 + i]!;
        add(keyOf(high[0]!, low[0]!, FULL_PRECISION - precision), times[i]!);
        note(hashOf(high[0]!, low[0]!));
      }
    },
    precisionLeft: () => precision,
    sortBins,
    hashes(rows) {
      for (let row = 0; row < rows; row++) note(hashOf(numberWords[2 * row + 1]!, numberWords[2 * row]!));
    },

    beginCells(cells) {
      cellsCounted = cells;
      this.beginBins(CELL_PRECISION);
      words.fill(0, CELL_COUNTS / 4, CELL_COUNTS / 4 + cells * CELL_BINS);
      floats.fill(0, figure(0, 0), figure(cells, 0));
      for (let cell = 0; cell < cells; cell++) {
        floats[figure(cell, CELL_LEAST)] = Number.POSITIVE_INFINITY;
        floats[figure(cell, CELL_GREATEST)] = Number.NEGATIVE_INFINITY;
      }
    },
    orderCells,
    cellFloats32: () => countCells(inputs.floats32, false),
    cellFloats64: () => countCells(inputs.floats64, false),
    cellInts32: (mayMiss) => countCells(inputs.ints32, mayMiss),
    cellInts64: (mayMiss) => countCells(inputs.ints64, mayMiss),
    beginSums() {
      words.fill(0, SUMS / 4, SUMS / 4 + CELL_BINS);
    },
    addCell(cell) {
      const counts = CELL_COUNTS / 4 + cell * CELL_BINS;
      for (let bin = 0; bin < FIRST_BIN + bins.size; bin++) words[SUMS / 4 + bin]! += words[counts + bin]!;
    },
    sortCellBins: sortBins,
    gatherSums(sorted) {
      let found = 0;
      for (let i = 0; i < sorted; i++) {
        const times = words[SUMS / 4 + words[COUNTS / 4 + i]!]!;
        if (times === 0) continue;
        words[OTHER_KEYS / 4 + found] = words[KEYS / 4 + i]!;
        words[OTHER_COUNTS / 4 + found++] = times;
      }
      return found;
    },

    texts(rows, mayMiss) {
      const slot = RESULT / 4;
      const first = words[NUMBERS / 4]!;
      for (let row = 0; row < rows; row++) {
        if (isMissing(row, mayMiss)) continue;
        const start = INPUT + words[NUMBERS / 4 + row]! - first;
        const text = bytes.subarray(start, INPUT + words[NUMBERS / 4 + row + 1]! - first);
        const length = text.filter((byte) => (byte & 0xc0) !== 0x80).length;
        note(mixed(textHash(text, 0, text.length)));
        words[slot + TEXTS]!++;
        words[slot + SHORTEST] = Math.min(words[slot + SHORTEST]!, length);
        words[slot + LONGEST] = Math.max(words[slot + LONGEST]!, length);
        floats[RESULT / 8 + SUM]! += length;
      }
    },
  };
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

/** Returns the key of a number by its words, like `binKey` in quality/sketch.ts. */
function keyOf(high: number, low: number, shift: number): number {
  if (high >= 0) return high >>> shift;
  return 0 - (((high & 0x7fffffff) - (low === 0 ? 1 : 0)) >>> shift);
}

function hashOf(high: number, low: number): number {
  return mixed(high ^ Math.imul(low, 0x9e3779b1));
}

function mixed(bits: number): number {
  let h = bits;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
