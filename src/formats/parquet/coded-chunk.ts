import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';
import type { DictionaryColumn, StringListColumn } from '../../chunk/column.js';
import type { Thrift } from './read-footer.js';
import { bitsFor, runLengths } from './run-lengths.js';

/** Columns that are places in a dictionary already: they are written as such, without a look at their rows' texts. */
export type CodedColumn = DictionaryColumn | StringListColumn;

/** The pages of one column chunk, and what its row group says of it with places that count from the first page. */
export interface CodedChunk {
  readonly pages: readonly Uint8Array[];
  readonly bytes: number;
  metadata(start: number, name: string): Thrift;
}

const rleDictionary = 8;

/**
 * A column chunk of a dictionary page and one data page (parquet.thrift, Encodings.md): the texts in use in order of their first row, their places as
 * RLE/bit-packed runs, uncompressed. Costs about a tenth of writing the texts out and having them hashed again.
 */
export function codedChunk(column: CodedColumn, rows: number): CodedChunk {
  const { codes, levels, count, missing } =
    column.type === 'string' ? levelsOfStrings(column, rows) : levelsOfLists(column, rows);
  const { places, texts } = usedTexts(codes, column.dictionary);
  const bitWidth = bitsFor(Math.max(0, texts.length - 1));
  const values = runLengths(places, places.length, bitWidth);
  const dictionary = dictionaryPage(texts);
  const data = dataPage([...levels, Uint8Array.of(bitWidth), values], count);
  const pages = [...dictionary, ...data];
  const dictionaryBytes = total(dictionary);
  const bytes = dictionaryBytes + total(data);
  return {
    pages,
    bytes,
    metadata: (start, name) => ({
      field_1: 6,
      field_2: [0, 3, rleDictionary],
      field_3: [name],
      field_4: 0,
      field_5: BigInt(count),
      field_6: BigInt(bytes),
      field_7: BigInt(bytes),
      field_9: BigInt(start + dictionaryBytes),
      field_11: BigInt(start),
      field_12: statistics(texts, missing),
    }),
  };
}

interface Levels {
  /** Codes of the values that are there. */
  readonly codes: Int32Array;
  /** Repetition and definition levels, each after its length. */
  readonly levels: readonly Uint8Array[];
  /** How many levels there are. */
  readonly count: number;
  readonly missing: number;
}

/** An optional string: level 1 where it is there. */
function levelsOfStrings({ codes, validity }: DictionaryColumn, rows: number): Levels {
  if (validity === null) {
    const levels = withLength(runLengths(new Uint8Array(rows).fill(1), rows, 1));
    return { codes: codes.subarray(0, rows), levels, count: rows, missing: 0 };
  }
  const present = new Uint8Array(rows);
  const there = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const code = codes[row]!;
    if (code < 0) continue;
    present[row] = 1;
    there[count++] = code;
  }
  return {
    codes: there.subarray(0, count),
    levels: withLength(runLengths(present, rows, 1)),
    count: rows,
    missing: rows - count,
  };
}

/** A list in three levels: 1 where it is empty, 3 for an item; an item after the first of its row repeats. */
function levelsOfLists({ offsets, codes }: StringListColumn, rows: number): Levels {
  const start = offsets[0]!;
  const items = codes.subarray(start, offsets[rows]!);
  const repetition = new Uint8Array(rows + items.length);
  const definition = new Uint8Array(rows + items.length);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const length = offsets[row + 1]! - offsets[row]!;
    definition[count] = length === 0 ? 1 : 3;
    count++;
    for (let item = 1; item < length; item++, count++) {
      repetition[count] = 1;
      definition[count] = 3;
    }
  }
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

/** Codes as places among the texts in use, which stand in order of their first code. */
function usedTexts(codes: Int32Array, dictionary: readonly string[]) {
  const placeOf = new Int32Array(dictionary.length).fill(-1);
  const places = new Int32Array(codes.length);
  const texts: Buffer[] = [];
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    let place = placeOf[code]!;
    if (place === -1) {
      place = placeOf[code] = texts.length;
      texts.push(Buffer.from(dictionary[code]!));
    }
    places[i] = place;
  }
  return { places, texts };
}

function dictionaryPage(texts: readonly Uint8Array[]): Uint8Array[] {
  const body = new Uint8Array(texts.reduce((sum, text) => sum + 4 + text.length, 0));
  const view = new DataView(body.buffer);
  let at = 0;
  for (const text of texts) {
    view.setUint32(at, text.length, true);
    body.set(text, at + 4);
    at += 4 + text.length;
  }
  return [pageHeader(2, body.length, { field_7: { field_1: texts.length, field_2: 0 } }), body];
}

function dataPage(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  const page = { field_1: count, field_2: rleDictionary, field_3: 3, field_4: 3 };
  return [pageHeader(0, total(parts), { field_5: page }), ...parts];
}

function pageHeader(type: number, bytes: number, page: Thrift): Uint8Array {
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, { field_1: type, field_2: bytes, field_3: bytes, ...page });
  return writer.getBytes();
}

function statistics(texts: readonly Buffer[], missing: number): Thrift {
  const [first, ...others] = texts;
  if (first === undefined) return { field_3: BigInt(missing) };
  const least = others.reduce((one, other) => (other.compare(one) < 0 ? other : one), first);
  const greatest = others.reduce((one, other) => (other.compare(one) > 0 ? other : one), first);
  return { field_3: BigInt(missing), field_5: greatest, field_6: least, field_7: true, field_8: true };
}

function withLength(levels: Uint8Array): [Uint8Array, Uint8Array] {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, levels.length, true);
  return [length, levels];
}

function total(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
