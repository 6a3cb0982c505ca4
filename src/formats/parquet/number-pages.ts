import { markMissing } from '../../chunk/validity.js';
import type { ArrowArray, Numbers } from '../cast/arrow-array.js';
import type { ArrowType } from '../cast/arrow-type.js';
import { dataHeader, type Page } from './check-pages.js';
import { codecs, encodings, pageTypes } from './format-numbers.js';
import type { SchemaElement, Thrift } from './read-footer.js';
import type { SmallColumn } from './small-file.js';
import { uncompressSnappy } from './snappy.js';

/** Rows `[from, to)` of a window's pages. */
interface WindowRows {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads rows of a flat column of 32- or 64-bit numbers from checked pages, as `parquet-wasm` would: PLAIN or
 * by a dictionary, without compression or with Snappy. The array is valid until the next call. Null for every
 * other column, and for pages with anything unusual, which are left to that library: its code takes 15 MB and
 * a third of a second of processor time in each worker.
 */
type ReadNumbers = (
  bytes: Uint8Array,
  pages: readonly Page[],
  column: SmallColumn,
  type: ArrowType,
  rows: WindowRows,
) => ArrowArray | null;

/** Creates a reader, which keeps its memory. */
export function numberPages(): ReadNumbers {
  const memory = { values: new ArrayBuffer(0), bits: new Uint8Array(0) };
  const dictionaryBody = bodyReader();
  const dataBody = bodyReader();

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

  return (bytes, pages, { elements, chunk }, type, { from, to }) => {
    const [element, ...more] = elements;
    const make = arrayOf(element!, type);
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
    let missing = 0;
    let first = 0;
    for (const page of pages) {
      if (page.header.field_1 === pageTypes.dictionary) {
        dictionary = dictionaryOf(bytes, page, codec, width);
        if (dictionary === null) return null;
        continue;
      }
      const data = dataPage(bytes, page, codec, isOptional, dataBody, from - first, to - first);
      if (data === null) return null;
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
    const values = new make(memory.values, 0, rows);
    return { store: 'numbers', type, length: rows, validity, validityStart: 0, values };
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

/** The values of a dictionary page, as words of 32 bits. */
interface Dictionary {
  readonly words: Int32Array;
  readonly entries: number;
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

/** The requested rows of a page: how many values precede them, how many they have, and in which rows. */
interface Levels {
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
function levelsOf(page: DataPage, start: number, end: number): Levels | null {
  const { levelBytes: bytes, levelStart, levelEnd } = page;
  const all = { before: start, present: end - start, marks: null };
  if (bytes === null) return all;
  if (marks.length < end) marks = new Uint8Array(end);
  let isWhole = true;
  for (let row = 0, at = levelStart; row < end; ) {
    if (!readRun(bytes, at, levelEnd)) return null;
    const to = Math.min(end, row + run.length);
    at = run.at;
    if (run.isPacked) {
      if (at + ((to - row + 7) >> 3) > levelEnd) return null;
      for (let i = 0; i < to - row; i++) marks[row + i] = (bytes[at + (i >> 3)]! >> (i & 7)) & 1;
      isWhole = false;
      at += run.length >> 3;
    } else {
      if (at >= levelEnd || bytes[at]! > 1) return null;
      marks.fill(bytes[at]!, row, to);
      isWhole &&= bytes[at] === 1;
      at++;
    }
    row = to;
  }
  if (isWhole) return all;
  let before = 0;
  for (let i = 0; i < start; i++) before += marks[i]!;
  let present = 0;
  for (let i = start; i < end; i++) present += marks[i]!;
  return { before, present, marks: marks.subarray(start, end) };
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

/** Looks up codes `[before, before + present)` of a page, which begin at `start` with their bit width. */
function lookUp(
  bytes: Uint8Array,
  start: number,
  { before, present }: Pick<Levels, 'before' | 'present'>,
  dictionary: Dictionary,
  target: Int32Array,
): boolean {
  const bits = bytes[start];
  if (bits === undefined || bits > mostCodeBits) return false;
  const each = target.length / present;
  const last = before + present;
  for (let i = 0, at = start + 1; i < last; ) {
    if (!readRun(bytes, at, bytes.length)) return false;
    const { isPacked, length } = run;
    at = run.at;
    const stop = Math.min(last, i + length);
    const codeBytes = isPacked ? ((stop - i) * bits + 7) >> 3 : (bits + 7) >> 3;
    if (at + codeBytes > bytes.length) return false;
    const first = Math.max(i, before);
    if (first < stop) {
      const [from, to] = [first - before, stop - before];
      const isKnown = isPacked
        ? lookUpPacked(bytes, at, (first - i) * bits, bits, dictionary, target, from, to, each)
        : repeat(codeAt(bytes, at, bits), dictionary, target, from, to, each);
      if (!isKnown) return false;
    }
    at += isPacked ? (length >> 3) * bits : codeBytes;
    i += length;
  }
  return true;
}

/** Codes of more bits, after the rest of a byte, would not fit a word. */
const mostCodeBits = 24;

/** Returns the code of a run. */
function codeAt(bytes: Uint8Array, at: number, bits: number): number {
  let code = 0;
  for (let i = 0; 8 * i < bits; i++) code |= bytes[at + i]! << (8 * i);
  return code & (2 ** bits - 1);
}

/** Writes the value of a code, of `each` words, as values `[from, to)`; returns false for an unknown code. */
function repeat(
  code: number,
  { words, entries }: Dictionary,
  target: Int32Array,
  from: number,
  to: number,
  each: number,
): boolean {
  if (code >= entries) return false;
  if (each === 1) target.fill(words[code]!, from, to);
  else
    for (let n = from; n < to; n++) {
      target[2 * n] = words[2 * code]!;
      target[2 * n + 1] = words[2 * code + 1]!;
    }
  return true;
}

/** Looks up packed codes, the first at `bit` of the bytes from `at` on; returns false for an unknown code. */
function lookUpPacked(
  bytes: Uint8Array,
  at: number,
  bit: number,
  bits: number,
  { words, entries }: Dictionary,
  target: Int32Array,
  from: number,
  to: number,
  each: number,
): boolean {
  const mask = 2 ** bits - 1;
  let next = at + (bit >> 3);
  let word = 0;
  let have = -(bit & 7);
  for (let n = from; n < to; n++) {
    for (; have < bits; have += 8) {
      const byte = bytes[next++]!;
      word |= have < 0 ? byte >> -have : byte << have;
    }
    const code = word & mask;
    word >>>= bits;
    have -= bits;
    if (code >= entries) return false;
    if (each === 1) target[n] = words[code]!;
    else {
      target[2 * n] = words[2 * code]!;
      target[2 * n + 1] = words[2 * code + 1]!;
    }
  }
  return true;
}

/** Moves the values of `rows` rows from `at` on to their rows, and marks rows without one, which hold 0. */
function spread(
  { present, marks: there }: Levels,
  words: Int32Array,
  bits: Uint8Array,
  at: number,
  rows: number,
  width: number,
): void {
  const each = width >> 2;
  for (let row = rows - 1, value = present - 1; row >= 0; row--) {
    const isThere = there![row] === 1;
    for (let word = 0; word < each; word++)
      words[(at + row) * each + word] = isThere ? words[(at + value) * each + word]! : 0;
    if (isThere) value--;
    else markMissing(bits, at + row);
  }
}
