import type { PositionedFile } from '../positioned-file.js';
import type { ColumnWindow } from './column-window.js';
import { magic } from './piece.js';
import { type ColumnChunk, physicals, type SchemaElement, type Thrift } from './read-footer.js';
import { thriftBytes } from './write-thrift.js';

/** Small Parquet files, made in one buffer that the next one overwrites. */
interface SmallFiles {
  /** Begins a file with a window's pages, copied from byte 4 on; they end at `end`. */
  load(file: PositionedFile, window: ColumnWindow): { readonly bytes: Uint8Array; readonly end: number };
  /** Returns the file that was begun, with a footer that describes its pages as `column`. */
  finish(column: SmallColumn): Uint8Array;
}

export interface SmallColumn {
  /** The column's elements in the schema; a flat column has one. */
  readonly elements: readonly SchemaElement[];
  readonly chunk: ColumnChunk;
  readonly window: ColumnWindow;
  /** The Arrow schema that the reader must use (base64); null for the default. */
  readonly arrowSchema: string | null;
}

const dictionaryPage = 2;

/**
 * Creates a maker of Parquet files of one column named `c` and one row group from a window's copied pages,
 * with a footer of our own. So parquet-wasm holds only these pages, never a file; names with dots and
 * duplicate names do no harm; and logical types are dropped, because our own casts know them: no reader
 * refuses a column for an annotation.
 */
export function smallFiles(): SmallFiles {
  let buffer = new Uint8Array(0);
  let end = 0;

  /** Makes room for a file of this size; keeps its first `kept` bytes. */
  function grow(size: number, kept: number): void {
    if (buffer.length >= size) return;
    const grown = new Uint8Array(Math.max(size, 2 * buffer.length));
    grown.set(buffer.subarray(0, kept));
    buffer = grown;
  }

  return {
    load(file, window) {
      const dictionaryBytes = window.dictionaryEnd - window.dictionaryStart;
      end = 4 + dictionaryBytes + window.end - window.start;
      grow(end + usualFooterBytes, 0);
      buffer.set(magic);
      file.readInto(buffer, 4, window.dictionaryStart, window.dictionaryEnd);
      file.readInto(buffer, 4 + dictionaryBytes, window.start, window.end);
      return { bytes: buffer, end };
    },
    finish(column) {
      const footer = smallFooter(column, end - 4);
      const size = end + footer.length + 8;
      grow(size, end);
      buffer.set(footer, end);
      new DataView(buffer.buffer).setUint32(end + footer.length, footer.length, true);
      buffer.set(magic, size - 4);
      return buffer.subarray(0, size);
    },
  };
}

/** Most footers of small files are smaller. */
const usualFooterBytes = 512;

/** Returns a copy of a small file whose pages have the given headers and the bodies `[start, end)`. */
export function withHeaders(
  small: Uint8Array,
  pages: readonly { readonly header: Thrift; readonly start: number; readonly end: number }[],
  column: SmallColumn,
): Uint8Array {
  const parts = pages.map(({ header, start, end }) =>
    Buffer.concat([thriftBytes(header), small.subarray(start, end)]),
  );
  const total = (some: readonly Uint8Array[]) => some.reduce((sum, { length }) => sum + length, 0);
  const first = pages.findIndex(({ header }) => header.field_1 !== dictionaryPage);
  const window = { ...column.window, lead: total(parts.slice(0, first)) };
  const footer = smallFooter({ ...column, window }, total(parts));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([magic, ...parts, footer, length, magic]);
}

/** Returns the footer's thrift (parquet.thrift, FileMetaData) for pages that begin at byte 4. */
function smallFooter({ elements, chunk, window, arrowSchema }: SmallColumn, pages: number): Uint8Array {
  const leaf = elements.at(-1)!;
  const path = elements.map(({ name }, i) => (i === 0 ? 'c' : name));
  const rows = BigInt(window.rows);
  const metadata = {
    field_1: physicals.indexOf(leaf.physical!),
    field_2: chunk.encodings.length > 0 ? chunk.encodings : [0],
    field_3: path,
    field_4: chunk.codec,
    field_5: BigInt(window.values),
    field_6: BigInt(chunk.uncompressedBytes),
    field_7: BigInt(pages),
    field_9: BigInt(4 + window.lead),
    field_11: window.lead > 0 ? 4n : undefined,
  };
  return thriftBytes({
    field_1: 1,
    field_2: [{ field_4: 'r', field_5: 1 }, ...elements.map((element, i) => smallElement(element, path[i]!))],
    field_3: rows,
    field_4: [
      {
        field_1: [{ field_2: 4n, field_3: metadata }],
        field_2: BigInt(chunk.uncompressedBytes),
        field_3: rows,
      },
    ],
    field_5: arrowSchema === null ? undefined : [{ field_1: 'ARROW:schema', field_2: arrowSchema }],
  });
}

/** Returns an element without its logical type; groups stay marked as lists. */
function smallElement({ physical, typeLength, repetition, children }: SchemaElement, name: string) {
  return {
    field_1: physical === null ? undefined : physicals.indexOf(physical),
    field_2: physical === 'FIXED_LEN_BYTE_ARRAY' ? typeLength : undefined,
    field_3: ['required', 'optional', 'repeated'].indexOf(repetition),
    field_4: name,
    field_5: children > 0 ? children : undefined,
    field_6: physical === null && repetition !== 'repeated' ? 3 : undefined,
  };
}
