import type {
  Column,
  ColumnType,
  DictionaryColumn,
  ListColumn,
  TextColumn,
  Validity,
} from '../chunk/column.js';
import { countMissing, isPresent } from '../chunk/validity.js';
import { absentColumn, type ColumnProfile, type LengthProfile } from './column-profile.js';
import {
  beginDense,
  countFloats,
  countInts,
  countLongs,
  denseSpecials,
  isMostlyDense,
  takeDense,
} from './count-dense.js';
import {
  addDense,
  beginCounting,
  block,
  blockRows,
  type CountHint,
  countBlock,
  countsStand,
  takeDistinct,
  takeNumbers,
} from './count-numbers.js';
import { hashText, mixBits, noteHash, registers, sealDistinct } from './distinct.js';
import { heldMoments } from './number-profile.js';
import { binEnd, binStart, coarsen, fullPrecision, type Sketch } from './sketch.js';
import { noTopValues, summariseCounts } from './top-values.js';

/** A column to be profiled; plain data. */
export interface ProfileField {
  readonly name: string;
  readonly type: ColumnType;
  /** How many of the first entries of the column's dictionary are the contract's categories; null where it has none. */
  readonly categories: number | null;
  /** No value of this column may appear: no texts, no extremes, bins no finer than an eighth of a value. */
  readonly redact: boolean;
}

/** Profiles the columns of one slice after another; keeps between slices only what makes the next one cheaper. */
export interface Profiler {
  /** The profile of `column` under `name`; costs 1 to 10 ns per row and reads the column only. */
  profile(name: string, column: Column): ColumnProfile;
  /** The profile of `rows` rows in which column `name` is absent from the input. */
  absent(name: string, rows: number): ColumnProfile;
}

/** Mantissa bits that are left of withheld numbers. */
const redactedPrecision = 3;

/** A profiler of these columns; throws for a name that is not among them. */
export function createProfiler(fields: readonly ProfileField[]): Profiler {
  const known = new Map(
    fields.map((field) => [
      field.name,
      { field, hint: { precision: fullPrecision, hashes: false } satisfies CountHint },
    ]),
  );
  const find = (name: string) => {
    const entry = known.get(name);
    if (entry === undefined) throw new Error(`column ${name} was not named to the profiler`);
    return entry;
  };
  return {
    profile(name, column) {
      const { field, hint } = find(name);
      const profile = profileColumn(field, column, hint);
      return field.redact ? redacted(profile) : profile;
    },
    absent: (name, rows) => absentColumn(name, find(name).field.type, rows),
  };
}

function profileColumn(field: ProfileField, column: Column, hint: CountHint): ColumnProfile {
  const blank = {
    ...absentColumn(field.name, column.type, column.length),
    absent: 0,
    missing: countMissing(column.validity, column.length),
  };
  switch (column.type) {
    case 'string':
      return column.layout === 'dictionary'
        ? { ...blank, ...profileDictionary(column, field.categories) }
        : { ...blank, ...profileText(column) };
    case 'boolean': {
      let trues = 0;
      for (let i = 0; i < column.length; i++) trues += column.values[i]!;
      return { ...blank, trues };
    }
    case 'list<float32>':
      return { ...blank, ...profileLists(column, hint) };
    default:
      return { ...blank, ...profileNumbers(column, blank.missing, hint) };
  }
}

type NumericColumn = Exclude<Column, { readonly type: 'string' | 'boolean' | 'list<float32>' }>;

function profileNumbers(column: NumericColumn, missing: number, hint: CountHint): Partial<ColumnProfile> {
  const words = wordsOf(column);
  const dense = isMostlyDense(column.length, valueReader(column, words));
  if (dense && countsAllDense(column, words)) {
    const all = takeDense();
    const { nan, infinite } = denseSpecials();
    if (all !== null) {
      const numbers = { ...all.numbers, nan: Math.max(0, nan - missing), infinite };
      return { numbers, distinct: all.distinct, exact: null };
    }
  }
  let specials = { nan: 0, infinite: 0 };
  do {
    beginCounting(hint);
    specials = dense ? countDenseColumn(column, words) : countColumn(column, words);
  } while (!countsStand(hint));
  const numbers = takeNumbers(Math.max(0, specials.nan - missing), specials.infinite);
  const isExact = [numbers.min ?? 0, numbers.max ?? 0].every(Number.isSafeInteger);
  const exact = words === null || isExact ? null : exactRange(column, words);
  return { numbers, distinct: takeDistinct(), exact };
}

/** The 32-bit words of a column of 64-bit whole numbers, low before high; null of other columns. */
function wordsOf(column: NumericColumn): Int32Array | null {
  if (column.type !== 'int64' && column.type !== 'timestamp') return null;
  return new Int32Array(column.values.buffer, column.values.byteOffset, 2 * column.length);
}

function valueReader(column: NumericColumn, words: Int32Array | null): (row: number) => number {
  if (words !== null) return (row) => words[2 * row + 1]! * 4294967296 + (words[2 * row]! >>> 0);
  return (row) => column.values[row] as number;
}

interface Specials {
  nan: number;
  infinite: number;
}

/** Counts small whole numbers each by itself, as long as there is nothing else but what is not finite; tells whether there was not. */
function countsAllDense(column: NumericColumn, words: Int32Array | null): boolean {
  beginDense();
  for (let start = 0; start < column.length; start += blockRows) {
    if (countDenseRows(column, words, start) > 0) return false;
  }
  return true;
}

/** Counts small whole numbers each by itself and the others as `countColumn` does. */
function countDenseColumn(column: NumericColumn, words: Int32Array | null): Specials {
  beginDense();
  for (let start = 0; start < column.length; start += blockRows)
    countBlock(countDenseRows(column, words, start));
  addDense();
  return denseSpecials();
}

/** The rows from `start` on that make a block; gives how many of them are left in it. */
function countDenseRows(column: NumericColumn, words: Int32Array | null, start: number): number {
  const { length, validity } = column;
  const end = Math.min(length, start + blockRows);
  if (words !== null) return countLongs(words, validity, start, end, block);
  if (column.type === 'float32' || column.type === 'float64')
    return countFloats(column.values, start, end, block);
  return countInts(column.values as Int32Array, validity, start, end, block);
}

/** Counts every present finite number; gives how many were NaN (the missing ones, which hold NaN, included) or infinite. */
function countColumn(column: NumericColumn, words: Int32Array | null): Specials {
  const { length, validity } = column;
  const specials = { nan: 0, infinite: 0 };
  for (let start = 0; start < length; start += blockRows) {
    const end = Math.min(length, start + blockRows);
    if (column.type === 'float32' || column.type === 'float64') {
      const filled = fillFloats(block, column.values, start, end);
      if (filled < end - start) noteSpecials(specials, column.values, start, end);
      countBlock(filled);
    } else if (words !== null) countBlock(fillLongs(block, words, validity, start, end));
    else countBlock(fillInts(block, column.values as Int32Array, validity, start, end));
  }
  return specials;
}

function fillFloats(
  into: Float64Array,
  values: Float32Array | Float64Array,
  start: number,
  end: number,
): number {
  let filled = 0;
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    into[filled] = value + 0;
    if (value - value === 0) filled++;
  }
  return filled;
}

function noteSpecials(
  specials: { nan: number; infinite: number },
  values: Float32Array | Float64Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    if (Number.isNaN(values[i])) specials.nan++;
    else if (!Number.isFinite(values[i])) specials.infinite++;
  }
}

function fillInts(
  into: Float64Array,
  values: Int32Array,
  validity: Validity,
  start: number,
  end: number,
): number {
  let filled = 0;
  for (let i = start; i < end; i++) {
    into[filled] = values[i]!;
    if (validity === null || (validity[i >> 3]! & (1 << (i & 7))) !== 0) filled++;
  }
  return filled;
}

function fillLongs(
  into: Float64Array,
  words: Int32Array,
  validity: Validity,
  start: number,
  end: number,
): number {
  let filled = 0;
  for (let i = start; i < end; i++) {
    into[filled] = words[2 * i + 1]! * 4294967296 + (words[2 * i]! >>> 0);
    if (validity === null || (validity[i >> 3]! & (1 << (i & 7))) !== 0) filled++;
  }
  return filled;
}

function exactRange(column: NumericColumn, words: Int32Array) {
  let least = -1;
  let greatest = -1;
  for (let i = 0; i < column.length; i++) {
    if (!isPresent(column.validity, i)) continue;
    if (least < 0 || isLess(words, i, least)) least = i;
    if (greatest < 0 || isLess(words, greatest, i)) greatest = i;
  }
  return least < 0 ? null : { min: String(column.values[least]), max: String(column.values[greatest]) };
}

function isLess(words: Int32Array, a: number, b: number): boolean {
  const highA = words[2 * a + 1]!;
  const highB = words[2 * b + 1]!;
  return highA !== highB ? highA < highB : words[2 * a]! >>> 0 < words[2 * b]! >>> 0;
}

function profileDictionary(column: DictionaryColumn, categories: number | null): Partial<ColumnProfile> {
  const { codes, dictionary } = column;
  const perCode = new Int32Array(dictionary.length + 1);
  countCodes(perCode, codes);
  const ranks = new Uint8Array(registers);
  const values: string[] = [];
  const counts: number[] = [];
  const known = categories ?? dictionary.length;
  let knownValues = 0;
  let unknown = 0;
  let lengths: LengthProfile | null = null;
  for (let code = 0; code < dictionary.length; code++) {
    const count = perCode[code + 1]!;
    if (count === 0) continue;
    const value = dictionary[code]!;
    noteHash(ranks, hashText(value));
    values.push(value);
    counts.push(count);
    if (code < known) knownValues = values.length;
    else unknown += count;
    lengths = withLength(lengths, codePoints(value), count);
  }
  return {
    distinct: sealDistinct(ranks),
    values: summariseCounts(values, counts),
    unknown,
    unknownValues:
      categories === null
        ? null
        : unknown === 0
          ? noTopValues
          : summariseCounts(values.slice(knownValues), counts.slice(knownValues)),
    lengths,
  };
}

function countCodes(perCode: Int32Array, codes: Int32Array): void {
  for (let i = 0; i < codes.length; i++) perCode[codes[i]! + 1]!++;
}

function codePoints(text: string): number {
  let points = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) points--;
  return points;
}

function withLength(lengths: LengthProfile | null, length: number, count: number): LengthProfile {
  if (lengths === null) return { count, min: length, max: length, sum: length * count };
  return {
    count: lengths.count + count,
    min: Math.min(lengths.min, length),
    max: Math.max(lengths.max, length),
    sum: lengths.sum + length * count,
  };
}

/** Lengths and distinct values of text that is only carried through: one pass over its bytes. */
function profileText(column: TextColumn): Partial<ColumnProfile> {
  const { offsets, bytes, validity } = column;
  const ranks = new Uint8Array(registers);
  let count = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (let row = 0; row < column.length; row++) {
    if (!isPresent(validity, row)) continue;
    const end = offsets[row + 1]!;
    let at = offsets[row]!;
    let length = end - at;
    let hash = length;
    let bits = 0;
    for (; at + 4 <= end; at += 4) {
      const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      bits |= word;
      hash = Math.imul(hash ^ word, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    for (; at < end; at++) {
      bits |= bytes[at]!;
      hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    }
    if ((bits & 0x80808080) !== 0) length -= continuations(bytes, offsets[row]!, end);
    noteHash(ranks, mixBits(hash));
    count++;
    sum += length;
    if (length < min) min = length;
    if (length > max) max = length;
  }
  return { distinct: sealDistinct(ranks), lengths: count === 0 ? null : { count, min, max, sum } };
}

/** Bytes of UTF-8 that continue a character. */
function continuations(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if ((bytes[at]! & 0xc0) === 0x80) count++;
  return count;
}

/** Items per vector, and the vectors' Euclidean lengths as numbers. */
function profileLists(column: ListColumn, hint: CountHint): Partial<ColumnProfile> {
  const { offsets, items, validity } = column;
  const norms = new Float64Array(column.length).fill(Number.NaN);
  let count = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (let row = 0; row < column.length; row++) {
    if (!isPresent(validity, row)) continue;
    const start = offsets[row]!;
    const end = offsets[row + 1]!;
    let squares = 0;
    for (let at = start; at < end; at++) squares += items[at]! * items[at]!;
    norms[row] = Math.sqrt(squares);
    count++;
    sum += end - start;
    if (end - start < min) min = end - start;
    if (end - start > max) max = end - start;
  }
  const asNumbers = { type: 'float64', length: column.length, values: norms, validity: null } as const;
  return {
    ...profileNumbers(asNumbers, column.length - count, hint),
    lengths: count === 0 ? null : { count, min, max, sum },
  };
}

/** The profile without what shows single values: its moments too are those of its wide bins, since the sum of one value is that value. */
function redacted(profile: ColumnProfile): ColumnProfile {
  const { numbers } = profile;
  const withheld = { ...profile, exact: null, values: null, unknownValues: null };
  if (numbers === null) return withheld;
  const sketch = coarsen(numbers.sketch, redactedPrecision);
  return { ...withheld, numbers: { ...numbers, min: null, max: null, ...momentsOf(sketch), sketch } };
}

/** Sum and squares as if every value stood in the middle of its bin. */
function momentsOf({ precision, keys, counts }: Sketch): ReturnType<typeof heldMoments> {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (const [i, key] of keys.entries()) {
    const middle = binStart(key, precision) / 2 + binEnd(key, precision) / 2;
    const apart = middle - mean;
    count += counts[i]!;
    mean += (apart * counts[i]!) / count;
    squares += apart * (middle - mean) * counts[i]!;
  }
  return heldMoments(mean * count, 0, squares);
}
