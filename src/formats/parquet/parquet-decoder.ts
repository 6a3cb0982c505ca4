import type { ReadColumn, ReadPlan } from '../../chunk/read-plan.js';
import type { RowSlice } from '../../chunk/slice.js';
import type { ArrowArray } from '../cast/arrow-array.js';
import type { ArrowType } from '../cast/arrow-type.js';
import { ownedArray } from '../cast/owned-array.js';
import { type ColumnReader, columnarDecoder } from '../columnar-decoder.js';
import { loadZstd } from '../decompress-zstd.js';
import { withBytes } from '../fetched-file.js';
import type { Decoder, SourceDescription } from '../format.js';
import { openPositioned, type PositionedFile } from '../positioned-file.js';
import { type SliceRoom, sliceRoom } from '../slice-room.js';
import { arrowHints } from './arrow-hint.js';
import { checkPages } from './check-pages.js';
import { columnError } from './column-error.js';
import type { ColumnWindow } from './column-window.js';
import { dictionaryPage } from './dictionary-page.js';
import { flatPages } from './flat-pages.js';
import { codecs } from './format-numbers.js';
import { withNanoseconds } from './int96.js';
import { type ParquetField, parquetFields } from './parquet-field.js';
import { parquetWasm, trimParquetWasm, wasmBuffer } from './parquet-wasm.js';
import { type ColumnChunk, type Footer, readFooter, type SchemaElement } from './read-footer.js';
import { smallFiles, withHeaders } from './small-file.js';
import { onlyColumn, wasmArray } from './wasm-array.js';
import { windowReader } from './window-reader.js';

/**
 * Reads slices of row groups, only the plan's columns. Memory depends on the slice and its pages, except for
 * lists, whose row group counts.
 */
export async function parquetDecoder(source: SourceDescription, plan: ReadPlan): Promise<Decoder> {
  const file = openPositioned(source.path, source.bytes, source.held);
  try {
    const sourcesOf = (wanted: (column: ReadColumn) => boolean) =>
      new Set(plan.columns.filter(wanted).map(({ source: index }) => index));
    const wants: Wants = {
      texts: sourcesOf(({ layout }) => layout === 'text'),
      exact: sourcesOf(({ type, exact }) => type === 'string' || exact !== undefined),
    };
    const room = sliceRoom(source.path, plan);
    const footer = await withBytes(file, () => readFooter(file));
    const first = footer.rowGroups.length === 0 ? [] : footer.rowGroups.at(0, file).chunks;
    if (first.some(({ codec }) => codec === codecs.zstd)) await loadZstd();
    return await columnarDecoder(source, plan, columnReader(file, footer, wants, room), room);
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Texts of a larger dictionary are written out from their codes, where the bytes are counted first. */
const largeDictionaryBytes = 256 * 1024;

/** The source columns that are written out as texts, and those whose values must be exact. */
interface Wants {
  readonly texts: ReadonlySet<number>;
  readonly exact: ReadonlySet<number>;
}

function columnReader(file: PositionedFile, footer: Footer, wants: Wants, room: SliceRoom): ColumnReader {
  const fields = parquetFields(footer.schema);
  const small = smallFiles();
  const readFlat = flatPages();
  const windowOf = windowReader(file, footer);
  const windowIn = (source: number, field: ParquetField, slice: RowSlice) =>
    (slice.carried?.windows?.[0]?.get(source) as ColumnWindow | undefined) ?? windowOf(field, slice);
  let free: (() => void) | null = null;

  function release(): void {
    free?.();
    free = null;
  }

  function read(source: number, slice: RowSlice, mustBeExact = wants.exact.has(source)): ArrowArray {
    release();
    const field = fields[source]!;
    const chunk = footer.rowGroups.at(slice.group, file).chunks[field.leaf]!;
    try {
      const window = windowIn(source, field, slice);
      const inCodes = !wants.texts.has(source) || isLargeDictionary(file, field, chunk);
      const hint = arrowHint(field, chunk, inCodes);
      const isWide = isWideDelta(field, chunk);
      const elements = isWide ? field.elements.map(asWide) : field.elements;
      const column = { elements, chunk, window, arrowSchema: hint };
      room.take(2 * (window.end - window.start));
      const { bytes, end } = small.load(file, window);
      const { pages, areChanged } = checkPages(bytes, end, column, room);
      const rows = { from: slice.start - window.firstRow, to: slice.end - window.firstRow };
      const flat = readFlat(bytes, pages, column, field.type, rows);
      if (flat !== null) return flat;
      const whole = small.finish(column);
      const marked = areChanged ? withHeaders(whole, pages, column) : whole;
      const { array, drop } = readRows(marked, slice, window, isWide ? wide : field.type, chunk);
      if (isWide) keepLowWords(array);
      if (isInt96(field) && mustBeExact) {
        const micros = ownedArray(array);
        drop();
        const again = { ...column, arrowSchema: arrowHints.nanoseconds[repetitionOf(field)] };
        small.load(file, window);
        const nanos = readRows(small.finish(again), slice, window, field.type, chunk);
        free = nanos.drop;
        return withNanoseconds(micros, nanos.array);
      }
      free = drop;
      return array;
    } catch (cause) {
      throw columnError(file.path, field, slice, cause);
    }
  }

  return {
    file,
    read,
    readKept: (source, slice) => ownedArray(read(source, slice)),
    readWhole: (source, slice) => ownedArray(read(source, slice, true)),
    close() {
      release();
      trimParquetWasm();
      file.close();
    },
  };
}

/**
 * Returns true if all pages of a chunk hold unsigned 32-bit numbers as deltas. DuckDB writes deltas of up to
 * 33 bits there, which a reader of 32 bits refuses; the pages have the same form for 64 bits, and however a
 * writer's 32 bits wrap, the low words are right.
 */
function isWideDelta({ type, elements }: ParquetField, { encodings }: ColumnChunk): boolean {
  const isUnsigned = type.kind === 'int' && type.bits === 32 && !type.signed;
  return isUnsigned && elements.length === 1 && encodings.length === 1 && encodings[0] === deltaBinaryPacked;
}

const deltaBinaryPacked = 5;
const wide: ArrowType = { kind: 'int', bits: 64, signed: true };

function asWide(element: SchemaElement): SchemaElement {
  return { ...element, physical: 'INT64' };
}

function keepLowWords(array: ArrowArray): void {
  if (array.store !== 'numbers' || !(array.values instanceof BigInt64Array))
    throw new Error('64-bit numbers are stored as such');
  const { buffer, byteOffset, length } = array.values;
  const words = new Uint32Array(buffer, byteOffset, 2 * length);
  for (let high = 1; high < words.length; high += 2) words[high] = 0;
}

function isLargeDictionary(file: PositionedFile, { type }: ParquetField, chunk: ColumnChunk): boolean {
  return type.kind === 'text' && (dictionaryPage(file, chunk)?.bytes ?? 0) > largeDictionaryBytes;
}

/** Returns the hint to read strings as codes of their dictionary, unless they will be written out anyway. */
function arrowHint(field: ParquetField, { encodings }: ColumnChunk, codes: boolean): string | null {
  const repetition = repetitionOf(field);
  if (isInt96(field)) return arrowHints.microseconds[repetition];
  const coded = encodings.includes(2) || encodings.includes(8);
  return field.type.kind === 'text' && coded && codes ? arrowHints.codes[repetition] : null;
}

function repetitionOf({ elements }: ParquetField): 'optional' | 'required' {
  return elements[0]!.repetition === 'optional' ? 'optional' : 'required';
}

function isInt96({ elements }: ParquetField): boolean {
  return elements[0]!.physical === 'INT96';
}

/** DELTA_BINARY_PACKED and its kin: the reader cannot skip values in blocks as long as DuckDB's. */
const cannotSkip: ReadonlySet<number> = new Set([5, 6, 7]);

function readRows(
  bytes: Uint8Array,
  { start, end }: RowSlice,
  { firstRow, rows }: ColumnWindow,
  type: ArrowType,
  { encodings }: ColumnChunk,
) {
  const decodesAll = encodings.some((encoding) => cannotSkip.has(encoding));
  const before = decodesAll ? start - firstRow : 0;
  const offset = start - firstRow - before;
  const limit = before + end - start;
  const wasm = parquetWasm();
  const table = wasm.readParquet(bytes, {
    batchSize: limit,
    ...(offset > 0 ? { offset } : {}),
    ...(limit < rows ? { limit } : {}),
  });
  const exported = table.intoFFI();
  try {
    const [address, ...more] = exported.arrayAddrs();
    if (address === undefined) throw new Error(`0 of ${limit} rows exist`);
    const buffer = wasmBuffer();
    const column = onlyColumn(buffer, address, exported.schemaAddr());
    if (column.rows !== limit || more.length > 0) throw new Error(`${column.rows} of ${limit} rows exist`);
    const array = wasmArray(buffer, column.array, column.schema, type, before);
    return { array, drop: () => exported.free() };
  } catch (error) {
    exported.free();
    throw error;
  }
}
