import { blockRows } from '../../chunk/block-rows.js';

/** Remembers a row's sum, and what its features contribute to it, by the ranks of the row. */
export interface RowMemo {
  /**
   * Finds `rows` rows by their ranks, columns of `stride` ranks one after another. Returns the places in the
   * block of the rows that it does not know, ascending, each once: `learn` takes what they contribute.
   * Forgets all rows if the block might have no room, or if the last ones were not learned.
   */
  find(ranks: Uint16Array, rows: number, stride: number): Uint32Array;
  /** Keeps the sums of the rows that `find` returned, and their contributions: `stride` for each feature. */
  learn(sums: Float64Array, contributions: Float64Array, stride: number): void;
  /** Writes the sums of the rows of the last `find` from row `first` on, and their contributions row by row. */
  write(sums: Float64Array, contributions: Float64Array, first: number): void;
}

/** Returns a memo of up to `rows` rows, which must be as many as a block has. */
export function rowMemo(rows: number, columns: number, features: number): RowMemo {
  const keys = new Uint16Array(rows * columns);
  const sumOf = new Float64Array(rows);
  const values = new Float64Array(rows * features);
  /** An open hash table: 1 + the number of a row, or 0. */
  const table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * rows)));
  const mask = table.length - 1;
  let count = 0;
  let learned = 0;
  let found = new Uint32Array(0);
  let fresh = new Uint32Array(0);
  let firstFresh = 0;
  let last = 0;

  const isSame = (row: number, ranks: Uint16Array, from: number, stride: number): boolean => {
    for (let i = row * columns, end = i + columns; i < end; i++, from += stride)
      if (keys[i] !== ranks[from]) return false;
    return true;
  };

  const findSome = (ranks: Uint16Array, start: number, end: number, stride: number): void => {
    for (let row = start; row < end; row++) {
      let hash = 0;
      for (let column = 0, from = row; column < columns; column++, from += stride)
        hash = Math.imul(hash ^ ranks[from]!, 0x9e3779b1) ^ (hash >>> 15);
      let slot = (hash ^ (hash >>> 16)) & mask;
      let known: number;
      while ((known = table[slot]! - 1) >= 0 && !isSame(known, ranks, row, stride)) slot = (slot + 1) & mask;
      if (known < 0) {
        known = count++;
        table[slot] = count;
        fresh[known - firstFresh] = row;
        for (let i = known * columns, from = row; i < count * columns; i++, from += stride)
          keys[i] = ranks[from]!;
      }
      found[row] = known;
    }
  };

  const learnSome = (
    sums: Float64Array,
    contributions: Float64Array,
    stride: number,
    start: number,
    end: number,
  ): void => {
    for (let row = start; row < end; row++) {
      sumOf[row] = sums[row - firstFresh]!;
      for (let i = row * features, from = row - firstFresh; i < (row + 1) * features; i++, from += stride)
        values[i] = contributions[from]!;
    }
  };

  const writeSome = (
    sums: Float64Array,
    contributions: Float64Array,
    first: number,
    start: number,
    end: number,
  ): void => {
    for (let row = start, at = (first + start) * features; row < end; row++, at += features) {
      const known = found[row]!;
      sums[first + row] = sumOf[known]!;
      for (let i = 0; i < features; i++) contributions[at + i] = values[known * features + i]!;
    }
  };

  return {
    find(ranks, block, stride) {
      if (learned < count || count + block > rows) {
        count = learned = 0;
        table.fill(0);
      }
      if (found.length < block) {
        found = new Uint32Array(block);
        fresh = new Uint32Array(block);
      }
      firstFresh = count;
      last = block;
      for (let row = 0; row < block; row += blockRows)
        findSome(ranks, row, Math.min(block, row + blockRows), stride);
      return fresh.subarray(0, count - firstFresh);
    },
    learn(sums, contributions, stride) {
      for (let row = firstFresh; row < count; row += blockRows)
        learnSome(sums, contributions, stride, row, Math.min(count, row + blockRows));
      learned = count;
    },
    write(sums, contributions, first) {
      for (let row = 0; row < last; row += blockRows)
        writeSome(sums, contributions, first, row, Math.min(last, row + blockRows));
    },
  };
}
