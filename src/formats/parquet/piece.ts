import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';
import type { Thrift } from './read-footer.js';

/** What begins and ends a Parquet file. */
export const magic = Buffer.from('PAR1');

/** The row groups of a small Parquet file that one of us wrote, as thrift. */
export function rowGroupsOf(file: Uint8Array): readonly Thrift[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const bytes = view.getUint32(file.length - 8, true);
  const footer = deserializeTCompactProtocol({ view, offset: file.length - 8 - bytes }) as Thrift;
  return (footer.field_4 as Thrift[] | undefined) ?? [];
}

/** The bytes of a file that hold a row group's pages. */
export function pagesOf(group: Thrift): { readonly start: number; readonly end: number } {
  const chunks = (group.field_1 as Thrift[]).map(({ field_3 }) => field_3 as Thrift);
  const starts = chunks.map((data) => Number(data.field_11 ?? data.field_9));
  return {
    start: Math.min(...starts),
    end: Math.max(...chunks.map((data, i) => starts[i]! + Number(data.field_7))),
  };
}

/** A footer (FileMetaData of parquet.thrift) with its length and the magic after it. */
export function footerBytes(footer: Thrift): Uint8Array {
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, footer);
  writer.appendUint32(writer.offset);
  writer.appendBytes(magic);
  return writer.getBytes();
}
