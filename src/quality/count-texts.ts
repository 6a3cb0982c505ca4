import { blockRows } from '../chunk/block-rows.js';
import { type CodedTexts, codedTextsOf } from '../chunk/coded-texts.js';
import type { DictionaryColumn, TextColumn } from '../chunk/column.js';
import { isPresent } from '../chunk/validity.js';
import {
  BANK_BYTES,
  BLOCK_BYTES,
  BLOCK_ROWS,
  INPUT,
  LONGEST,
  NUMBERS,
  RANKS,
  RESULT,
  SHORTEST,
  SMALL,
  SMALL_SIZE,
  SUM,
  TEXTS,
} from '../kernels/count-layout.js';
import { textHash } from '../kernels/plain/text-hash.js';
import { mixBits } from '../text/mix-bits.js';
import { type LengthProfile, mergeLengths } from './column-profile.js';
import type { CountMemory } from './count-memory.js';
import { noteHash, registers } from './distinct.js';

/** Counts each code of a column, -1 (missing) first: 1 ns a row for up to 16,383 different texts. */
export function countCodes(memory: CountMemory, { codes, dictionary }: DictionaryColumn): Int32Array {
  return countEach(memory, codes, dictionary.length);
}

function countEach(memory: CountMemory, codes: Int32Array, entries: number): Int32Array {
  const slots = entries + 1;
  const perCode = new Int32Array(slots);
  if (slots > SMALL_SIZE) {
    countInto(perCode, codes);
    return perCode;
  }
  const { loops, words } = memory;
  loops.clearSmall(slots);
  for (let start = 0; start < codes.length; start += BLOCK_ROWS) {
    const end = Math.min(codes.length, start + BLOCK_ROWS);
    memory.load(codes, start, end);
    loops.codes(end - start);
  }
  for (let i = 0; i < slots; i++) perCode[i] = words[SMALL / 4 + i]! + words[(SMALL + BANK_BYTES) / 4 + i]!;
  return perCode;
}

// The hot loop takes its arrays as arguments so that the compiler keeps them in registers.
function countInto(perCode: Int32Array, codes: Int32Array): void {
  for (let i = 0; i < codes.length; i++) perCode[codes[i]! + 1]!++;
}

/**
 * Lengths and registers (valid until the next column) of texts only carried through: one pass, 4 to 8 ns for
 * short ones, 1 ns for a row of coded ones.
 */
export function countTexts(
  memory: CountMemory,
  column: TextColumn,
): { readonly ranks: Uint8Array; readonly lengths: LengthProfile | null } {
  const { loops, bytes, words, floats } = memory;
  const ranks = bytes.subarray(RANKS, RANKS + registers);
  ranks.fill(0);
  const coded = codedTextsOf(column);
  if (coded !== null) return { ranks, lengths: countEntries(memory, ranks, coded) };
  const { offsets, validity } = column;
  const slot = RESULT / 4;
  words[slot + TEXTS] = 0;
  words[slot + SHORTEST] = 0x7fffffff;
  words[slot + LONGEST] = 0;
  floats[RESULT / 8 + SUM] = 0;
  let long: LengthProfile | null = null;
  for (let start = 0; start < column.length; ) {
    let end = Math.min(column.length, start + BLOCK_ROWS);
    // Validity is copied by the byte, so blocks begin at multiples of 8 rows.
    while (offsets[end]! - offsets[start]! > BLOCK_BYTES && end - start > 8)
      end = start + (((end - start) >> 4) << 3 || 8);
    if (offsets[end]! - offsets[start]! > BLOCK_BYTES) {
      long = mergeLengths(long, countLong(ranks, column, start, end));
    } else {
      memory.load(column.bytes, offsets[start]!, offsets[end]!, INPUT);
      memory.load(offsets, start, end + 1, NUMBERS);
      if (validity !== null) memory.loadBits(validity, start, end);
      loops.texts(end - start, validity !== null);
    }
    start = end;
  }
  const count = words[slot + TEXTS]!;
  const short =
    count === 0
      ? null
      : { count, min: words[slot + SHORTEST]!, max: words[slot + LONGEST]!, sum: floats[RESULT / 8 + SUM]! };
  return { ranks, lengths: mergeLengths(short, long) };
}

/** Counts the rows of each entry, so that each text is hashed once. */
function countEntries(memory: CountMemory, ranks: Uint8Array, coded: CodedTexts): LengthProfile | null {
  const rows = countEach(memory, coded.codes, coded.entries);
  const sum = noLengths();
  for (let start = 0; start < coded.entries; start += blockRows)
    noteEntries(sum, ranks, coded, rows, start, Math.min(start + blockRows, coded.entries));
  return sum.count === 0 ? null : sum;
}

function noteEntries(
  sum: LengthSum,
  ranks: Uint8Array,
  { offsets, bytes }: CodedTexts,
  rows: Int32Array,
  start: number,
  end: number,
): void {
  for (let entry = start; entry < end; entry++) {
    const count = rows[entry + 1]!;
    if (count > 0) noteText(sum, ranks, bytes, offsets[entry]!, offsets[entry + 1]!, count);
  }
}

type LengthSum = { -readonly [field in keyof LengthProfile]: LengthProfile[field] };

function noLengths(): LengthSum {
  return { count: 0, min: Number.POSITIVE_INFINITY, max: 0, sum: 0 };
}

/** Notes a text of `count` rows in the registers, and its length. */
function noteText(
  sum: LengthSum,
  ranks: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
): void {
  let length = end - start;
  for (let at = start; at < end; at++) if ((bytes[at]! & 0xc0) === 0x80) length--;
  noteHash(ranks, mixBits(textHash(bytes, start, end)));
  sum.count += count;
  sum.sum += count * length;
  if (length < sum.min) sum.min = length;
  if (length > sum.max) sum.max = length;
}

/** Does the work of the loops for texts too long to copy. */
function countLong(
  ranks: Uint8Array,
  { offsets, bytes, validity }: TextColumn,
  from: number,
  to: number,
): LengthProfile | null {
  const sum = noLengths();
  for (let row = from; row < to; row++)
    if (isPresent(validity, row)) noteText(sum, ranks, bytes, offsets[row]!, offsets[row + 1]!, 1);
  return sum.count === 0 ? null : sum;
}
