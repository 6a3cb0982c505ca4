import { BodyCompression } from 'apache-arrow/fb/body-compression';
import { BodyCompressionMethod } from 'apache-arrow/fb/body-compression-method';
import { Buffer as FbBuffer } from 'apache-arrow/fb/buffer';
import type { CompressionType } from 'apache-arrow/fb/compression-type';
import { DictionaryBatch } from 'apache-arrow/fb/dictionary-batch';
import { DictionaryEncoding } from 'apache-arrow/fb/dictionary-encoding';
import { Endianness } from 'apache-arrow/fb/endianness';
import { Field } from 'apache-arrow/fb/field';
import { FieldNode } from 'apache-arrow/fb/field-node';
import { FixedSizeList } from 'apache-arrow/fb/fixed-size-list';
import { FloatingPoint } from 'apache-arrow/fb/floating-point';
import { Int } from 'apache-arrow/fb/int';
import { KeyValue } from 'apache-arrow/fb/key-value';
import { List } from 'apache-arrow/fb/list';
import { ListView } from 'apache-arrow/fb/list-view';
import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { MetadataVersion } from 'apache-arrow/fb/metadata-version';
import { Precision } from 'apache-arrow/fb/precision';
import { RecordBatch } from 'apache-arrow/fb/record-batch';
import { RunEndEncoded } from 'apache-arrow/fb/run-end-encoded';
import { Schema } from 'apache-arrow/fb/schema';
import { Type } from 'apache-arrow/fb/type';
import { Utf8 } from 'apache-arrow/fb/utf8';
import { Utf8View } from 'apache-arrow/fb/utf8-view';
import { Builder, type Offset } from 'flatbuffers';
import { lengthOf, type Piece, repeated, writePieces } from './pieces.js';

/** A field of a made schema. */
export interface MadeField {
  readonly name: string;
  readonly type:
    | 'float'
    | 'int'
    | 'text'
    | 'views'
    | 'list'
    | 'list-view'
    | 'runs'
    | { readonly fixed: number };
  readonly dictionary?: number;
  readonly children?: readonly MadeField[];
}

/** A record batch by what its header claims; each buffer is a piece, or bytes at a place of their own. */
export interface MadeBatch {
  readonly rows: number | bigint;
  readonly nodes: readonly (readonly [length: number | bigint, missing: number | bigint])[];
  readonly buffers: readonly (Piece | { readonly start: bigint; readonly length: bigint })[];
  readonly compression?: CompressionType;
  readonly variadic?: readonly number[];
  /** What the message claims for its body. */
  readonly bodyBytes?: bigint;
  readonly dictionary?: { readonly id: number; readonly isDelta?: boolean };
  readonly times?: number;
}

/** Writes an Arrow stream. */
export function writeArrow(
  path: string,
  fields: readonly MadeField[],
  batches: readonly MadeBatch[],
  metadata: readonly (readonly [string, string])[] = [],
): void {
  const pieces: Piece[] = [schemaMessage(fields, metadata)];
  for (const batch of batches) {
    const message = batchMessage(batch);
    if (batch.times === undefined) for (const piece of message) pieces.push(piece);
    else pieces.push({ bytes: Buffer.concat(message as Uint8Array[]), times: batch.times });
  }
  pieces.push(Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0));
  writePieces(path, pieces);
}

function batchMessage(batch: MadeBatch): Piece[] {
  const body: Piece[] = [];
  let at = 0;
  const places = batch.buffers.map((buffer) => {
    if (typeof buffer === 'object' && 'start' in buffer) return buffer;
    const start = BigInt(at);
    const length = lengthOf([buffer]);
    const padding = (8 - (length % 8)) % 8;
    body.push(buffer, repeated(0, padding));
    at += length + padding;
    return { start, length: BigInt(length) };
  });
  const builder = new Builder(1024);
  RecordBatch.startNodesVector(builder, batch.nodes.length);
  for (const [length, missing] of batch.nodes.toReversed())
    FieldNode.createFieldNode(builder, BigInt(length), BigInt(missing));
  const nodes = builder.endVector();
  RecordBatch.startBuffersVector(builder, places.length);
  for (const { start, length } of places.toReversed()) FbBuffer.createBuffer(builder, start, length);
  const buffers = builder.endVector();
  const compression =
    batch.compression === undefined
      ? null
      : BodyCompression.createBodyCompression(builder, batch.compression, BodyCompressionMethod.BUFFER);
  const variadic =
    batch.variadic === undefined
      ? null
      : RecordBatch.createVariadicBufferCountsVector(builder, batch.variadic.map(BigInt));
  RecordBatch.startRecordBatch(builder);
  RecordBatch.addLength(builder, BigInt(batch.rows));
  RecordBatch.addNodes(builder, nodes);
  RecordBatch.addBuffers(builder, buffers);
  if (compression !== null) RecordBatch.addCompression(builder, compression);
  if (variadic !== null) RecordBatch.addVariadicBufferCounts(builder, variadic);
  const header = RecordBatch.endRecordBatch(builder);
  const bodyBytes = batch.bodyBytes ?? BigInt(at);
  const { dictionary } = batch;
  if (dictionary === undefined)
    return [encapsulated(builder, MessageHeader.RecordBatch, header, bodyBytes), ...body];
  DictionaryBatch.startDictionaryBatch(builder);
  DictionaryBatch.addId(builder, BigInt(dictionary.id));
  DictionaryBatch.addData(builder, header);
  DictionaryBatch.addIsDelta(builder, dictionary.isDelta === true);
  const wrapped = DictionaryBatch.endDictionaryBatch(builder);
  return [encapsulated(builder, MessageHeader.DictionaryBatch, wrapped, bodyBytes), ...body];
}

function encapsulated(builder: Builder, type: MessageHeader, header: Offset, bodyBytes: bigint): Uint8Array {
  builder.finish(Message.createMessage(builder, MetadataVersion.V5, type, header, bodyBytes, 0 as Offset));
  const table = builder.asUint8Array();
  const padded = (table.length + 7) & ~7;
  const bytes = new Uint8Array(8 + padded);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xffffffff, true);
  view.setInt32(4, padded, true);
  bytes.set(table, 8);
  return bytes;
}

function schemaMessage(
  fields: readonly MadeField[],
  metadata: readonly (readonly [string, string])[],
): Uint8Array {
  const builder = new Builder(1024);
  const tables = fields.map((field) => fieldTable(builder, field));
  const vector = Schema.createFieldsVector(builder, tables);
  const pairs = metadata.map(([key, value]) => {
    const [name, content] = [builder.createString(key), builder.createString(value)];
    return KeyValue.createKeyValue(builder, name, content);
  });
  const custom = Schema.createCustomMetadataVector(builder, pairs);
  Schema.startSchema(builder);
  Schema.addEndianness(builder, Endianness.Little);
  Schema.addFields(builder, vector);
  Schema.addCustomMetadata(builder, custom);
  return encapsulated(builder, MessageHeader.Schema, Schema.endSchema(builder), 0n);
}

function fieldTable(builder: Builder, field: MadeField): Offset {
  const items = (field.children ?? []).map((child) => fieldTable(builder, child));
  const children = Field.createChildrenVector(builder, items);
  const name = builder.createString(field.name);
  const [typeNumber, type] = typeOf(builder, field.type);
  let dictionary: Offset | null = null;
  if (field.dictionary !== undefined) {
    const index = Int.createInt(builder, 32, true);
    DictionaryEncoding.startDictionaryEncoding(builder);
    DictionaryEncoding.addId(builder, BigInt(field.dictionary));
    DictionaryEncoding.addIndexType(builder, index);
    dictionary = DictionaryEncoding.endDictionaryEncoding(builder);
  }
  Field.startField(builder);
  Field.addName(builder, name);
  Field.addNullable(builder, true);
  Field.addTypeType(builder, typeNumber);
  Field.addType(builder, type);
  Field.addChildren(builder, children);
  if (dictionary !== null) Field.addDictionary(builder, dictionary);
  return Field.endField(builder);
}

function typeOf(builder: Builder, type: MadeField['type']): [Type, Offset] {
  if (typeof type === 'object')
    return [Type.FixedSizeList, FixedSizeList.createFixedSizeList(builder, type.fixed)];
  switch (type) {
    case 'float':
      return [Type.FloatingPoint, FloatingPoint.createFloatingPoint(builder, Precision.SINGLE)];
    case 'int':
      return [Type.Int, Int.createInt(builder, 32, true)];
    case 'text':
      Utf8.startUtf8(builder);
      return [Type.Utf8, Utf8.endUtf8(builder)];
    case 'views':
      Utf8View.startUtf8View(builder);
      return [Type.Utf8View, Utf8View.endUtf8View(builder)];
    case 'list':
      List.startList(builder);
      return [Type.List, List.endList(builder)];
    case 'list-view':
      ListView.startListView(builder);
      return [Type.ListView, ListView.endListView(builder)];
    case 'runs':
      RunEndEncoded.startRunEndEncoded(builder);
      return [Type.RunEndEncoded, RunEndEncoded.endRunEndEncoded(builder)];
  }
}
