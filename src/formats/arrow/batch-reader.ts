import type { CompressionType } from 'apache-arrow/fb/compression-type';
import type { RecordBatch } from 'apache-arrow/fb/record-batch';
import type { ArrowArray, ListArray, Numbers, TextArray } from '../cast/arrow-array.js';
import type { ArrowType } from '../cast/arrow-type.js';
import type { ByteRange } from '../file-access.js';
import type { PositionedFile } from '../positioned-file.js';
import type { SliceRoom } from '../slice-room.js';
import { decompress } from './decompress.js';
import { type BatchLocation, batchAt } from './read-messages.js';
import type { ArrowField } from './read-schema.js';

/** Reads rows of columns of one record batch: of an uncompressed batch, only the bytes of those rows. */
export interface BatchReader {
  /** Returns rows `[start, end)` of column `column`; throws plain errors if the batch is corrupt. */
  read(column: number, start: number, end: number): ArrowArray;
}

/** A reader's input besides the batch: the fields of its columns, and the dictionaries that apply to it. */
export interface BatchContext {
  readonly fields: readonly ArrowField[];
  readonly unionsHaveValidity: boolean;
  /** Counts decompressed bytes. */
  readonly room: Pick<SliceRoom, 'take'>;
  dictionary(id: bigint): ArrowArray;
}

/** Reads one record batch, or a dictionary batch as one column; keeps decompressed buffers while it lives. */
export function batchReader(
  file: PositionedFile,
  location: BatchLocation,
  context: BatchContext,
): BatchReader {
  const batch = batchAt(file, location);
  const buffers = batchBuffers(file, location, batch, context.room);
  const cursors: Cursor[] = [];
  const cursor: Cursor = { node: 0, buffer: 0, variadic: 0 };
  for (const field of context.fields) {
    cursors.push({ ...cursor });
    passOver(field, cursor, batch, context.unionsHaveValidity);
  }
  return {
    read(column, start, end) {
      const field = context.fields[column]!;
      return readRows(field, { ...cursors[column]! }, start, end, { batch, buffers, context });
    },
  };
}

/** Returns where the buffers of some columns of a batch are, and whether they are compressed. */
export function bufferRanges(
  file: PositionedFile,
  location: BatchLocation,
  { fields, unionsHaveValidity }: Pick<BatchContext, 'fields' | 'unionsHaveValidity'>,
  columns: readonly number[],
): { readonly ranges: ByteRange[]; readonly isCompressed: boolean } {
  const batch = batchAt(file, location);
  const cursor: Cursor = { node: 0, buffer: 0, variadic: 0 };
  const ends = fields.map((field) => {
    passOver(field, cursor, batch, unionsHaveValidity);
    return cursor.buffer;
  });
  const ranges: ByteRange[] = [];
  for (const column of columns) {
    for (let i = ends[column - 1] ?? 0; i < Math.min(ends[column]!, batch.buffersLength()); i++) {
      const entry = batch.buffers(i)!;
      const start = location.metadataEnd + Number(entry.offset());
      const end = start + Number(entry.length());
      // The reader reports a buffer outside its batch.
      if (start >= location.metadataEnd && end > start && end <= location.bodyEnd)
        ranges.push({ start, end });
    }
  }
  return { ranges, isCompressed: batch.compression() !== null };
}

/** Start of a field's node, buffers and variadic counts in a batch. */
interface Cursor {
  node: number;
  buffer: number;
  variadic: number;
}

interface BatchBuffers {
  length(buffer: number): number;
  /** Returns bytes `[start, end)` of a buffer, decompressed. */
  bytes(buffer: number, start: number, end: number): Uint8Array<ArrayBuffer>;
}

interface Reading {
  readonly batch: RecordBatch;
  readonly buffers: BatchBuffers;
  readonly context: BatchContext;
}

/** Moves a cursor past a field and its children: nodes and buffers are in pre-order (RecordBatch message). */
function passOver(field: ArrowField, cursor: Cursor, batch: RecordBatch, unionsHaveValidity: boolean): void {
  const { type } = field;
  cursor.node++;
  cursor.buffer += ownBuffers(type, cursor, batch);
  if (type.kind === 'other' && type.native.endsWith('Union') && unionsHaveValidity) cursor.buffer++;
  if (type.kind === 'dictionary') return;
  for (const child of field.children) passOver(child, cursor, batch, unionsHaveValidity);
}

function ownBuffers(type: ArrowType, cursor: Cursor, batch: RecordBatch): number {
  switch (type.kind) {
    case 'null':
    case 'runs':
      return 0;
    case 'text':
      return type.offsets === 'view' ? 2 + variadicCount(batch, cursor.variadic++) : 3;
    case 'list':
      return type.offsets === 'fixed' ? 1 : type.offsets === 32 || type.offsets === 64 ? 2 : 3;
    case 'other':
      return type.buffers;
    default:
      return 2;
  }
}

/** Returns the number of buffers with long strings of a view column. */
function variadicCount(batch: RecordBatch, column: number): number {
  const count = column < batch.variadicBufferCountsLength() ? Number(batch.variadicBufferCounts(column)) : 0;
  if (count < 0 || count > batch.buffersLength()) throw new Error(`a column of ${count} buffers`);
  return count;
}

function batchBuffers(
  file: PositionedFile,
  location: BatchLocation,
  batch: RecordBatch,
  room: Pick<SliceRoom, 'take'>,
): BatchBuffers {
  const codec = batch.compression()?.codec() ?? null;
  const bodyBytes = location.bodyEnd - location.metadataEnd;
  const plain = new Map<number, Uint8Array<ArrayBuffer>>();

  function rangeOf(buffer: number): { start: number; bytes: number } {
    const entry = buffer < batch.buffersLength() ? batch.buffers(buffer) : null;
    if (entry === null) throw new Error(`a batch has no buffer ${buffer}`);
    const start = Number(entry.offset());
    const bytes = Number(entry.length());
    if (start < 0 || bytes < 0 || start + bytes > bodyBytes)
      throw new Error(`buffer ${buffer} extends beyond its batch`);
    return { start: location.metadataEnd + start, bytes };
  }

  function decompressed(buffer: number, type: CompressionType): Uint8Array<ArrayBuffer> {
    const known = plain.get(buffer);
    if (known) return known;
    const { start, bytes } = rangeOf(buffer);
    const stored = bytes === 0 ? new Uint8Array(8) : file.read(start, start + bytes);
    if (stored.length < 8) throw new Error('a compressed buffer without its length');
    const size = Number(new DataView(stored.buffer).getBigInt64(0, true));
    if (size < -1 || size > 0x4000_0000) throw new Error(`a compressed buffer of ${size} bytes`);
    room.take(Math.max(size, stored.length));
    const content = stored.subarray(8);
    const made =
      size === -1 ? content.slice() : size === 0 ? new Uint8Array(0) : decompress(type, content, size);
    plain.set(buffer, made as Uint8Array<ArrayBuffer>);
    return made as Uint8Array<ArrayBuffer>;
  }

  return {
    length: (buffer) => (codec === null ? rangeOf(buffer).bytes : decompressed(buffer, codec).length),
    bytes(buffer, start, end) {
      if (end <= start) return new Uint8Array(0);
      if (codec !== null) {
        const all = decompressed(buffer, codec);
        if (end > all.length)
          throw new Error(`buffer ${buffer} has ${all.length} bytes, but ${end} are needed`);
        return all.slice(start, end);
      }
      const location = rangeOf(buffer);
      if (end > location.bytes)
        throw new Error(`buffer ${buffer} has ${location.bytes} bytes, but ${end} are needed`);
      room.take(end - start);
      return file.read(location.start + start, location.start + end);
    },
  };
}

function readRows(
  field: ArrowField,
  cursor: Cursor,
  start: number,
  end: number,
  reading: Reading,
): ArrowArray {
  const { type } = field;
  const { buffers, batch } = reading;
  const node = cursor.node < batch.nodesLength() ? batch.nodes(cursor.node) : null;
  if (node === null || Number(node.length()) < end)
    throw new Error(`column "${field.name}" has too few rows`);
  const length = end - start;
  if (type.kind === 'null' || length === 0) {
    return { store: 'nothing', type, length, validity: null, validityStart: 0 };
  }
  if (type.kind === 'runs') return readRuns(field, type.value, cursor, start, end, reading);
  const rows = {
    type,
    length,
    ...validityOf(Number(node.nullCount()), cursor.buffer, start, end, buffers),
  };
  const data = cursor.buffer + 1;
  switch (type.kind) {
    case 'bool':
      return {
        store: 'bits',
        ...rows,
        bits: buffers.bytes(data, start >> 3, (end + 7) >> 3),
        bitStart: start & 7,
      };
    case 'uuid':
      return { store: 'fixed', ...rows, bytes: buffers.bytes(data, start * 16, end * 16), width: 16 };
    case 'decimal':
      if (type.bytes.width > 8) {
        const { width } = type.bytes;
        return { store: 'fixed', ...rows, bytes: buffers.bytes(data, start * width, end * width), width };
      }
      return { store: 'numbers', ...rows, values: numbers(type, data, start, end, buffers) };
    case 'text':
      return { store: 'text', ...rows, ...texts(type.offsets, cursor, start, end, reading) };
    case 'list':
      return { store: 'list', ...rows, ...lists(field, type, cursor, start, end, reading) };
    case 'dictionary': {
      const values = numbers({ kind: 'int', ...type.index }, data, start, end, buffers);
      const dictionary = reading.context.dictionary(type.id);
      return {
        store: 'codes',
        ...rows,
        codes: checkedCodes(values, rows.validity, rows.validityStart, dictionary),
        dictionary,
      };
    }
    case 'other':
      throw new Error(`column "${field.name}" of type ${type.native} cannot be read`);
    default:
      return { store: 'numbers', ...rows, values: numbers(type, data, start, end, buffers) };
  }
}

function validityOf(nulls: number, buffer: number, start: number, end: number, buffers: BatchBuffers) {
  if (nulls === 0 || buffers.length(buffer) === 0) return { validity: null, validityStart: 0 };
  return { validity: buffers.bytes(buffer, start >> 3, (end + 7) >> 3), validityStart: start & 7 };
}

/** Returns a buffer's numbers of a type as a typed array of rows `[start, end)`. */
function numbers(
  type: ArrowType,
  buffer: number,
  start: number,
  end: number,
  buffers: BatchBuffers,
): Numbers {
  const make = numberArrays[numberWord(type)]!;
  const width = make.BYTES_PER_ELEMENT;
  return new make(buffers.bytes(buffer, start * width, end * width).buffer);
}

function numberWord(type: ArrowType): keyof typeof numberArrays {
  switch (type.kind) {
    case 'int':
      return `${type.signed ? 'i' : 'u'}${type.bits}`;
    case 'float':
      return type.bits === 16 ? 'u16' : `f${type.bits}`;
    case 'date':
    case 'time':
      return `i${type.bits}`;
    case 'decimal':
      return type.bytes.width === 4 ? 'i32' : 'i64';
    default:
      return 'i64';
  }
}

const numberArrays = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
};

type TextRows = Pick<TextArray, 'offsets' | 'bytes'>;

function texts(
  offsets: 32 | 64 | 'view',
  cursor: Cursor,
  start: number,
  end: number,
  reading: Reading,
): TextRows {
  if (offsets === 'view') return textViews(cursor, start, end, reading);
  const { first, relative } = readOffsets(offsets, cursor.buffer + 1, start, end, reading.buffers);
  const bytes = reading.buffers.bytes(cursor.buffer + 2, first, first + relative[end - start]!);
  return { offsets: relative, bytes };
}

/** Returns the offsets of rows `[start, end)` from the first; they must not decrease, nor span 2 GiB. */
function readOffsets(bits: 32 | 64, buffer: number, start: number, end: number, buffers: BatchBuffers) {
  const bytes = buffers.bytes(buffer, (start * bits) / 8, ((end + 1) * bits) / 8).buffer;
  const relative = new Int32Array(end - start + 1);
  const words = new Int32Array(bytes);
  const step = bits / 32;
  const first = bits === 32 ? words[0]! : Number(new BigInt64Array(bytes, 0, 1)[0]!);
  const low = words[0]!;
  let last = 0;
  let falls = first < 0;
  for (let i = 1, at = step; i < relative.length; i++, at += step) {
    const offset = (words[at]! - low) | 0;
    relative[i] = offset;
    if (offset < last) falls = true;
    last = offset;
  }
  if (bits === 64 && !falls) {
    const stored = Number(new BigInt64Array(bytes)[relative.length - 1]!);
    falls = stored - first !== last;
  }
  if (falls) throw new Error('offsets of strings or lists decrease or are too large');
  return { first, relative };
}

/** Gathers string views: 16 bytes a row; up to 12 bytes are inline, others are a buffer and an offset. */
function textViews(
  cursor: Cursor,
  start: number,
  end: number,
  { batch, buffers, context }: Reading,
): TextRows {
  const views = buffers.bytes(cursor.buffer + 1, start * 16, end * 16);
  const words = new Int32Array(views.buffer);
  const count = variadicCount(batch, cursor.variadic);
  const valid = validityOf(Number(batch.nodes(cursor.node)!.nullCount()), cursor.buffer, start, end, buffers);
  const lengths = new Int32Array(end - start);
  const from = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const to = new Float64Array(count);
  let total = 0;
  for (let row = 0; row < lengths.length; row++) {
    const bit = valid.validityStart + row;
    if (valid.validity !== null && (valid.validity[bit >> 3]! & (1 << (bit & 7))) === 0) continue;
    const length = words[4 * row]!;
    if (length < 0) throw new Error('a string of negative length');
    lengths[row] = length;
    total += length;
    if (length <= 12) continue;
    const buffer = words[4 * row + 2]!;
    const offset = words[4 * row + 3]!;
    if (buffer < 0 || buffer >= count || offset < 0) throw new Error('a string view outside the buffers');
    from[buffer] = Math.min(from[buffer]!, offset);
    to[buffer] = Math.max(to[buffer]!, offset + length);
  }
  const long = Array.from({ length: count }, (_, i) =>
    to[i]! > 0 ? buffers.bytes(cursor.buffer + 2 + i, from[i]!, to[i]!) : new Uint8Array(0),
  );
  context.room.take(total);
  const offsets = new Int32Array(lengths.length + 1);
  const bytes = new Uint8Array(total);
  for (let row = 0; row < lengths.length; row++) {
    const length = lengths[row]!;
    const at = offsets[row]!;
    offsets[row + 1] = at + length;
    if (length <= 12) bytes.set(views.subarray(16 * row + 4, 16 * row + 4 + length), at);
    else {
      const buffer = words[4 * row + 2]!;
      const offset = words[4 * row + 3]! - from[buffer]!;
      bytes.set(long[buffer]!.subarray(offset, offset + length), at);
    }
  }
  return { offsets, bytes };
}

function lists(
  field: ArrowField,
  type: Extract<ArrowType, { kind: 'list' }>,
  cursor: Cursor,
  start: number,
  end: number,
  reading: Reading,
): Pick<ListArray, 'starts' | 'ends' | 'items'> {
  const length = end - start;
  const own = ownBuffers(type, cursor, reading.batch);
  const child: Cursor = {
    node: cursor.node + 1,
    buffer: cursor.buffer + own,
    variadic: cursor.variadic,
  };
  const item = field.children[0]!;
  if (type.offsets === 'fixed') {
    const starts = Int32Array.from({ length }, (_, row) => row * type.size);
    const ends = starts.map((at) => at + type.size);
    return { starts, ends, items: readRows(item, child, start * type.size, end * type.size, reading) };
  }
  if (type.offsets === 32 || type.offsets === 64) {
    const { first, relative } = readOffsets(type.offsets, cursor.buffer + 1, start, end, reading.buffers);
    const items = readRows(item, child, first, first + relative[length]!, reading);
    return { starts: relative.subarray(0, length), ends: relative.subarray(1), items };
  }
  return listViews(type.offsets, item, cursor, child, start, end, reading);
}

function listViews(
  layout: 'view32' | 'view64',
  item: ArrowField,
  cursor: Cursor,
  child: Cursor,
  start: number,
  end: number,
  reading: Reading,
): Pick<ListArray, 'starts' | 'ends' | 'items'> {
  const bits = layout === 'view32' ? 32 : 64;
  const type = { kind: 'int', bits, signed: true } as const;
  const offsets = numbers(type, cursor.buffer + 1, start, end, reading.buffers);
  const sizes = numbers(type, cursor.buffer + 2, start, end, reading.buffers);
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  let total = 0;
  for (let row = 0; row < offsets.length; row++) {
    const size = Number(sizes[row]!);
    total += size;
    if (size === 0) continue;
    if (size < 0 || Number(offsets[row]!) < 0) throw new Error('a list of negative length or location');
    first = Math.min(first, Number(offsets[row]!));
    last = Math.max(last, Number(offsets[row]!) + size);
  }
  if (last === 0) first = 0;
  // Many lists may share items, which are written out for each.
  reading.context.room.take(4 * Math.max(0, total - (last - first)));
  if (last - first > 0x7fff_ffff) throw new Error('lists that are too large');
  const starts = new Int32Array(offsets.length);
  const ends = new Int32Array(offsets.length);
  for (let row = 0; row < starts.length; row++) {
    const size = Number(sizes[row]!);
    if (size === 0) continue;
    starts[row] = Number(offsets[row]!) - first;
    ends[row] = starts[row]! + size;
  }
  return { starts, ends, items: readRows(item, child, first, last, reading) };
}

/**
 * Returns rows of run-end encoded values as codes of their runs: reads all run ends and values of the batch
 * (Arrow columnar format, "Run-End Encoded Layout").
 */
function readRuns(
  field: ArrowField,
  value: ArrowType,
  cursor: Cursor,
  start: number,
  end: number,
  reading: Reading,
): ArrowArray {
  const { batch, buffers, context } = reading;
  const [endsField, valuesField] = field.children as [ArrowField, ArrowField];
  const at: Cursor = { ...cursor, node: cursor.node + 1 };
  const count = Number(batch.nodes(at.node)?.length() ?? 0);
  const ends = numbers(endsField.type, at.buffer + 1, 0, count, buffers);
  passOver(endsField, at, batch, context.unionsHaveValidity);
  const dictionary = readRows(valuesField, at, 0, count, reading);
  const codes = new Int32Array(end - start);
  for (let run = 0, row = start; row < end; run++) {
    const stop = Number(ends[run] ?? 0);
    if (stop <= (run === 0 ? 0 : Number(ends[run - 1]!))) {
      throw new Error(`column "${field.name}" has run ends that decrease or are too few`);
    }
    for (; row < Math.min(stop, end); row++) codes[row - start] = run;
  }
  const type = { kind: 'dictionary', index: { bits: 32, signed: true }, value, id: -1n } as const;
  return { store: 'codes', type, length: end - start, validity: null, validityStart: 0, codes, dictionary };
}

function checkedCodes(
  values: Numbers,
  validity: Uint8Array | null,
  validityStart: number,
  dictionary: ArrowArray,
): Int32Array {
  const codes = new Int32Array(values.length);
  for (let row = 0; row < codes.length; row++) {
    const bit = validityStart + row;
    if (validity !== null && (validity[bit >> 3]! & (1 << (bit & 7))) === 0) continue;
    const code = Number(values[row]!);
    if (code < 0 || code >= dictionary.length)
      throw new Error(`code ${code} in a dictionary of ${dictionary.length}`);
    codes[row] = code;
  }
  return codes;
}
