import { blockRows } from '../../chunk/block-rows.js';
import type { CodedTexts } from '../../chunk/coded-texts.js';
import type { DictionaryColumn, StringListColumn, Validity } from '../../chunk/column.js';
import { gather } from '../../chunk/select-rows.js';
import { countMissing } from '../../chunk/validity.js';
import {
  type ColumnPages,
  columnPages,
  type PresentLevels,
  presentLevels,
  statisticsOf,
  withLength,
} from './column-chunk.js';
import type { Thrift } from './read-footer.js';
import { bitsFor, oneRun, runLengths } from './run-lengths.js';

const byteArray = 6;
const rleDictionary = 8;

/**
 * Returns a column chunk of a dictionary page and one data page (parquet.thrift, Encodings.md): the used
 * texts in order of their first row, their codes as RLE/bit-packed runs, uncompressed. Costs about a tenth of
 * writing the texts out and hashing them again.
 */
export function codedChunk(
  column: DictionaryColumn | StringListColumn,
  rows: number,
  levelsOf = presentLevels(rows),
): ColumnPages {
  const levels =
    column.type === 'string'
      ? levelsOfStrings(column.codes, column.validity, rows, levelsOf)
      : levelsOfLists(column, rows);
  const { dictionary } = column;
  return chunkOf(levels, dictionary.length, (used) => bytesOfStrings(dictionary, used));
}

/** Returns such a chunk of texts that are codes into a dictionary of bytes. */
export function codedTextsChunk(
  coded: CodedTexts,
  validity: Validity,
  rows: number,
  levelsOf: PresentLevels,
): ColumnPages {
  const { entries, offsets, bytes } = coded;
  return chunkOf(levelsOfStrings(coded.codes, validity, rows, levelsOf), entries, (used) => ({
    bytes,
    starts: gather(offsets, new Int32Array(used.length), used),
    ends: gather(offsets.subarray(1), new Int32Array(used.length), used),
  }));
}

/** The bytes of used texts: text i is `bytes[starts[i], ends[i])`. */
interface UsedTexts {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

function bytesOfStrings(dictionary: readonly string[], used: Int32Array): UsedTexts {
  const starts = new Int32Array(used.length);
  const ends = new Int32Array(used.length);
  let most = 0;
  for (const code of used) most += 3 * dictionary[code]!.length;
  const bytes = Buffer.allocUnsafe(most);
  let at = 0;
  for (let i = 0; i < used.length; i++) {
    starts[i] = at;
    at += bytes.write(dictionary[used[i]!]!, at);
    ends[i] = at;
  }
  return { bytes, starts, ends };
}

function chunkOf(
  { codes, levels, count, missing }: Levels,
  entries: number,
  textsOf: (used: Int32Array) => UsedTexts,
): ColumnPages {
  const present = count - missing;
  const { indices, used } = renumber(codes, entries, present);
  const texts = textsOf(used);
  const bitWidth = bitsFor(Math.max(0, used.length - 1));
  const values = indices === null ? oneRun(0, present, bitWidth) : runLengths(indices, present, bitWidth);
  return columnPages({
    physical: byteArray,
    encoding: rleDictionary,
    dictionary: { body: dictionaryBody(texts), count: used.length },
    data: [...levels, Uint8Array.of(bitWidth), values],
    count,
    statistics: statistics(texts, missing),
  });
}

interface Levels {
  /** Codes of the values; -1: missing. */
  readonly codes: Int32Array;
  /** Repetition and definition levels, each preceded by its length. */
  readonly levels: readonly Uint8Array[];
  /** Number of levels. */
  readonly count: number;
  readonly missing: number;
}

/** Returns the levels of an optional string: 1 if present. */
function levelsOfStrings(
  codes: Int32Array,
  validity: Validity,
  rows: number,
  levelsOf: PresentLevels,
): Levels {
  const missing = countMissing(validity, rows);
  return { codes: codes.subarray(0, rows), levels: levelsOf(validity), count: rows, missing };
}

/** Returns a list's levels: 1 if it is empty, 3 for an item; an item after the row's first repeats. */
function levelsOfLists({ offsets, codes }: StringListColumn, rows: number): Levels {
  const start = offsets[0]!;
  const items = codes.subarray(start, offsets[rows]!);
  if (items.length === 0) {
    const levels = [...withLength(oneRun(0, rows, 1)), ...withLength(oneRun(1, rows, 2))];
    return { codes: items, levels, count: rows, missing: rows };
  }
  const repetition = new Uint8Array(rows + items.length);
  const definition = new Uint8Array(rows + items.length).fill(1);
  let count = 0;
  for (let row = 0; row < rows; row += blockRows)
    count = addLists(offsets, row, Math.min(rows, row + blockRows), repetition, definition, count);
  return {
    codes: items,
    levels: [
      ...withLength(runLengths(repetition, count, 1)),
      ...withLength(runLengths(definition, count, 2)),
    ],
    count,
    missing: count - items.length,
  };
}

/** Adds the levels of the lists of rows `[row, end)` to others; returns how many there are. */
function addLists(
  offsets: Int32Array,
  row: number,
  end: number,
  repetition: Uint8Array,
  definition: Uint8Array,
  count: number,
): number {
  let to = count;
  for (let i = row, from = offsets[row]!; i < end; i++) {
    const next = offsets[i + 1]!;
    if (next === from) to++;
    for (let item = 0; from < next; from++, item = 1, to++) {
      repetition[to] = item;
      definition[to] = 3;
    }
  }
  return to;
}

/** Renumbers codes by the used ones, in order of first use; the indices are null if all codes are equal. */
function renumber(codes: Int32Array, entries: number, present: number) {
  const first = present === 0 ? -1 : codes.findIndex((code) => code >= 0);
  if (first >= 0 && isOneCode(codes, first)) return { indices: null, used: codes.slice(first, first + 1) };
  const seen: UsedCodes = {
    indexOf: new Int32Array(entries).fill(-1),
    used: new Int32Array(entries),
    size: 0,
    indices: new Int32Array(present),
    count: 0,
  };
  for (let start = 0; start < codes.length; start += blockRows)
    indexCodes(seen, codes, start, Math.min(start + blockRows, codes.length));
  if (seen.count !== present) throw new Error(`${seen.count} codes of ${present} texts`);
  return { indices: seen.indices, used: seen.used.subarray(0, seen.size) };
}

/** The index of each code (-1: not used yet), the codes by their indices, and the indices of values so far. */
interface UsedCodes {
  readonly indexOf: Int32Array;
  readonly used: Int32Array;
  size: number;
  readonly indices: Int32Array;
  count: number;
}

function indexCodes(seen: UsedCodes, codes: Int32Array, start: number, end: number): void {
  const { indexOf, used, indices } = seen;
  let { count } = seen;
  for (let i = start; i < end; i++) {
    const code = codes[i]!;
    if (code < 0) continue;
    let index = indexOf[code]!;
    if (index === -1) {
      index = seen.size++;
      indexOf[code] = index;
      used[index] = code;
    }
    indices[count++] = index;
  }
  seen.count = count;
}

function isOneCode(codes: Int32Array, first: number): boolean {
  const only = codes[first]!;
  for (let i = first + 1; i < codes.length; i++) if (codes[i] !== only && codes[i]! >= 0) return false;
  return true;
}

function dictionaryBody(texts: UsedTexts): Uint8Array {
  const { starts, ends } = texts;
  let size = 0;
  for (let i = 0; i < starts.length; i++) size += 4 + ends[i]! - starts[i]!;
  const body = new Uint8Array(size);
  let at = 0;
  for (let start = 0; start < starts.length; start += blockRows)
    at = writeTexts(texts, start, Math.min(start + blockRows, starts.length), body, at);
  return body;
}

/** Writes some texts, each after its length; returns where they end. */
function writeTexts(
  { bytes, starts, ends }: UsedTexts,
  start: number,
  end: number,
  body: Uint8Array,
  at: number,
): number {
  for (let i = start; i < end; i++) {
    const length = ends[i]! - starts[i]!;
    for (let shift = 0; shift < 32; shift += 8) body[at++] = length >> shift;
    for (let from = starts[i]!; from < ends[i]!; from++) body[at++] = bytes[from]!;
  }
  return at;
}

function statistics(texts: UsedTexts, missing: number): Thrift {
  const { bytes, starts, ends } = texts;
  if (starts.length === 0) return statisticsOf(missing, null, null);
  const bounds: Bounds = { least: 0, greatest: 0 };
  for (let start = 1; start < starts.length; start += blockRows)
    widen(bounds, texts, start, Math.min(start + blockRows, starts.length));
  const textOf = (i: number) => bytes.subarray(starts[i]!, ends[i]!);
  return statisticsOf(missing, textOf(bounds.least), textOf(bounds.greatest));
}

/** The indices of the least and the greatest text. */
interface Bounds {
  least: number;
  greatest: number;
}

function widen(bounds: Bounds, texts: UsedTexts, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    if (isBefore(texts, i, bounds.least)) bounds.least = i;
    if (isBefore(texts, bounds.greatest, i)) bounds.greatest = i;
  }
}

/** Returns true if the bytes of one text are less than those of another. */
function isBefore({ bytes, starts, ends }: UsedTexts, one: number, other: number): boolean {
  let a = starts[one]!;
  let b = starts[other]!;
  while (a < ends[one]! && b < ends[other]! && bytes[a] === bytes[b]) {
    a++;
    b++;
  }
  return b < ends[other]! && (a === ends[one]! || bytes[a]! < bytes[b]!);
}
