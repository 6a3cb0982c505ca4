import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import type { Thrift } from './read-footer.js';
import { nextList, structListHead, thriftBytes } from './write-thrift.js';

/** Magic at the beginning and end of a Parquet file. */
export const magic = Buffer.from('PAR1');

/** Returns the row groups of a small Parquet file of our own, as thrift. */
export function rowGroupsOf(file: Uint8Array): readonly Thrift[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const bytes = view.getUint32(file.length - 8, true);
  const footer = deserializeTCompactProtocol({ view, offset: file.length - 8 - bytes }) as Thrift;
  return (footer.field_4 as Thrift[] | undefined) ?? [];
}

/** Returns the range of a file with a row group's pages. */
export function pagesOf(group: Thrift): { readonly start: number; readonly end: number } {
  const chunks = (group.field_1 as Thrift[]).map(({ field_3 }) => field_3 as Thrift);
  const starts = chunks.map((data) => Number(data.field_11 ?? data.field_9));
  return {
    start: Math.min(...starts),
    end: Math.max(...chunks.map((data, i) => starts[i]! + Number(data.field_7))),
  };
}

/** Returns a footer (FileMetaData of parquet.thrift) with its length and the magic after it. */
export function footerBytes(footer: Thrift): Uint8Array {
  return ended([thriftBytes(footer)]);
}

/** Returns the bytes of `footerBytes` for these fields, with encoded row groups as field 4. */
export function footerAround(
  before: Pick<Thrift, 'field_1' | 'field_2' | 'field_3'>,
  groups: readonly Uint8Array[],
  after: Pick<Thrift, 'field_6' | 'field_7'>,
): Uint8Array {
  // Without the byte that ends a struct.
  const start = thriftBytes(before).subarray(0, -1);
  const end = thriftBytes(after);
  // The number of a field is relative to the field before it, here the fourth.
  end[0]! -= 4 << 4;
  return ended([start, Uint8Array.of(nextList), structListHead(groups.length), ...groups, end]);
}

function ended(parts: readonly Uint8Array[]): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(parts.reduce((sum, part) => sum + part.length, 0));
  return Buffer.concat([...parts, length, magic]);
}
