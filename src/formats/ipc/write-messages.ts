import { Block } from 'apache-arrow/fb/block';
import { Bool } from 'apache-arrow/fb/bool';
import { Buffer as FbBuffer } from 'apache-arrow/fb/buffer';
import { Date as FbDate } from 'apache-arrow/fb/date';
import { DateUnit } from 'apache-arrow/fb/date-unit';
import { Endianness } from 'apache-arrow/fb/endianness';
import { Field } from 'apache-arrow/fb/field';
import { FieldNode } from 'apache-arrow/fb/field-node';
import { FloatingPoint } from 'apache-arrow/fb/floating-point';
import { Footer } from 'apache-arrow/fb/footer';
import { Int } from 'apache-arrow/fb/int';
import { List } from 'apache-arrow/fb/list';
import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { MetadataVersion } from 'apache-arrow/fb/metadata-version';
import { Precision } from 'apache-arrow/fb/precision';
import { RecordBatch } from 'apache-arrow/fb/record-batch';
import { Schema } from 'apache-arrow/fb/schema';
import { TimeUnit } from 'apache-arrow/fb/time-unit';
import { Timestamp } from 'apache-arrow/fb/timestamp';
import { Type } from 'apache-arrow/fb/type';
import { Utf8 } from 'apache-arrow/fb/utf8';
import { Builder, type Offset } from 'flatbuffers';
import type { OutputBatch, OutputField } from '../../chunk/batch.js';
import { type BatchBody, batchBody } from './batch-body.js';

/** Eight bytes that end a stream. */
export const endOfStream = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/** Returns an output's schema message. All fields are nullable; strings are Utf8, timestamps µs in UTC. */
export function schemaMessage(fields: readonly OutputField[]): Uint8Array {
  const builder = new Builder(1024);
  const header = schemaTable(builder, fields);
  return encapsulated(builder, MessageHeader.Schema, header, 0);
}

/** Returns a record batch message with its body: columns in order, each buffer padded to 8 bytes. */
export function batchMessage(batch: OutputBatch): Uint8Array {
  return batchBetween(nothing, batch, nothing);
}

/** Returns a whole stream of one batch. */
export function oneBatchStream(schema: Uint8Array, batch: OutputBatch): Uint8Array {
  return batchBetween(schema, batch, endOfStream);
}

const nothing = new Uint8Array(0);

/** Returns a record batch message between other bytes, in one array, because a second copy is large. */
function batchBetween(before: Uint8Array, batch: OutputBatch, after: Uint8Array): Uint8Array {
  const body = batchBody(batch);
  const builder = new Builder(1024);
  const header = recordBatchTable(builder, batch.rows, body);
  const metadata = encapsulated(builder, MessageHeader.RecordBatch, header, body.bytes);
  const start = before.length + metadata.length;
  const end = start + body.bytes;
  const bytes = new Uint8Array(end + after.length);
  bytes.set(before);
  bytes.set(metadata, before.length);
  body.writeTo(bytes.subarray(start, end));
  bytes.set(after, end);
  return bytes;
}

/** Location of a record batch message in a file. */
export interface BlockLocation {
  readonly offset: number;
  readonly metadataBytes: number;
  readonly bodyBytes: number;
}

/** Returns the file's footer: schema, locations of the record batches, footer length and magic. */
export function fileFooter(fields: readonly OutputField[], blocks: readonly BlockLocation[]): Uint8Array {
  const builder = new Builder(1024);
  const schema = schemaTable(builder, fields);
  Footer.startRecordBatchesVector(builder, blocks.length);
  for (const { offset, metadataBytes, bodyBytes } of blocks.toReversed()) {
    Block.createBlock(builder, BigInt(offset), metadataBytes, BigInt(bodyBytes));
  }
  const batches = builder.endVector();
  Footer.startDictionariesVector(builder, 0);
  const dictionaries = builder.endVector();
  Footer.startFooter(builder);
  Footer.addVersion(builder, MetadataVersion.V5);
  Footer.addSchema(builder, schema);
  Footer.addDictionaries(builder, dictionaries);
  Footer.addRecordBatches(builder, batches);
  Footer.finishFooterBuffer(builder, Footer.endFooter(builder));
  const table = builder.asUint8Array();
  const footer = new Uint8Array(table.length + 10);
  footer.set(table);
  new DataView(footer.buffer).setInt32(table.length, table.length, true);
  footer.set(Buffer.from('ARROW1'), table.length + 4);
  return footer;
}

/** Returns a message's metadata with its continuation mark and length, padded to 8 bytes. */
function encapsulated(builder: Builder, type: MessageHeader, header: Offset, bodyBytes: number): Uint8Array {
  builder.finish(
    Message.createMessage(builder, MetadataVersion.V5, type, header, BigInt(bodyBytes), 0 as Offset),
  );
  const table = builder.asUint8Array();
  const padded = (table.length + 7) & ~7;
  const bytes = new Uint8Array(8 + padded);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xffffffff, true);
  view.setInt32(4, padded, true);
  bytes.set(table, 8);
  return bytes;
}

function recordBatchTable(builder: Builder, rows: number, body: BatchBody): Offset {
  RecordBatch.startNodesVector(builder, body.nodes.length);
  for (const { length, missing } of body.nodes.toReversed()) {
    FieldNode.createFieldNode(builder, BigInt(length), BigInt(missing));
  }
  const nodes = builder.endVector();
  RecordBatch.startBuffersVector(builder, body.buffers.length);
  for (const { start, bytes } of body.buffers.toReversed()) {
    FbBuffer.createBuffer(builder, BigInt(start), BigInt(bytes));
  }
  const buffers = builder.endVector();
  RecordBatch.startRecordBatch(builder);
  RecordBatch.addLength(builder, BigInt(rows));
  RecordBatch.addNodes(builder, nodes);
  RecordBatch.addBuffers(builder, buffers);
  return RecordBatch.endRecordBatch(builder);
}

function schemaTable(builder: Builder, fields: readonly OutputField[]): Offset {
  const tables = fields.map(({ name, type }) => fieldTable(builder, name, type));
  const vector = Schema.createFieldsVector(builder, tables);
  Schema.startSchema(builder);
  Schema.addEndianness(builder, Endianness.Little);
  Schema.addFields(builder, vector);
  return Schema.endSchema(builder);
}

function fieldTable(builder: Builder, name: string, type: OutputField['type']): Offset {
  const item = type === 'list<float32>' ? 'float32' : type === 'list<string>' ? 'string' : null;
  const items = item === null ? [] : [fieldTable(builder, 'item', item)];
  const children = Field.createChildrenVector(builder, items);
  const nameOffset = builder.createString(name);
  const [typeNumber, typeTable] = typeOf(builder, type);
  Field.startField(builder);
  Field.addName(builder, nameOffset);
  Field.addNullable(builder, true);
  Field.addTypeType(builder, typeNumber);
  Field.addType(builder, typeTable);
  Field.addChildren(builder, children);
  return Field.endField(builder);
}

function typeOf(builder: Builder, type: OutputField['type']): [Type, Offset] {
  switch (type) {
    case 'int32':
      return [Type.Int, Int.createInt(builder, 32, true)];
    case 'int64':
      return [Type.Int, Int.createInt(builder, 64, true)];
    case 'float32':
      return [Type.FloatingPoint, FloatingPoint.createFloatingPoint(builder, Precision.SINGLE)];
    case 'float64':
      return [Type.FloatingPoint, FloatingPoint.createFloatingPoint(builder, Precision.DOUBLE)];
    case 'boolean':
      Bool.startBool(builder);
      return [Type.Bool, Bool.endBool(builder)];
    case 'string':
      Utf8.startUtf8(builder);
      return [Type.Utf8, Utf8.endUtf8(builder)];
    case 'date':
      return [Type.Date, FbDate.createDate(builder, DateUnit.DAY)];
    case 'timestamp':
      return [
        Type.Timestamp,
        Timestamp.createTimestamp(builder, TimeUnit.MICROSECOND, builder.createString('UTC')),
      ];
    case 'list<float32>':
    case 'list<string>':
      List.startList(builder);
      return [Type.List, List.endList(builder)];
  }
}
