import { blockRows } from '../../chunk/block-rows.js';
import type { CodedTexts } from '../../chunk/coded-texts.js';
import type { DictionaryColumn, StringListColumn, Validity } from '../../chunk/column.js';
import { countMissing } from '../../chunk/validity.js';
import { type ColumnPages, columnPages, presentLevels, statisticsOf, withLength } from './column-chunk.js';
import { presentValues } from './present-values.js';
import type { Thrift } from './read-footer.js';
import { bitsFor, oneRun, runLengths } from './run-lengths.js';

const byteArray = 6;
const rleDictionary = 8;

/**
 * Returns a column chunk of a dictionary page and one data page (parquet.thrift, Encodings.md): the used
 * texts in order of their first row, their codes as RLE/bit-packed runs, uncompressed. Costs about a tenth of
 * writing the texts out and hashing them again.
 */
export function codedChunk(column: DictionaryColumn | StringListColumn, rows: number): ColumnPages {
  const levels =
    column.type === 'string'
      ? levelsOfStrings(column.codes, column.validity, rows)
      : levelsOfLists(column, rows);
  const { dictionary } = column;
  return chunkOf(levels, dictionary.length, (code) => Buffer.from(dictionary[code]!));
}

/** Returns such a chunk of texts that are codes into a dictionary of bytes. */
export function codedTextsChunk(coded: CodedTexts, validity: Validity, rows: number): ColumnPages {
  const { entries, offsets, bytes } = coded;
  const text = (code: number) => Buffer.from(bytes.subarray(offsets[code]!, offsets[code + 1]!));
  return chunkOf(levelsOfStrings(coded.codes, validity, rows), entries, text);
}

type TextOf = (code: number) => Buffer;

function chunkOf({ codes, levels, count, missing }: Levels, entries: number, text: TextOf): ColumnPages {
  const { indices, texts } = usedTexts(codes, entries, text);
  const bitWidth = bitsFor(Math.max(0, texts.length - 1));
  const values =
    indices === null ? oneRun(0, codes.length, bitWidth) : runLengths(indices, indices.length, bitWidth);
  return columnPages({
    physical: byteArray,
    encoding: rleDictionary,
    dictionary: { body: dictionaryBody(texts), count: texts.length },
    data: [...levels, Uint8Array.of(bitWidth), values],
    count,
    statistics: statistics(texts, missing),
  });
}

interface Levels {
  /** Codes of the present values. */
  readonly codes: Int32Array;
  /** Repetition and definition levels, each preceded by its length. */
  readonly levels: readonly Uint8Array[];
  /** Number of levels. */
  readonly count: number;
  readonly missing: number;
}

/** Returns the levels of an optional string: 1 if present. */
function levelsOfStrings(codes: Int32Array, validity: Validity, rows: number): Levels {
  const levels = presentLevels(validity, rows);
  if (validity === null) return { codes: codes.subarray(0, rows), levels, count: rows, missing: 0 };
  const missing = countMissing(validity, rows);
  return { codes: presentValues(codes, validity, rows, missing), levels, count: rows, missing };
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

/** Renumbers codes by the used texts, in order of first use; the indices are null if all codes are equal. */
function usedTexts(codes: Int32Array, entries: number, text: TextOf) {
  if (isOneCode(codes)) return { indices: null, texts: [text(codes[0]!)] };
  const indexOfCode = new Int32Array(entries).fill(-1);
  const indices = new Int32Array(codes.length);
  const texts: Buffer[] = [];
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    let index = indexOfCode[code]!;
    if (index === -1) {
      index = indexOfCode[code] = texts.length;
      texts.push(text(code));
    }
    indices[i] = index;
  }
  return { indices, texts };
}

function isOneCode(codes: Int32Array): boolean {
  for (let i = 1; i < codes.length; i++) if (codes[i] !== codes[0]) return false;
  return codes.length > 0;
}

function dictionaryBody(texts: readonly Uint8Array[]): Uint8Array {
  const body = new Uint8Array(texts.reduce((sum, text) => sum + 4 + text.length, 0));
  const view = new DataView(body.buffer);
  let at = 0;
  for (const text of texts) {
    view.setUint32(at, text.length, true);
    body.set(text, at + 4);
    at += 4 + text.length;
  }
  return body;
}

function statistics(texts: readonly Buffer[], missing: number): Thrift {
  const [first, ...others] = texts;
  if (first === undefined) return statisticsOf(missing, null, null);
  const least = others.reduce((one, other) => (other.compare(one) < 0 ? other : one), first);
  const greatest = others.reduce((one, other) => (other.compare(one) > 0 ? other : one), first);
  return statisticsOf(missing, least, greatest);
}
