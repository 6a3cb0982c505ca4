import { gunzipSync } from 'node:zlib';
import { firstPageAddress, openPageLoops, type PageLoops, pageSlack } from '../../kernels/page-loops.js';
import type { ArrowArray, Numbers } from '../cast/arrow-array.js';
import type { ArrowType } from '../cast/arrow-type.js';
import { decompressZstd } from '../decompress-zstd.js';
import { dataHeader, type Page } from './check-pages.js';
import { codecs, encodings, pageTypes } from './format-numbers.js';
import { pageBooleans } from './page-booleans.js';
import { type Levels, levelsOf, spread } from './page-levels.js';
import { pageTexts, textMemory } from './page-texts.js';
import type { SchemaElement, Thrift } from './read-footer.js';
import type { SmallColumn } from './small-file.js';

/** Rows `[from, to)` of a window's pages. */
interface WindowRows {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads rows of a flat column from checked pages, as `parquet-wasm` would, without compression, with Snappy,
 * gzip or Zstandard: booleans, numbers of 32 or 64 bits and texts, PLAIN or by a dictionary, and numbers as
 * DELTA_BINARY_PACKED or BYTE_STREAM_SPLIT. Texts of PLAIN pages are texts, those of a dictionary, or of both
 * kinds, are codes. The array is valid until the next call. Null for every other column, and for pages with
 * anything unusual, which are left to that library: its code takes 15 MB and a third of a second of processor
 * time in each worker.
 */
type ReadFlat = (
  bytes: Uint8Array,
  pages: readonly Page[],
  column: SmallColumn,
  type: ArrowType,
  rows: WindowRows,
) => ArrowArray | null;

/** Creates a reader, which keeps its memory: that of the loops over pages. */
export function flatPages(): ReadFlat {
  const loops = openPageLoops();
  const memory = textMemory();
  let bits = new Uint8Array(0);

  function makeRoom(bytes: number): boolean {
    const missing = bytes - loops.memory.buffer.byteLength;
    try {
      if (missing > 0) loops.memory.grow(Math.ceil(missing / 2 ** 16));
      return true;
    } catch {
      return false;
    }
  }

  return (bytes, pages, { elements, chunk }, type, { from, to }) => {
    const [element, ...more] = elements;
    const isText = type.kind === 'text' && element!.physical === 'BYTE_ARRAY';
    const isBoolean = type.kind === 'bool' && element!.physical === 'BOOLEAN';
    const make = isText || isBoolean ? Int32Array : arrayOf(element!, type);
    if (make === null || more.length > 0 || to === from) return null;
    const { codec } = chunk;
    if (codec !== codecs.none && (!ownCodecs.has(codec) || chunk.alwaysCompressed)) return null;
    const width = make.BYTES_PER_ELEMENT;
    const rows = to - from;
    const places = placesOf(pages, rows * width, isText);
    if (!makeRoom(places.end)) return null;
    const bitBytes = (rows + 7) >> 3;
    if (bits.length < bitBytes) bits = new Uint8Array(bitBytes);
    const { buffer } = loops.memory;
    const readBody = bodyReader(loops, places.stored);
    const isOptional = element!.repetition === 'optional';
    let entries: number | null = null;
    const texts = isText ? pageTexts(type, memory, loops, places.stored) : null;
    const booleans = isBoolean ? pageBooleans(rows) : null;
    let dictionary: Page | null = null;
    let missing = 0;
    let first = 0;

    /** Reads the dictionary, which rows of PLAIN pages do not need; null if that is not possible. */
    function loadDictionary(): number | null {
      if (dictionary === null) return null;
      const entries = Number((dictionary.header.field_7 as Thrift | undefined)?.field_1);
      const body = dictionaryBody(bytes, dictionary, codec, readBody, places.dictionary);
      if (body === null || !(entries >= 0 && body.length >= entries * width)) return null;
      return texts === null || texts.addDictionary(body, entries) ? entries : null;
    }

    for (const page of pages) {
      if (page.header.field_1 === pageTypes.dictionary) {
        dictionary = page;
        continue;
      }
      const readData: ReadBody = (...stored) => readBody(...stored, places.data);
      const data = dataPage(bytes, page, codec, isOptional, readData, from - first, to - first);
      if (data === null) return null;
      const start = Math.max(0, from - first);
      const end = Math.min(data.count, to - first);
      if (start < end) {
        const levels = levelsOf(data, start, end);
        if (levels === null) return null;
        const { before, present } = levels;
        const isCoded = codedEncodings.has(data.encoding);
        const at = first + start - from;
        const target = places.values + at * width;
        if (booleans !== null) {
          const add = data.encoding === encodings.rle ? booleans.addRuns : booleans.addPlain;
          if (!booleanEncodings.has(data.encoding) || !add(data.body, data.values, levels, at)) return null;
        } else if (isCoded && present > 0) {
          const { byteOffset, length } = data.body;
          const words = isText ? 0 : places.dictionary;
          const codes = byteOffset + data.values;
          const last = before + present;
          entries ??= loadDictionary();
          if (entries === null) return null;
          if (!loops.lookUp(codes, byteOffset + length, before, last, words, entries, width === 8, target))
            return null;
        } else if (texts !== null && present > 0) {
          const codes = new Int32Array(buffer, target, present);
          if (data.encoding !== encodings.plain) return null;
          if (!texts.addPlain(data.body, data.values, before, codes)) return null;
        } else if (present > 0) {
          const isFloat = make === Float32Array || make === Float64Array;
          if (!readNumbers(loops, data, levels, width, isFloat, target)) return null;
        }
        if (present < end - start) {
          if (missing === 0) bits.fill(255, 0, bitBytes);
          missing += end - start - present;
          const words = new Int32Array(buffer, places.values, (rows * width) >> 2);
          spread(levels, words, bits, at, end - start, booleans === null ? width : 0);
        }
      }
      first += data.count;
      if (first >= to) break;
    }
    if (first < to) return null;
    const validity = missing === 0 ? null : bits.subarray(0, bitBytes);
    const common = { type, length: rows, validity, validityStart: 0 };
    if (booleans !== null) return booleans.array(common);
    if (texts === null) return { store: 'numbers', ...common, values: new make(buffer, places.values, rows) };
    return texts.array(new Int32Array(buffer, places.values, rows), common);
  };
}

/** Writes the present numbers of a page without a dictionary to `target`; returns false if that is not possible. */
function readNumbers(
  loops: PageLoops,
  { body, values, encoding }: DataPage,
  { before, present }: Levels,
  width: number,
  isFloat: boolean,
  target: number,
): boolean {
  const at = body.byteOffset + values;
  const end = body.byteOffset + body.length;
  const last = before + present;
  if (encoding === encodings.deltaBinaryPacked)
    return !isFloat && loops.unpackDeltas(at, end, before, last, width === 8, target) !== 0;
  const count = (end - at) / width;
  if (last > count) return false;
  if (encoding === encodings.plain) {
    new Uint8Array(loops.memory.buffer).copyWithin(target, at + before * width, at + last * width);
    return true;
  }
  if (encoding !== encodings.byteStreamSplit || !Number.isInteger(count)) return false;
  loops.joinStreams(at, count, before, last, width, target);
  return true;
}

/** Addresses of a column's values, of its dictionary, and of the page that is read and its stored form. */
interface Places {
  readonly values: number;
  readonly dictionary: number;
  readonly data: number;
  readonly stored: number;
  readonly end: number;
}

/** Returns addresses with room for the largest pages; that of the stored form then takes the texts of a page. */
function placesOf(pages: readonly Page[], valueBytes: number, isText: boolean): Places {
  let [largestDictionary, largestData, largestStored] = [0, 0, 0];
  for (const { header, start, end } of pages) {
    // A size that is not a number is refused when its page is read.
    const size = Number(header.field_2) || 0;
    if (header.field_1 === pageTypes.dictionary) largestDictionary = Math.max(largestDictionary, size);
    else largestData = Math.max(largestData, size);
    largestStored = Math.max(largestStored, end - start, isText ? size : 0);
  }
  const after = (at: number, bytes: number) => 16 * Math.ceil((at + bytes + pageSlack) / 16);
  const values = firstPageAddress;
  const dictionary = after(values, valueBytes);
  const data = after(dictionary, largestDictionary);
  const stored = after(data, largestData);
  return { values, dictionary, data, stored, end: after(stored, largestStored) };
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

/** Returns a body in the memory of the loops, of `size` bytes; null for another size. */
type ReadBody = (
  bytes: Uint8Array,
  start: number,
  end: number,
  size: number,
  codec: number,
) => Uint8Array | null;

/** The same at an address; what is compressed is copied to `stored` first. */
function bodyReader(loops: PageLoops, stored: number) {
  return (...[bytes, start, end, size, codec, target]: [...Parameters<ReadBody>, number]) => {
    const { buffer } = loops.memory;
    const body = bytes.subarray(start, end);
    if (!(size >= 0)) return null;
    if (codec === codecs.snappy) {
      new Uint8Array(buffer).set(body, stored);
      if (!loops.uncompressSnappy(stored, stored + body.length, target, size)) return null;
    } else {
      const plain = codec === codecs.none ? body : expanded(body, codec, size);
      if (plain?.length !== size) return null;
      new Uint8Array(buffer).set(plain, target);
    }
    return new Uint8Array(buffer, target, size);
  };
}

const ownCodecs: ReadonlySet<number> = new Set([codecs.snappy, codecs.gzip, codecs.zstd]);

/** By codec: decompresses a page of at most `size` bytes; throws for invalid data. */
const expand: Readonly<Record<number, (stream: Uint8Array, size: number) => Uint8Array>> = {
  [codecs.gzip]: (stream, size) => gunzipSync(stream, { maxOutputLength: size }),
  [codecs.zstd]: decompressZstd,
};

/** Returns the content of a page, of at most `size` bytes; null if it has more, or is corrupt. */
function expanded(stream: Uint8Array, codec: number, size: number): Uint8Array | null {
  if (size === 0) return new Uint8Array(0);
  try {
    return expand[codec]!(stream, size);
  } catch {
    return null;
  }
}

/** Returns the values of a dictionary page at an address; null if they are not PLAIN. */
function dictionaryBody(
  bytes: Uint8Array,
  { header, start, end }: Page,
  codec: number,
  readBody: ReturnType<typeof bodyReader>,
  target: number,
): Uint8Array | null {
  const encoding = Number((header.field_7 as Thrift | undefined)?.field_2);
  if (encoding !== encodings.plain && encoding !== encodings.plainDictionary) return null;
  return readBody(bytes, start, end, Number(header.field_2), codec, target);
}

/** A data page: its body, with definition levels `[levels, values)` if any, and values from `values` on. */
interface DataPage {
  readonly count: number;
  readonly body: Uint8Array;
  readonly levelBytes: Uint8Array | null;
  readonly levelStart: number;
  readonly levelEnd: number;
  readonly values: number;
  readonly encoding: number;
}

const codedEncodings: ReadonlySet<number> = new Set([encodings.plainDictionary, encodings.rleDictionary]);
const booleanEncodings: ReadonlySet<number> = new Set([encodings.plain, encodings.rle]);
const ownEncodings: ReadonlySet<number> = new Set([
  ...codedEncodings,
  ...booleanEncodings,
  encodings.deltaBinaryPacked,
  encodings.byteStreamSplit,
]);

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
  if (!ownEncodings.has(encoding)) return null;
  const common = { count, encoding };
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
