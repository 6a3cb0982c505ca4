import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';

/** A struct of parquet.thrift that may be changed. */
export type Struct = Record<`field_${number}`, unknown>;

/** A page of a column chunk: its header (PageHeader) and its bytes. */
export interface LoosePage {
  header: Struct;
  body: Uint8Array;
}

/** A Parquet file of one row group taken apart: its footer (FileMetaData) and the pages of each column. */
export interface LooseFile {
  readonly footer: Struct;
  readonly columns: LoosePage[][];
}

/** Takes a file of one row group apart. */
export function takeApart(file: Uint8Array): LooseFile {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const at = file.length - 8 - view.getUint32(file.length - 8, true);
  const footer = deserializeTCompactProtocol({ view, offset: at }) as Struct;
  const columns = metadataOf(footer).map((column) => {
    const start = Number(column.field_11 ?? column.field_9);
    const pages: LoosePage[] = [];
    for (let from = start; from < start + Number(column.field_7); ) {
      const reader = { view, offset: from };
      const header = deserializeTCompactProtocol(reader) as Struct;
      from = reader.offset + Number(header.field_3);
      pages.push({ header, body: file.slice(reader.offset, from) });
    }
    return pages;
  });
  return { footer, columns };
}

/** Writes the pages again, with a footer of their offsets. */
export function putTogether({ footer, columns }: LooseFile): Buffer {
  const parts: Uint8Array[] = [Buffer.from('PAR1')];
  let at = 4;
  for (const [i, column] of metadataOf(footer).entries()) {
    const start = at;
    let data = -1;
    for (const { header, body } of columns[i]!) {
      if (header.field_1 !== 2 && data === -1) data = at;
      const page = Buffer.concat([thrift(header), body]);
      parts.push(page);
      at += page.length;
    }
    column.field_9 = BigInt(data);
    if (column.field_11 !== undefined) column.field_11 = BigInt(start);
    column.field_7 = BigInt(at - start);
    for (const index of [4, 5, 6, 7] as const) delete chunksOf(footer)[i]![`field_${index}`];
  }
  const end = thrift(footer);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(end.length);
  return Buffer.concat([...parts, end, length, Buffer.from('PAR1')]);
}

/** The ColumnMetaData of each column. */
export function metadataOf(footer: Struct): Struct[] {
  return chunksOf(footer).map(({ field_3 }) => field_3 as Struct);
}

function chunksOf(footer: Struct): Struct[] {
  return (footer.field_4 as Struct[])[0]!.field_1 as Struct[];
}

function thrift(struct: Struct): Uint8Array {
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, struct);
  return writer.getBytes();
}
