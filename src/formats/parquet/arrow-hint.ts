import { Binary } from 'apache-arrow/fb/binary';
import { DictionaryEncoding } from 'apache-arrow/fb/dictionary-encoding';
import { Endianness } from 'apache-arrow/fb/endianness';
import { Field } from 'apache-arrow/fb/field';
import { Int } from 'apache-arrow/fb/int';
import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { MetadataVersion } from 'apache-arrow/fb/metadata-version';
import { Schema } from 'apache-arrow/fb/schema';
import { TimeUnit } from 'apache-arrow/fb/time-unit';
import { Timestamp } from 'apache-arrow/fb/timestamp';
import { Type } from 'apache-arrow/fb/type';
import { Builder, type Offset } from 'flatbuffers';

/**
 * Arrow schemas of one column `c`, in the form of Parquet's `ARROW:schema` (base64 of an IPC message): they
 * make the reader return the column as codes into its Parquet dictionary without writing the strings out,
 * INT96 in microseconds, which reach beyond the year 2262, or in nanoseconds, whose last digits are right for
 * any year.
 */
export const arrowHints = {
  codes: hint((builder, nullable) => {
    Binary.startBinary(builder);
    const type = Binary.endBinary(builder);
    const index = Int.createInt(builder, 32, true);
    DictionaryEncoding.startDictionaryEncoding(builder);
    DictionaryEncoding.addIndexType(builder, index);
    const dictionary = DictionaryEncoding.endDictionaryEncoding(builder);
    return field(builder, nullable, Type.Binary, type, dictionary);
  }),
  microseconds: timestampHint(TimeUnit.MICROSECOND),
  nanoseconds: timestampHint(TimeUnit.NANOSECOND),
} as const;

/** One hint for optional and one for required columns. */
interface ArrowHint {
  readonly optional: string;
  readonly required: string;
}

function timestampHint(unit: TimeUnit): ArrowHint {
  return hint((builder, nullable) => {
    const type = Timestamp.createTimestamp(builder, unit, 0 as Offset);
    return field(builder, nullable, Type.Timestamp, type, null);
  });
}

function hint(make: (builder: Builder, nullable: boolean) => Offset): ArrowHint {
  return { optional: message(make, true), required: message(make, false) };
}

function field(
  builder: Builder,
  nullable: boolean,
  typeType: Type,
  type: Offset,
  dictionary: Offset | null,
): Offset {
  const name = builder.createString('c');
  const children = Field.createChildrenVector(builder, []);
  Field.startField(builder);
  Field.addName(builder, name);
  Field.addNullable(builder, nullable);
  Field.addTypeType(builder, typeType);
  Field.addType(builder, type);
  if (dictionary !== null) Field.addDictionary(builder, dictionary);
  Field.addChildren(builder, children);
  return Field.endField(builder);
}

function message(make: (builder: Builder, nullable: boolean) => Offset, nullable: boolean): string {
  const builder = new Builder(256);
  const fields = Schema.createFieldsVector(builder, [make(builder, nullable)]);
  Schema.startSchema(builder);
  Schema.addEndianness(builder, Endianness.Little);
  Schema.addFields(builder, fields);
  const schema = Schema.endSchema(builder);
  builder.finish(
    Message.createMessage(builder, MetadataVersion.V5, MessageHeader.Schema, schema, 0n, 0 as Offset),
  );
  const table = builder.asUint8Array();
  const bytes = Buffer.alloc(8 + ((table.length + 7) & ~7));
  bytes.writeUInt32LE(0xffffffff, 0);
  bytes.writeInt32LE(bytes.length - 8, 4);
  bytes.set(table, 8);
  return bytes.toString('base64');
}
