import { markMissing } from '../../chunk/validity.js';

/** Where a page has its definition levels of one bit: `[levelStart, levelEnd)`; no bytes: all are present. */
interface LevelBytes {
  readonly levelBytes: Uint8Array | null;
  readonly levelStart: number;
  readonly levelEnd: number;
}

/** The requested rows of a page: how many values precede them, how many they have, and in which rows. */
export interface Levels {
  readonly before: number;
  readonly present: number;
  /** A byte for each of the rows; null: all are present. */
  readonly marks: Uint8Array | null;
}

/** A run of Parquet's RLE/bit-packing hybrid (Encodings.md): its values begin at `at`. */
interface Run {
  isPacked: boolean;
  length: number;
  at: number;
}

const run: Run = { isPacked: false, length: 0, at: 0 };

/** Reads the head of a run into `run`; false if there is none. */
function readRun(bytes: Uint8Array, start: number, end: number): boolean {
  let head = 0;
  let at = start;
  for (let scale = 1; ; scale *= 128) {
    if (at >= end || scale > 2 ** 28) return false;
    const byte = bytes[at++]!;
    head += (byte & 127) * scale;
    if (byte < 128) break;
  }
  run.isPacked = head % 2 === 1;
  run.length = Math.floor(head / 2) * (run.isPacked ? 8 : 1);
  run.at = at;
  return run.length > 0;
}

/** A byte for each row, of the last page that was looked at. */
let marks = new Uint8Array(0);

/** Reads definition levels of one bit; null if they end early. */
export function levelsOf(page: LevelBytes, start: number, end: number): Levels | null {
  const { levelBytes: bytes, levelStart, levelEnd } = page;
  const all = { before: start, present: end - start, marks: null };
  if (bytes === null) return all;
  if (marks.length < end) marks = new Uint8Array(end);
  const isWhole = readBits(bytes, levelStart, levelEnd, end, marks);
  if (isWhole === null) return null;
  if (isWhole) return all;
  let before = 0;
  for (let i = 0; i < start; i++) before += marks[i]!;
  let present = 0;
  for (let i = start; i < end; i++) present += marks[i]!;
  return { before, present, marks: marks.subarray(start, end) };
}

/**
 * Writes the first `count` values of one bit, in runs or packed, as bytes. Returns true if runs of ones hold all
 * of them, null if they end early or are larger.
 */
export function readBits(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
  values: Uint8Array,
): boolean | null {
  let areOnes = true;
  for (let row = 0, at = start; row < count; ) {
    if (!readRun(bytes, at, end)) return null;
    const to = Math.min(count, row + run.length);
    at = run.at;
    if (run.isPacked) {
      if (at + ((to - row + 7) >> 3) > end) return null;
      for (let i = 0; i < to - row; i++) values[row + i] = (bytes[at + (i >> 3)]! >> (i & 7)) & 1;
      areOnes = false;
      at += run.length >> 3;
    } else {
      if (at >= end || bytes[at]! > 1) return null;
      values.fill(bytes[at]!, row, to);
      areOnes &&= bytes[at] === 1;
      at++;
    }
    row = to;
  }
  return areOnes;
}

/** Moves the values of `rows` rows from `at` on to their rows, and marks rows without one, which hold 0. */
export function spread(
  { present, marks: there }: Levels,
  words: Int32Array,
  bits: Uint8Array,
  at: number,
  rows: number,
  width: number,
): void {
  const each = width >> 2;
  // Where as many values as rows are left, all of them are in their places.
  for (let row = rows - 1, value = present - 1; row > value; row--) {
    const isThere = there![row] === 1;
    const from = (at + value) * each;
    const to = (at + row) * each;
    for (let word = 0; word < each; word++) words[to + word] = isThere ? words[from + word]! : 0;
    if (isThere) value--;
    else markMissing(bits, at + row);
  }
}
