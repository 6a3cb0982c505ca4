import type { ArrowArray, Numbers, TextArray } from '../cast/arrow-array.js';
import type { ArrowType } from '../cast/arrow-type.js';
import { dataHeader, type Page } from './check-pages.js';
import { codecs, encodings, pageTypes } from './format-numbers.js';
import { type Dictionary, type Levels, levelsOf, lookUp, spread } from './page-codes.js';
import type { SchemaElement, Thrift } from './read-footer.js';
import type { SmallColumn } from './small-file.js';
import { uncompressSnappy } from './snappy.js';

/** Rows `[from, to)` of a window's pages. */
interface WindowRows {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads rows of a flat column from checked pages, as `parquet-wasm` would, without compression or with
 * Snappy: numbers of 32 or 64 bits, PLAIN or by a dictionary, and with `inCodes` texts by a dictionary, as
 * codes. The array is valid until the next call. Null for every other column, and for pages with anything
 * unusual, which are left to that library: its code takes 15 MB and a third of a second of processor time in
 * each worker.
 */
type ReadFlat = (
  bytes: Uint8Array,
  pages: readonly Page[],
  column: SmallColumn,
  type: ArrowType,
  rows: WindowRows,
  inCodes: boolean,
) => ArrowArray | null;

/** Creates a reader, which keeps its memory. */
export function flatPages(): ReadFlat {
  const memory = { values: new ArrayBuffer(0), bits: new Uint8Array(0) };
  const dictionaryBody = bodyReader();
  const dataBody = bodyReader();
  // The codes of texts are their places in the dictionary.
  let places = sequence(256);

  function dictionaryOf(bytes: Uint8Array, page: Page, codec: number, width: number): Dictionary | null {
    const { header } = page;
    const head = header.field_7 as Thrift | undefined;
    const [entries, encoding] = [Number(head?.field_1), Number(head?.field_2)];
    if (encoding !== encodings.plain && encoding !== encodings.plainDictionary) return null;
    const body = dictionaryBody(bytes, page.start, page.end, Number(header.field_2), codec);
    if (body === null || !(body.length >= entries * width)) return null;
    const { buffer, byteOffset } = body.byteOffset % 4 === 0 ? body : body.slice();
    return { words: new Int32Array(buffer, byteOffset, (entries * width) >> 2), entries };
  }

  return (bytes, pages, { elements, chunk }, type, { from, to }, inCodes) => {
    const [element, ...more] = elements;
    const isText = inCodes && type.kind === 'text' && element!.physical === 'BYTE_ARRAY';
    const make = isText ? Int32Array : arrayOf(element!, type);
    if (make === null || more.length > 0 || to === from) return null;
    const { codec } = chunk;
    if (codec !== codecs.none && (codec !== codecs.snappy || chunk.alwaysCompressed)) return null;
    const width = make.BYTES_PER_ELEMENT;
    const rows = to - from;
    if (memory.values.byteLength < rows * width) memory.values = new ArrayBuffer(rows * width);
    const bitBytes = (rows + 7) >> 3;
    if (memory.bits.length < bitBytes) memory.bits = new Uint8Array(bitBytes);
    const target = new Uint8Array(memory.values, 0, rows * width);
    const isOptional = element!.repetition === 'optional';
    let dictionary: Dictionary | null = null;
    let texts: TextArray | null = null;
    let missing = 0;
    let first = 0;
    for (const page of pages) {
      if (page.header.field_1 === pageTypes.dictionary) {
        dictionary = dictionaryOf(bytes, page, codec, width);
        if (dictionary === null) return null;
        if (!isText) continue;
        texts = textsOf(dictionary, Number(page.header.field_2), type);
        if (texts === null) return null;
        const { entries } = dictionary;
        if (places.length < entries) places = sequence(2 * entries);
        dictionary = { words: places, entries };
        continue;
      }
      const data = dataPage(bytes, page, codec, isOptional, dataBody, from - first, to - first);
      if (data === null || (isText && !data.isCoded)) return null;
      const start = Math.max(0, from - first);
      const end = Math.min(data.count, to - first);
      if (start < end) {
        const levels = levelsOf(data, start, end);
        if (levels === null) return null;
        const at = first + start - from;
        const values = target.subarray(at * width, (at + levels.present) * width);
        if (!readValues(data, dictionary, levels, values, width)) return null;
        if (levels.present < end - start) {
          if (missing === 0) memory.bits.fill(255, 0, bitBytes);
          missing += end - start - levels.present;
          spread(
            levels,
            new Int32Array(memory.values, 0, (rows * width) >> 2),
            memory.bits,
            at,
            end - start,
            width,
          );
        }
      }
      first += data.count;
      if (first >= to) break;
    }
    if (first < to) return null;
    const validity = missing === 0 ? null : memory.bits.subarray(0, bitBytes);
    const common = { type, length: rows, validity, validityStart: 0 };
    if (!isText) return { store: 'numbers', ...common, values: new make(memory.values, 0, rows) };
    if (texts === null) return null;
    return { store: 'codes', ...common, codes: new Int32Array(memory.values, 0, rows), dictionary: texts };
  };
}

type NumbersOf = { new (buffer: ArrayBuffer, at: number, length: number): Numbers } & {
  readonly BYTES_PER_ELEMENT: number;
};

function arrayOf({ physical, repetition }: SchemaElement, type: ArrowType): NumbersOf | null {
  if (repetition === 'repeated' || type.kind === 'null' || type.kind === 'other') return null;
  const isUnsigned = type.kind === 'int' && !type.signed;
  if (physical === 'FLOAT') return Float32Array;
  if (physical === 'DOUBLE') return Float64Array;
  if (physical === 'INT32') return isUnsigned ? Uint32Array : Int32Array;
  if (physical === 'INT64') return isUnsigned ? BigUint64Array : BigInt64Array;
  return null;
}

/** Bytes of a text's length, which stands before it. */
const textHead = 4;

/** Returns the texts of a dictionary page of `size` bytes; null if they end early. */
function textsOf({ words, entries }: Dictionary, size: number, type: ArrowType): TextArray | null {
  const body = new Uint8Array(words.buffer, words.byteOffset, size);
  const view = new DataView(words.buffer, words.byteOffset, size);
  const offsets = new Int32Array(entries + 1);
  const bytes = new Uint8Array(size - entries * textHead);
  let at = 0;
  for (let entry = 0; entry < entries; entry++) {
    if (at + textHead > size) return null;
    const start = at + textHead;
    at = start + view.getUint32(at, true);
    if (at > size) return null;
    const to = offsets[entry]!;
    bytes.set(body.subarray(start, at), to);
    offsets[entry + 1] = to + at - start;
  }
  return { store: 'text', type, length: entries, validity: null, validityStart: 0, offsets, bytes };
}

function sequence(length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => i);
}

type ReadBody = (
  bytes: Uint8Array,
  start: number,
  end: number,
  size: number,
  codec: number,
) => Uint8Array | null;

/** Returns a function that decompresses a body to `size` bytes, reusing memory; null for another size. */
function bodyReader(): ReadBody {
  let room = new Uint8Array(0);
  return (bytes, start, end, size, codec) => {
    const stored = bytes.subarray(start, end);
    if (codec === codecs.none) return stored.length === size ? stored : null;
    if (room.length < size) room = new Uint8Array(size);
    return uncompressSnappy(stored, room, size) === size ? room.subarray(0, size) : null;
  };
}

/** A data page: its body, with definition levels `[levels, values)` if any, and values from `values` on. */
interface DataPage {
  readonly count: number;
  readonly body: Uint8Array;
  readonly levelBytes: Uint8Array | null;
  readonly levelStart: number;
  readonly levelEnd: number;
  readonly values: number;
  readonly isCoded: boolean;
}

/** Returns a data page of a flat column; without a body if no row of `[from, to)` is in it. */
function dataPage(
  bytes: Uint8Array,
  { header, start, end }: Page,
  codec: number,
  isOptional: boolean,
  readBody: ReadBody,
  from: number,
  to: number,
): DataPage | null {
  const isSecond = header.field_1 === pageTypes.dataV2;
  const data = dataHeader(header);
  const count = Number(data?.field_1);
  if (data === null || !(count >= 0)) return null;
  const encoding = Number(isSecond ? data.field_4 : data.field_2);
  const isCoded = encoding === encodings.rleDictionary || encoding === encodings.plainDictionary;
  if (!isCoded && encoding !== encodings.plain) return null;
  const common = { count, isCoded };
  if (from >= count || to <= 0) {
    return { ...common, body: bytes, levelBytes: null, levelStart: 0, levelEnd: 0, values: 0 };
  }
  const size = Number(header.field_2);
  if (isSecond) {
    const levels = Number(data.field_5 ?? 0);
    if (!(levels >= 0) || Number(data.field_6 ?? 0) !== 0 || Number(data.field_3) !== count) return null;
    const stored = data.field_7 === false ? codecs.none : codec;
    const body = readBody(bytes, start + levels, end, size - levels, stored);
    const levelBytes = isOptional ? bytes : null;
    return body === null
      ? null
      : { ...common, body, levelBytes, levelStart: start, levelEnd: start + levels, values: 0 };
  }
  const body = readBody(bytes, start, end, size, codec);
  if (body === null) return null;
  if (!isOptional) return { ...common, body, levelBytes: null, levelStart: 0, levelEnd: 0, values: 0 };
  if (Number(data.field_3) !== encodings.rle || body.length < 4) return null;
  const levels = new DataView(body.buffer, body.byteOffset).getUint32(0, true);
  const values = 4 + levels;
  if (values > body.length) return null;
  return { ...common, body, levelBytes: body, levelStart: 4, levelEnd: values, values };
}

/** Copies the rows' values into `target` without gaps; returns false if the page does not hold them. */
function readValues(
  { body, values, isCoded }: DataPage,
  dictionary: Dictionary | null,
  { before, present }: Levels,
  target: Uint8Array,
  width: number,
): boolean {
  if (present === 0) return true;
  if (!isCoded) {
    const from = values + before * width;
    if (from + present * width > body.length) return false;
    target.set(body.subarray(from, from + present * width));
    return true;
  }
  if (dictionary === null) return false;
  const words = new Int32Array(target.buffer, target.byteOffset, target.length >> 2);
  return lookUp(body, values, { before, present }, dictionary, words);
}
