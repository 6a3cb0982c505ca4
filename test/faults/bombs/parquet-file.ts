import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';
import type { Thrift } from '../../../src/formats/parquet/read-footer.js';
import { lengthOf, littleEndian, type Piece, varint, writePieces } from './pieces.js';

export const physical = { boolean: 0, int32: 1, int64: 2, float: 4, double: 5, bytes: 6 } as const;
export const codec = { none: 0, snappy: 1, gzip: 2, zstd: 6 } as const;
export const encoding = {
  plain: 0,
  rle: 3,
  delta: 5,
  deltaLength: 6,
  deltaBytes: 7,
  dictionary: 8,
  split: 9,
} as const;

/** A column chunk by its pages, each with its header. */
export interface MadeChunk {
  readonly path: readonly string[];
  readonly physical: number;
  readonly codec?: number;
  readonly encodings?: readonly number[];
  readonly values: number;
  readonly pages: readonly Piece[];
  /** Bytes of the dictionary page at its start, if there is one. */
  readonly dictionaryBytes?: number;
  /** What its pages have uncompressed. */
  readonly plainBytes?: number;
}

export interface MadeGroup {
  readonly rows: number;
  readonly chunks: readonly MadeChunk[];
  /** How many times the footer names it, at the same place. */
  readonly times?: number;
}

/** An element of the schema besides its root: a leaf with a type, or a group with children. */
export function element(
  name: string,
  kind: { readonly type?: number; readonly children?: number; readonly converted?: number },
  repetition: 'required' | 'optional' | 'repeated' = 'optional',
): Thrift {
  return {
    field_1: kind.type,
    field_3: ['required', 'optional', 'repeated'].indexOf(repetition),
    field_4: name,
    field_5: kind.children,
    field_6: kind.converted,
  };
}

/** The element of a column of texts. */
export const text = (name: string): Thrift => element(name, { type: physical.bytes, converted: 0 });
export const float = (name: string): Thrift => element(name, { type: physical.float });

/** Writes a Parquet file of these groups (parquet.thrift, FileMetaData). */
export function writeParquet(
  path: string,
  schema: readonly Thrift[],
  groups: readonly MadeGroup[],
  more: {
    /** Children of the root, if they are not as many as the columns. */
    readonly columns?: number;
    /** Pairs of the footer's metadata, as bytes. */
    readonly pairs?: { readonly bytes: Uint8Array; readonly times: number };
  } = {},
): void {
  const { columns = groups[0]!.chunks.length, pairs } = more;
  const body: Piece[] = [Buffer.from('PAR1')];
  const described: Uint8Array[] = [];
  let rows = 0;
  let at = lengthOf(body);
  for (const group of groups) {
    const chunks = group.chunks.map((chunk) => {
      const start = at;
      body.push(...chunk.pages);
      at += lengthOf(chunk.pages);
      return chunkMetadata(chunk, start);
    });
    const one = struct({ field_1: chunks, field_2: 1n, field_3: BigInt(group.rows) });
    for (let i = 0; i < (group.times ?? 1); i++) described.push(one);
    rows += group.rows * (group.times ?? 1);
  }
  const head = struct({
    field_1: 1,
    field_2: [{ field_4: 'root', field_5: columns }, ...schema],
    field_3: BigInt(rows),
  }).subarray(0, -1);
  // Lists of equal structs are repeated bytes: field 4 follows field 3, and field 5 follows field 4.
  const groupList = Buffer.concat([Uint8Array.of(0x19, 0xfc), varint(described.length), ...described]);
  const pairList = pairs === undefined ? [] : [Uint8Array.of(0x19, 0xfc), varint(pairs.times), pairs];
  const footer: Piece[] = [head, groupList, ...pairList, Uint8Array.of(0)];
  const bytes = littleEndian(lengthOf(footer), 4);
  writePieces(path, [...body, ...footer, bytes, Buffer.from('PAR1')]);
}

function chunkMetadata(chunk: MadeChunk, start: number): Thrift {
  const { dictionaryBytes = 0, plainBytes } = chunk;
  const bytes = lengthOf(chunk.pages);
  return {
    field_2: BigInt(start),
    field_3: {
      field_1: chunk.physical,
      field_2: [...(chunk.encodings ?? [encoding.plain, encoding.rle])],
      field_3: [...chunk.path],
      field_4: chunk.codec ?? codec.none,
      field_5: BigInt(chunk.values),
      field_6: BigInt(plainBytes ?? bytes),
      field_7: BigInt(bytes),
      field_9: BigInt(start + dictionaryBytes),
      field_11: dictionaryBytes > 0 ? BigInt(start) : undefined,
    },
  };
}

/** Returns a data page of version 1; `plainBytes` is its declared size before compression. */
export function dataPage(page: {
  readonly values: number;
  readonly encoding?: number;
  readonly body: readonly Piece[];
  readonly plainBytes?: number;
  readonly statistics?: Thrift;
}): Piece[] {
  const bytes = lengthOf(page.body);
  return [
    struct({
      field_1: 0,
      field_2: page.plainBytes ?? bytes,
      field_3: bytes,
      field_5: {
        field_1: page.values,
        field_2: page.encoding ?? encoding.plain,
        field_3: encoding.rle,
        field_4: encoding.rle,
        field_5: page.statistics,
      },
    }),
    ...page.body,
  ];
}

export function dictionaryPage(values: number, body: readonly Piece[], plainBytes = lengthOf(body)): Piece[] {
  const header = struct({
    field_1: 2,
    field_2: plainBytes,
    field_3: lengthOf(body),
    field_7: { field_1: values, field_2: encoding.plain },
  });
  return [header, ...body];
}

/** Returns one run of equal levels or codes, `width` bits each. */
export function oneRun(value: number, times: number, width: number): Uint8Array {
  return Buffer.concat([varint(2 * times), littleEndian(value, Math.ceil(width / 8))]);
}

/** Returns levels with the length that precedes them in pages of version 1. */
export function levels(value: number, times: number, width = 1): Uint8Array {
  const run = oneRun(value, times, width);
  return Buffer.concat([littleEndian(run.length, 4), run]);
}

export function struct(data: Thrift): Uint8Array {
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, data);
  return writer.getBytes();
}
