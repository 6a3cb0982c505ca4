import { Date as FbDate } from 'apache-arrow/fb/date';
import { DateUnit } from 'apache-arrow/fb/date-unit';
import { Decimal } from 'apache-arrow/fb/decimal';
import { Duration } from 'apache-arrow/fb/duration';
import { Endianness } from 'apache-arrow/fb/endianness';
import type { Field } from 'apache-arrow/fb/field';
import { FixedSizeBinary } from 'apache-arrow/fb/fixed-size-binary';
import { FixedSizeList } from 'apache-arrow/fb/fixed-size-list';
import { FloatingPoint } from 'apache-arrow/fb/floating-point';
import { Int } from 'apache-arrow/fb/int';
import type { Schema } from 'apache-arrow/fb/schema';
import { Time } from 'apache-arrow/fb/time';
import { TimeUnit as FbTimeUnit } from 'apache-arrow/fb/time-unit';
import { Timestamp } from 'apache-arrow/fb/timestamp';
import { Type } from 'apache-arrow/fb/type';
import { Union } from 'apache-arrow/fb/union';
import { UnionMode } from 'apache-arrow/fb/union-mode';
import { type ArrowType, type IndexType, nativeName, type TimeUnit } from '../cast/arrow-type.js';

/** A field of a schema; has all children, even of unsupported types, whose buffers must be skipped. */
export interface ArrowField {
  readonly name: string;
  readonly type: ArrowType;
  readonly children: readonly ArrowField[];
}

/** A file that is well-formed but of an unsupported kind. */
export class NotRead extends Error {}

/**
 * Returns the fields of a schema message as plain data; throws plain errors for schemas that no Arrow version
 * allows, and `NotRead` for those that some version allows but that are unsupported here.
 */
export function readSchema(schema: Schema): ArrowField[] {
  if (schema.endianness() !== Endianness.Little) throw new NotRead('its numbers are big-endian');
  return Array.from({ length: bounded(schema.fieldsLength(), schema) }, (_, i) =>
    readField(schema.fields(i)!, 0),
  );
}

/** Checks a count read from a message: the message must be large enough for as many entries. */
export function bounded(
  count: number,
  table: { bb: { capacity(): number } | null } | { bb: unknown },
): number {
  const capacity = (table.bb as { capacity(): number }).capacity();
  if (count < 0 || count > capacity / 4)
    throw new Error(`a list of ${count} entries in a message of ${capacity} bytes`);
  return count;
}

function readField(field: Field, depth: number): ArrowField {
  if (depth > 64) throw new Error('types are nested deeper than 64');
  const children = Array.from({ length: bounded(field.childrenLength(), field) }, (_, i) =>
    readField(field.children(i)!, depth + 1),
  );
  const value = extended(field, readType(field, children));
  const encoding = field.dictionary();
  const name = field.name() ?? '';
  if (encoding === null) return { name, type: value, children };
  const index = encoding.indexType();
  const type = { kind: 'dictionary', index: readIndex(index), value, id: encoding.id() } as const;
  return { name, type, children };
}

function readIndex(int: Int | null): IndexType {
  return { bits: bitsOf(int?.bitWidth() ?? 32), signed: int?.isSigned() ?? true };
}

/** Resolves extension types: UUIDs have a text; every other extension reads as the type that stores it. */
function extended(field: Field, type: ArrowType): ArrowType {
  if (type.kind !== 'other' || type.native !== 'FixedSizeBinary(16)') return type;
  for (let i = 0; i < bounded(field.customMetadataLength(), field); i++) {
    const entry = field.customMetadata(i)!;
    if (entry.key() === 'ARROW:extension:name' && entry.value() === 'arrow.uuid') return { kind: 'uuid' };
  }
  return type;
}

function readType(field: Field, children: readonly ArrowField[]): ArrowType {
  switch (field.typeType()) {
    case Type.Null:
      return { kind: 'null' };
    case Type.Int: {
      const int: Int = field.type(new Int());
      return { kind: 'int', bits: bitsOf(int.bitWidth()), signed: int.isSigned() };
    }
    case Type.FloatingPoint: {
      const bits = ([16, 32, 64] as const)[(field.type(new FloatingPoint()) as FloatingPoint).precision()];
      if (bits === undefined) throw new Error('a float of unknown precision');
      return { kind: 'float', bits };
    }
    case Type.Bool:
      return { kind: 'bool' };
    case Type.Decimal: {
      const decimal: Decimal = field.type(new Decimal());
      const bytes = { width: decimal.bitWidth() / 8, bigEndian: false };
      if (![4, 8, 16, 32].includes(bytes.width)) throw new Error(`decimals of ${bytes.width * 8} bits`);
      const scale = decimal.scale();
      if (Math.abs(scale) > 76) throw new Error(`decimals of scale ${scale}`);
      return { kind: 'decimal', precision: decimal.precision(), scale, bytes };
    }
    case Type.Date:
      return {
        kind: 'date',
        bits: (field.type(new FbDate()) as FbDate).unit() === DateUnit.DAY ? 32 : 64,
      };
    case Type.Time: {
      const time: Time = field.type(new Time());
      return { kind: 'time', bits: time.bitWidth() === 32 ? 32 : 64, unit: unitOf(time.unit()) };
    }
    case Type.Timestamp: {
      const timestamp: Timestamp = field.type(new Timestamp());
      return { kind: 'timestamp', unit: unitOf(timestamp.unit()), zone: timestamp.timezone() || null };
    }
    case Type.Duration:
      return { kind: 'duration', unit: unitOf((field.type(new Duration()) as Duration).unit()) };
    case Type.RunEndEncoded:
      return runs(children);
    case Type.Utf8:
      return { kind: 'text', offsets: 32, utf8: true };
    case Type.LargeUtf8:
      return { kind: 'text', offsets: 64, utf8: true };
    case Type.Utf8View:
      return { kind: 'text', offsets: 'view', utf8: true };
    case Type.Binary:
      return { kind: 'text', offsets: 32, utf8: false };
    case Type.LargeBinary:
      return { kind: 'text', offsets: 64, utf8: false };
    case Type.BinaryView:
      return { kind: 'text', offsets: 'view', utf8: false };
    case Type.List:
      return { kind: 'list', offsets: 32, size: 0, item: childType(children) };
    case Type.LargeList:
      return { kind: 'list', offsets: 64, size: 0, item: childType(children) };
    case Type.ListView:
      return { kind: 'list', offsets: 'view32', size: 0, item: childType(children) };
    case Type.LargeListView:
      return { kind: 'list', offsets: 'view64', size: 0, item: childType(children) };
    case Type.FixedSizeList: {
      const size = (field.type(new FixedSizeList()) as FixedSizeList).listSize();
      if (size < 0) throw new Error(`lists of ${size} items`);
      return { kind: 'list', offsets: 'fixed', size, item: childType(children) };
    }
    default:
      return otherType(field);
  }
}

/** Returns unsupported types, with the number of their buffers besides their children's. */
function otherType(field: Field): ArrowType {
  switch (field.typeType()) {
    case Type.FixedSizeBinary: {
      const width = (field.type(new FixedSizeBinary()) as FixedSizeBinary).byteWidth();
      return { kind: 'other', native: `FixedSizeBinary(${width})`, buffers: 2 };
    }
    case Type.Union: {
      const dense = (field.type(new Union()) as Union).mode() === UnionMode.Dense;
      return { kind: 'other', native: dense ? 'DenseUnion' : 'SparseUnion', buffers: dense ? 2 : 1 };
    }
    case Type.Struct_:
      return { kind: 'other', native: 'Struct', buffers: 1 };
    case Type.Map:
      return { kind: 'other', native: 'Map', buffers: 2 };
    case Type.Interval:
      return { kind: 'other', native: 'Interval', buffers: 2 };
    default:
      throw new NotRead(`its type number ${field.typeType()} is of a later version of Arrow`);
  }
}

/** Returns the type of run ends and values; only runs of flat values are supported. */
function runs(children: readonly ArrowField[]): ArrowType {
  const [ends, values, ...more] = children;
  if (ends?.type.kind !== 'int' || values === undefined || more.length > 0) {
    throw new Error('run-end encoded values without their run ends');
  }
  const value = values.type;
  const isFlat = !['list', 'dictionary', 'runs', 'null', 'other'].includes(value.kind);
  if (isFlat) return { kind: 'runs', value };
  return { kind: 'other', native: `RunEndEncoded<${nativeName(value)}>`, buffers: 0 };
}

function childType(children: readonly ArrowField[]): ArrowType {
  const child = children[0];
  if (child === undefined) throw new Error('a list without a type for its items');
  return child.type;
}

function bitsOf(bits: number): 8 | 16 | 32 | 64 {
  if (bits === 8 || bits === 16 || bits === 32 || bits === 64) return bits;
  throw new Error(`whole numbers of ${bits} bits`);
}

function unitOf(unit: FbTimeUnit): TimeUnit {
  const name = (
    {
      [FbTimeUnit.SECOND]: 's',
      [FbTimeUnit.MILLISECOND]: 'ms',
      [FbTimeUnit.MICROSECOND]: 'us',
      [FbTimeUnit.NANOSECOND]: 'ns',
    } as const
  )[unit];
  if (name === undefined) throw new Error(`time unit number ${unit} is unknown`);
  return name;
}
