import * as zlib from 'node:zlib';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { endlessRoom, type SliceRoom } from '../slice-room.js';
import { watchPages } from './column-window.js';
import { codecs, encodings, pageTypes } from './format-numbers.js';
import { levelRuns } from './level-runs.js';
import type { ColumnChunk, SchemaElement, Thrift } from './read-footer.js';
import type { SmallColumn } from './small-file.js';

/**
 * A page of a small file (the first begins at byte 4): its header (parquet.thrift) and its body's location.
 */
export interface Page {
  readonly header: Thrift;
  readonly start: number;
  readonly end: number;
}

/**
 * Checks for damage in the pages of a small file, up to byte `end`, that a reader would accept as values:
 * checksums, contradictory sizes, levels and values that do not fill their page, an encoding that the column
 * does not have. Costs a look at each page's header, and a pass over its bytes if it has a checksum. Returns
 * the pages, with those marked as compressed that parquet-cpp before Arrow 3.0 marked as uncompressed
 * (ARROW-10353, ARROW-17100). Throws a plain error that names the page, and the error of `room` if the
 * largest page does not fit.
 */
export function checkPages(
  bytes: Uint8Array,
  end: number,
  column: SmallColumn,
  room: Pick<SliceRoom, 'take'> = endlessRoom,
): CheckedPages {
  const pages = pagesOf(bytes, end, column.window.values);
  room.take(pages.reduce((most, { header }) => Math.max(most, Number(header.field_2)), 0));
  const mustMark = column.chunk.alwaysCompressed && column.chunk.codec !== codecs.none;
  const marked = mustMark ? pages.map(markedCompressed) : pages;
  for (const [i, page] of marked.entries()) {
    try {
      checkPage(bytes, page, column);
    } catch (cause) {
      throw new Error(`page ${i} ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
  return { pages: marked, areChanged: marked.some((page, i) => page !== pages[i]) };
}

/** The pages of a chunk; `areChanged` is true if the header of one was corrected. */
interface CheckedPages {
  readonly pages: readonly Page[];
  readonly areChanged: boolean;
}

/** Returns the pages up to the last of `values` values; reads nothing after them. */
function pagesOf(bytes: Uint8Array, last: number, values: number): Page[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, last);
  const pages: Page[] = [];
  let left = values;
  const watch = watchPages();
  for (let at = 4; at < last && left > 0; ) {
    const reader = { view, offset: at };
    const header = deserializeTCompactProtocol(reader) as Thrift;
    const size = Number(header.field_3);
    const start = reader.offset;
    if (!(size >= 0) || start + size > last) throw new Error(`page ${pages.length} goes beyond its column`);
    at = start + size;
    const count = Number(dataHeader(header)?.field_1 ?? 0);
    watch(count);
    left -= count;
    pages.push({ header, start, end: at });
  }
  return pages;
}

/** Returns DataPageHeader or DataPageHeaderV2; null for other pages. */
export function dataHeader(header: Thrift): Thrift | null {
  if (header.field_1 === pageTypes.data) return (header.field_5 as Thrift | undefined) ?? null;
  return header.field_1 === pageTypes.dataV2 ? ((header.field_8 as Thrift | undefined) ?? null) : null;
}

function markedCompressed(page: Page): Page {
  const data = page.header.field_8 as Thrift | undefined;
  if (page.header.field_1 !== pageTypes.dataV2 || data?.field_7 !== false) return page;
  return { ...page, header: { ...page.header, field_8: { ...data, field_7: true } } };
}

function checkPage(bytes: Uint8Array, page: Page, column: SmallColumn): void {
  const { header, start, end } = page;
  const expected = header.field_4;
  if (typeof expected === 'number' && crc32(bytes.subarray(start, end)) !== expected >>> 0) {
    throw new Error('does not match its checksum');
  }
  const stored = end - start;
  const plain = Number(header.field_2);
  const data = dataHeader(header);
  const version2 = header.field_1 === pageTypes.dataV2;
  const compressed = column.chunk.codec !== codecs.none && !(version2 && data?.field_7 === false);
  if (!compressed && stored !== plain) {
    throw new Error(`is not compressed, and has ${stored} bytes where its header says ${plain}`);
  }
  if (data === null) return;
  checkEncoding(Number(version2 ? data.field_4 : data.field_2), column.chunk);
  const levels = version2 ? checkLevels(bytes, page, data, column) : 0;
  if (compressed && column.chunk.codec === codecs.snappy)
    checkSnappy(bytes, start + levels, end, plain - levels);
  checkValues(bytes, page, data, compressed, levels, column);
}

function checkEncoding(encoding: number, { encodings: known }: ColumnChunk): void {
  const isCoded = (each: number) => each === encodings.plainDictionary || each === encodings.rleDictionary;
  if (known.length === 0 || known.includes(encoding) || (isCoded(encoding) && known.some(isCoded))) return;
  throw new Error(`has encoding ${encoding}, but its column only ${known.join(', ')}`);
}

/** Checks the bytes of a version 2 page's levels, which precede its values and are never compressed. */
function checkLevels(bytes: Uint8Array, { header, start, end }: Page, data: Thrift, column: SmallColumn) {
  const count = Number(data.field_1);
  const definition = Number(data.field_5 ?? 0);
  const repetition = Number(data.field_6 ?? 0);
  const levels = definition + repetition;
  const room = Math.min(end - start, Number(header.field_2));
  if (!(definition >= 0 && repetition >= 0 && levels <= room)) {
    throw new Error(`has levels of ${levels} bytes in ${room}`);
  }
  const { highestDefinition, highestRepetition } = highestLevels(column.elements);
  const middle = start + repetition;
  checkRuns(bytes, start, middle, highestRepetition, count);
  checkRuns(bytes, middle, middle + definition, highestDefinition, count);
  return levels;
}

function highestLevels(elements: readonly SchemaElement[]) {
  const repeated = elements.filter(({ repetition }) => repetition === 'repeated').length;
  const optional = elements.filter(({ repetition }) => repetition === 'optional').length;
  return { highestRepetition: repeated, highestDefinition: repeated + optional };
}

/** Checks levels: those that can only be 0 are left out, or written as one run of no bits. */
function checkRuns(bytes: Uint8Array, start: number, end: number, highest: number, count: number): void {
  if (highest === 0 && start === end) return;
  const { at, values } = levelRuns(bytes, start, end, 32 - Math.clz32(highest), highest === 0 ? 1 : count);
  if (at === end && (highest === 0 ? values === count : values >= count)) return;
  throw new Error(`has levels that do not fit ${count} values in ${end - start} bytes`);
}

/** Checks Snappy data, which begins with its uncompressed length; a reader would zero-fill a larger page. */
function checkSnappy(bytes: Uint8Array, start: number, end: number, plain: number): void {
  let length = 0;
  let scale = 1;
  for (let at = start; at < end && scale <= 2 ** 28; at++, scale *= 128) {
    length += (bytes[at]! & 127) * scale;
    if (bytes[at]! < 128) break;
  }
  if (length !== plain) throw new Error(`is compressed from ${length} bytes where its header says ${plain}`);
}

/** Checks that values of one width fill what the levels leave, as far as visible without decompressing. */
function checkValues(
  bytes: Uint8Array,
  page: Page,
  data: Thrift,
  compressed: boolean,
  levels: number,
  column: SmallColumn,
): void {
  const version2 = page.header.field_1 === pageTypes.dataV2;
  const encoding = Number(version2 ? data.field_4 : data.field_2);
  const width = widthOf(column.elements.at(-1)!);
  if (width === null || (encoding !== encodings.plain && encoding !== encodings.byteStreamSplit)) return;
  const count = Number(data.field_1);
  const plain = Number(page.header.field_2);
  const { highestDefinition, highestRepetition } = highestLevels(column.elements);
  let present = count;
  let left = plain - levels;
  if (version2) present -= Number(data.field_2);
  else if (highestDefinition > 0) {
    if (
      compressed ||
      highestRepetition > 0 ||
      highestDefinition > 1 ||
      encoding !== encodings.byteStreamSplit
    )
      return;
    const length = new DataView(bytes.buffer, bytes.byteOffset + page.start).getUint32(0, true);
    const end = Math.min(page.end, page.start + 4 + length);
    present = levelRuns(bytes, page.start + 4, end, 1, count).ones;
    left -= 4 + length;
  }
  if (left !== present * width) throw new Error(`has ${left} bytes for ${present} values of ${width} bytes`);
}

function widthOf({ physical, typeLength }: SchemaElement): number | null {
  const widths = { INT32: 4, INT64: 8, INT96: 12, FLOAT: 4, DOUBLE: 8, FIXED_LEN_BYTE_ARRAY: typeLength };
  return widths[physical as keyof typeof widths] ?? null;
}

/** Returns the CRC-32 of some bytes (RFC 1952, section 8): Node's own from 20.15 on, else by table. */
const crc32: (bytes: Uint8Array) => number = typeof zlib.crc32 === 'function' ? zlib.crc32 : crc32ByTable;

/** Returns the CRC-32 of some bytes, without Node's help. */
function crc32ByTable(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
