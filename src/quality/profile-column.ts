import type { Column, ColumnType, Int64Column, ListColumn } from '../chunk/column.js';
import { countMissing, isPresent } from '../chunk/validity.js';
import { type ColumnBins, onlyRegisters } from './column-bins.js';
import { absentColumn, type ColumnProfile } from './column-profile.js';
import { type CountMemory, sharedCountMemory } from './count-memory.js';
import { type CountHint, countNumbers, type NumericColumn } from './count-numbers.js';
import { countCodes, countTexts } from './count-texts.js';
import { hashText, noteHash, registers, sealDistinct } from './distinct.js';
import { heldMoments } from './number-profile.js';
import { binEnd, binStart, emptySketch, fullPrecision } from './sketch.js';
import { noTopValues, summariseEntries } from './top-values.js';

/** A column to profile; plain data. */
export interface ProfileField {
  readonly name: string;
  readonly type: ColumnType;
  /** Number of leading dictionary entries that are the contract's categories; null without categories. */
  readonly categories: number | null;
  /** No value of this column may appear: no texts, no extremes, bins no finer than an eighth of a value. */
  readonly redact: boolean;
}

/** A counted column: its profile, and its bins and registers, valid until the next column is counted. */
export interface CountedColumn {
  readonly light: ColumnProfile;
  readonly bins: ColumnBins;
}

/** Profiles the columns of one slice after another; between slices, keeps only hints that reduce the cost. */
export interface Profiler {
  /** Counts `column` as `name` in bins no finer than `finest`: 1 to 10 ns a row; does not change it. */
  count(name: string, column: Column, finest: number): CountedColumn;
  /** The whole profile of `column` under `name`. */
  profile(name: string, column: Column): ColumnProfile;
  /** Returns the profile of `rows` rows in which column `name` is absent from the input. */
  absent(name: string, rows: number): ColumnProfile;
}

/** Mantissa bits kept of withheld numbers. */
const redactedPrecision = 3;

/** Creates a profiler of these columns, which counts in `memory`; throws if asked for any other column. */
export function createProfiler(
  fields: readonly ProfileField[],
  memory: CountMemory = sharedCountMemory(),
): Profiler {
  const known = new Map(fields.map((field) => [field.name, { field, hint: null as CountHint | null }]));
  /** The settings of the column before, which often suit the next one in a wide table. */
  let likely: CountHint = { precision: fullPrecision, hashes: false };
  const find = (name: string) => {
    const entry = known.get(name);
    if (entry === undefined) throw new Error(`the profiler does not have column ${name}`);
    return entry;
  };
  const count: Profiler['count'] = (name, column, finest) => {
    const entry = find(name);
    const { field } = entry;
    const hint = entry.hint ?? { ...likely };
    const most = field.redact ? Math.min(finest, redactedPrecision) : finest;
    const counted = countColumn(memory, field, column, hint, most);
    if (entry.hint === null) likely = { ...hint };
    entry.hint = hint;
    return field.redact ? redacted(counted) : counted;
  };
  return {
    count,
    profile: (name, column) => wholeProfile(count(name, column, fullPrecision)),
    absent: (name, rows) => absentColumn(name, find(name).field.type, rows),
  };
}

/** The profile with its bins and registers. */
export function wholeProfile({ light, bins }: CountedColumn): ColumnProfile {
  const { numbers } = light;
  const { precision, keys, counts, registers: ranks } = bins;
  const sketch =
    keys.length === 0 ? emptySketch() : { precision, keys: Array.from(keys), counts: Array.from(counts) };
  return {
    ...light,
    distinct: ranks === null ? '' : sealDistinct(ranks),
    numbers: numbers === null ? null : { ...numbers, sketch },
  };
}

function countColumn(
  memory: CountMemory,
  field: ProfileField,
  column: Column,
  hint: CountHint,
  finest: number,
): CountedColumn {
  const missing = countMissing(column.validity, column.length);
  const { bins, ...part } = partOf(memory, field, column, missing, hint, finest);
  return { light: lightProfile(field.name, column.type, column.length, missing, part), bins };
}

/** Returns the profile of this many rows, without bins and registers; `missing` of the rows are missing. */
export function lightProfile(
  name: string,
  type: ColumnType,
  rows: number,
  missing: number,
  part: Partial<ColumnProfile>,
): ColumnProfile {
  // Written out: spreading one object after another costs as much as counting a thousand rows.
  return {
    name,
    type,
    rows,
    missing,
    absent: 0,
    unknown: part.unknown ?? 0,
    distinct: '',
    numbers: part.numbers ?? null,
    exact: part.exact ?? null,
    values: part.values ?? null,
    unknownValues: part.unknownValues ?? null,
    lengths: part.lengths ?? null,
    trues: part.trues ?? null,
  };
}

interface Part extends Partial<ColumnProfile> {
  readonly bins: ColumnBins;
}

/** Returns the profile of such a column without its rows. */
function partOf(
  memory: CountMemory,
  { categories }: ProfileField,
  column: Column,
  missing: number,
  hint: CountHint,
  finest: number,
): Part {
  switch (column.type) {
    case 'string': {
      if (column.layout === 'dictionary') {
        const perCode = countCodes(memory, column);
        return dictionaryPart(perCode, column.dictionary, categories, new Uint8Array(registers));
      }
      const { ranks, lengths } = countTexts(memory, column);
      return { lengths, bins: onlyRegisters(ranks) };
    }
    case 'boolean': {
      let trues = 0;
      for (let i = 0; i < column.length; i++) trues += column.values[i]!;
      return { trues, bins: onlyRegisters(null) };
    }
    case 'list<float32>':
      return profileLists(memory, column, hint, finest);
    default:
      return profileNumbers(memory, column, missing, hint, finest);
  }
}

function profileNumbers(
  memory: CountMemory,
  column: NumericColumn,
  missing: number,
  hint: CountHint,
  finest: number,
): Part {
  const { numbers, bins } = countNumbers(memory, column, missing, hint, finest);
  const { min, max } = numbers;
  const isExact = [min ?? 0, max ?? 0].every(Number.isSafeInteger);
  const isLong = column.type === 'int64' || column.type === 'timestamp';
  return { numbers, bins, exact: isLong && !isExact ? exactRange(column) : null };
}

function exactRange({ values, length, validity }: Int64Column) {
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * length);
  let least = -1;
  let greatest = -1;
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) continue;
    if (least < 0 || isLess(words, i, least)) least = i;
    if (greatest < 0 || isLess(words, greatest, i)) greatest = i;
  }
  return least < 0 ? null : { min: String(values[least]), max: String(values[greatest]) };
}

function isLess(words: Int32Array, a: number, b: number): boolean {
  const highA = words[2 * a + 1]!;
  const highB = words[2 * b + 1]!;
  return highA !== highB ? highA < highB : words[2 * a]! >>> 0 < words[2 * b]! >>> 0;
}

/** Returns the profile of texts counted by code, missing first; adds different ones to `ranks`. */
export function dictionaryPart(
  perCode: Int32Array,
  dictionary: readonly string[],
  categories: number | null,
  ranks: Uint8Array | null,
): Part {
  const tally: TextTally = { perCode, dictionary, ranks, rows: 0, points: 0, shortest: Infinity, longest: 0 };
  const known = categories ?? dictionary.length;
  tallyTexts(tally, 0, known);
  const knownRows = tally.rows;
  tallyTexts(tally, known, dictionary.length);
  const { rows, points, shortest, longest } = tally;
  const counts = perCode.subarray(1);
  const valuesFrom = (start: number) => summariseEntries(dictionary, counts, start, dictionary.length);
  return {
    bins: onlyRegisters(ranks),
    values: valuesFrom(0),
    unknown: rows - knownRows,
    unknownValues: categories === null ? null : rows === knownRows ? noTopValues : valuesFrom(known),
    lengths: rows === 0 ? null : { count: rows, min: shortest, max: longest, sum: points },
  };
}

/** The rows per code to go through, and the result: the rows of texts, and the lengths of these. */
interface TextTally {
  readonly perCode: Int32Array;
  readonly dictionary: readonly string[];
  readonly ranks: Uint8Array | null;
  rows: number;
  points: number;
  shortest: number;
  longest: number;
}

/** Adds the texts from code `start` to `end`, in blocks: a loop that is called often is compiled once. */
function tallyTexts(tally: TextTally, start: number, end: number): void {
  for (let code = start; code < end; code += blockTexts)
    tallyBlock(tally, code, Math.min(code + blockTexts, end));
}

const blockTexts = 64;

function tallyBlock(tally: TextTally, start: number, end: number): void {
  const { perCode, dictionary, ranks } = tally;
  for (let code = start; code < end; code++) {
    const count = perCode[code + 1]!;
    if (count === 0) continue;
    const value = dictionary[code]!;
    if (ranks !== null) noteHash(ranks, hashText(value));
    const length = codePoints(value);
    tally.rows += count;
    tally.points += length * count;
    if (length < tally.shortest) tally.shortest = length;
    if (length > tally.longest) tally.longest = length;
  }
}

function codePoints(text: string): number {
  let points = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) points--;
  return points;
}

/** Profiles items per vector, and the vectors' Euclidean lengths as numbers. */
function profileLists(memory: CountMemory, column: ListColumn, hint: CountHint, finest: number): Part {
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
    ...profileNumbers(memory, asNumbers, column.length - count, hint, finest),
    lengths: count === 0 ? null : { count, min, max, sum },
  };
}

/**
 * The profile without anything that shows single values, counted in wide bins: its moments are those of the
 * bins too, since the sum of one value is that value.
 */
function redacted({ light, bins }: CountedColumn): CountedColumn {
  const { numbers } = light;
  const withheld = { ...light, exact: null, values: null, unknownValues: null };
  if (numbers === null) return { light: withheld, bins };
  return { light: { ...withheld, numbers: { ...numbers, min: null, max: null, ...momentsOf(bins) } }, bins };
}

/** Computes sum and squares as if every value were at the centre of its bin. */
function momentsOf({ precision, keys, counts }: ColumnBins): ReturnType<typeof heldMoments> {
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
