import { codecs } from './format-numbers.js';
import type { Thrift } from './read-footer.js';
import { thriftBytes } from './write-thrift.js';

/** The pages of one column chunk, and its metadata with offsets relative to the first page. */
export interface ColumnPages {
  readonly pages: readonly Uint8Array[];
  readonly bytes: number;
  metadata(start: number, name: string): Thrift;
}

/** Parts of a column chunk, in the words of parquet.thrift. */
interface ColumnParts {
  /** Physical type: 0 boolean, 1 int32, 2 int64, 4 float, 5 double, 6 byte array. */
  readonly physical: number;
  /** Encoding of the values in the data page; a dictionary page is PLAIN. */
  readonly encoding: number;
  /** The body of the dictionary page and its number of values, null: none. */
  readonly dictionary: { readonly body: Uint8Array; readonly count: number } | null;
  /** Levels and values of the one data page. */
  readonly data: readonly Uint8Array[];
  /** If the data page is compressed: its codec, and its bytes uncompressed. */
  readonly compressed?: { readonly codec: number; readonly bytes: number } | null;
  /** Number of levels. */
  readonly count: number;
  readonly statistics: Thrift;
}

const rle = 3;
const plain = 0;

/** Lays out a column chunk of one data page (parquet.thrift), after a dictionary page if there is one. */
export function columnPages(parts: ColumnParts): ColumnPages {
  const { physical, encoding, count, statistics } = parts;
  const dictionary = parts.dictionary === null ? [] : dictionaryPage(parts.dictionary);
  const header = { field_1: count, field_2: encoding, field_3: rle, field_4: rle };
  const stored = total(parts.data);
  const compressed = parts.compressed ?? { codec: codecs.none, bytes: stored };
  const data = [pageHeader(0, compressed.bytes, stored, { field_5: header }), ...parts.data];
  const lead = total(dictionary);
  const bytes = lead + total(data);
  return {
    pages: [...dictionary, ...data],
    bytes,
    metadata: (start, name) => ({
      field_1: physical,
      field_2: dictionary.length > 0 ? [plain, rle, encoding] : [rle, encoding],
      field_3: [name],
      field_4: compressed.codec,
      field_5: BigInt(count),
      field_6: BigInt(bytes - stored + compressed.bytes),
      field_7: BigInt(bytes),
      field_9: BigInt(start + lead),
      field_11: lead > 0 ? BigInt(start) : undefined,
      field_12: statistics,
    }),
  };
}

/** Longer bounds would weigh on the footer, which every reader loads. */
const longestBound = 64;

/** Returns the statistics of a page (parquet.thrift): without bounds if `least` is null, or one is too long. */
export function statisticsOf(missing: number, least: Uint8Array | null, greatest: Uint8Array | null): Thrift {
  const count = { field_3: BigInt(missing) };
  if (least === null || greatest === null) return count;
  if (Math.max(least.length, greatest.length) > longestBound) return count;
  return { ...count, field_5: greatest, field_6: least, field_7: true, field_8: true };
}

/** Returns levels preceded by their length in bytes, as in a data page of version 1. */
export function withLength(levels: Uint8Array): [Uint8Array, Uint8Array] {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, levels.length, true);
  return [length, levels];
}

function dictionaryPage({
  body,
  count,
}: {
  readonly body: Uint8Array;
  readonly count: number;
}): Uint8Array[] {
  return [pageHeader(2, body.length, body.length, { field_7: { field_1: count, field_2: plain } }), body];
}

function pageHeader(type: number, bytes: number, stored: number, page: Thrift): Uint8Array {
  return thriftBytes({ field_1: type, field_2: bytes, field_3: stored, ...page });
}

function total(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
