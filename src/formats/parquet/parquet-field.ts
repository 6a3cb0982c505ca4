import { type ArrowType, isReadable, type TimeUnit } from '../cast/arrow-type.js';
import type { SchemaElement, Thrift } from './read-footer.js';

/** A top-level column of a Parquet file. */
export interface ParquetField {
  readonly name: string;
  /** Type of its rows as Arrow arrays; `other` for an unsupported one. */
  readonly type: ArrowType;
  /** Type in Parquet's words: `INT32 DECIMAL(9,2)`. */
  readonly native: string;
  /** Its elements in the schema, itself first. */
  readonly elements: readonly SchemaElement[];
  /** The index of its first leaf among the chunks of a row group, and the number of its leaves. */
  readonly leaf: number;
  readonly leaves: number;
}

/** Returns the top-level columns of a schema; throws plain errors if its tree is broken. */
export function parquetFields(schema: readonly SchemaElement[]): ParquetField[] {
  const fields: ParquetField[] = [];
  let leaf = 0;
  let at = 1;
  for (let i = 0; i < schema[0]!.children; i++) {
    const end = subtreeEnd(schema, at, 0);
    const elements = schema.slice(at, end);
    const leaves = elements.filter(({ physical }) => physical !== null).length;
    const { type, native } = fieldType(elements);
    fields.push({ name: elements[0]!.name, type, native, elements, leaf, leaves });
    leaf += leaves;
    at = end;
  }
  if (at !== schema.length)
    throw new Error(`its schema has ${schema.length} elements, but its tree has ${at}`);
  return fields;
}

function subtreeEnd(schema: readonly SchemaElement[], at: number, depth: number): number {
  const element = schema[at];
  if (element === undefined || depth > 64) throw new Error('its schema is not a tree');
  if ((element.physical === null) !== element.children > 0 && element.physical !== null) {
    throw new Error(`column "${element.name}" is both a group and a value`);
  }
  let end = at + 1;
  for (let i = 0; i < element.children; i++) end = subtreeEnd(schema, end, depth + 1);
  return end;
}

function fieldType(elements: readonly SchemaElement[]): { type: ArrowType; native: string } {
  const top = elements[0]!;
  if (top.physical !== null && top.repetition !== 'repeated') {
    return { type: leafType(top), native: leafName(top) };
  }
  const item = listItem(elements);
  if (item !== null) {
    const list = { kind: 'list', offsets: 32, size: 0, item: leafType(item) } as const;
    const native = `LIST<${leafName(item)}>`;
    return isReadable(list)
      ? { type: list, native }
      : { type: { kind: 'other', native, buffers: 0 }, native };
  }
  const native = top.converted === 3 || top.logical?.field_3 !== undefined ? 'LIST' : nestedName(top);
  return { type: { kind: 'other', native, buffers: 0 }, native };
}

function nestedName(top: SchemaElement): string {
  if (top.converted === 1 || top.converted === 2 || top.logical?.field_2 !== undefined) return 'MAP';
  if (top.logical?.field_16 !== undefined) return 'VARIANT';
  return top.repetition === 'repeated' ? 'repeated STRUCT' : 'STRUCT';
}

/**
 * Returns a list's item: in three levels, in two, or a repeated value by itself (LogicalTypes.md, "Lists").
 */
function listItem(elements: readonly SchemaElement[]): SchemaElement | null {
  const [top, repeated, item] = elements;
  if (elements.length === 1) return top!.repetition === 'repeated' ? top! : null;
  const isList = top!.converted === 3 || top!.logical?.field_3 !== undefined;
  if (!isList || top!.repetition === 'repeated' || repeated?.repetition !== 'repeated') return null;
  if (elements.length === 2) return repeated.physical === null ? null : repeated;
  const structs = repeated.name === 'array' || repeated.name === `${top!.name}_tuple`;
  if (elements.length !== 3 || structs || item!.physical === null || item!.repetition === 'repeated')
    return null;
  return item!;
}

function leafType(element: SchemaElement): ArrowType {
  const { physical, converted, logical } = element;
  if (logical?.field_11 !== undefined) return { kind: 'null' };
  if (converted === 5 || logical?.field_5 !== undefined) return decimal(element);
  switch (physical) {
    case 'BOOLEAN':
      return { kind: 'bool' };
    case 'INT32':
      if (converted === 6 || logical?.field_6 !== undefined) return { kind: 'date', bits: 32 };
      if (converted === 7 || logical?.field_7 !== undefined) return { kind: 'time', bits: 32, unit: 'ms' };
      return { kind: 'int', bits: 32, signed: !isUnsigned(element, 13, 32) };
    case 'INT64': {
      const stamp = logical?.field_8 as Thrift | undefined;
      if (stamp !== undefined) return { kind: 'timestamp', unit: unitOf(stamp), zone: zoneOf(stamp) };
      if (converted === 9) return { kind: 'timestamp', unit: 'ms', zone: 'UTC' };
      if (converted === 10) return { kind: 'timestamp', unit: 'us', zone: 'UTC' };
      const time = logical?.field_7 as Thrift | undefined;
      if (time !== undefined) return { kind: 'time', bits: 64, unit: unitOf(time) };
      if (converted === 8) return { kind: 'time', bits: 64, unit: 'us' };
      return { kind: 'int', bits: 64, signed: !isUnsigned(element, 14, 64) };
    }
    case 'INT96':
      return { kind: 'timestamp', unit: 'us', zone: null };
    case 'FLOAT':
      return { kind: 'float', bits: 32 };
    case 'DOUBLE':
      return { kind: 'float', bits: 64 };
    case 'BYTE_ARRAY':
      if (isText(element))
        return { kind: 'text', offsets: 32, utf8: converted === 0 || logical?.field_1 !== undefined };
      break;
    case 'FIXED_LEN_BYTE_ARRAY':
      if (logical?.field_15 !== undefined && element.typeLength === 2) return { kind: 'float', bits: 16 };
      if (logical?.field_14 !== undefined && element.typeLength === 16) return { kind: 'uuid' };
  }
  return { kind: 'other', native: leafName(element), buffers: 0 };
}

/**
 * Returns true for text, and for bytes without a logical type, because Impala and Hive omit it; not for BSON,
 * Variant and geometries.
 */
function isText({ converted, logical }: SchemaElement): boolean {
  if (converted === 20) return false;
  return (
    logical?.field_13 === undefined &&
    logical?.field_16 === undefined &&
    logical?.field_17 === undefined &&
    logical?.field_18 === undefined
  );
}

function decimal(element: SchemaElement): ArrowType {
  const logical = element.logical?.field_5 as Thrift | undefined;
  const scale = Number(logical?.field_1 ?? element.scale);
  const precision = Number(logical?.field_2 ?? element.precision);
  const width = { INT32: 4, INT64: 8, FIXED_LEN_BYTE_ARRAY: element.typeLength, BYTE_ARRAY: 0 };
  const native = leafName(element);
  if (!(element.physical! in width) || !(Math.abs(scale) <= 76)) return { kind: 'other', native, buffers: 0 };
  const bytes = width[element.physical as keyof typeof width];
  const bigEndian = element.physical === 'BYTE_ARRAY' || element.physical === 'FIXED_LEN_BYTE_ARRAY';
  return { kind: 'decimal', precision, scale, bytes: { width: bytes, bigEndian } };
}

function isUnsigned({ converted, logical }: SchemaElement, convertedType: number, bits: number): boolean {
  const integer = logical?.field_10 as Thrift | undefined;
  return converted === convertedType || (integer?.field_1 === bits && integer.field_2 === false);
}

function unitOf(time: Thrift): TimeUnit {
  const unit = time.field_2 as Thrift | undefined;
  return unit?.field_3 !== undefined ? 'ns' : unit?.field_2 !== undefined ? 'us' : 'ms';
}

function zoneOf(stamp: Thrift): string | null {
  return stamp.field_1 === true ? 'UTC' : null;
}

const convertedNames = [
  'UTF8',
  'MAP',
  'MAP_KEY_VALUE',
  'LIST',
  'ENUM',
  'DECIMAL',
  'DATE',
  'TIME_MILLIS',
  'TIME_MICROS',
  'TIMESTAMP_MILLIS',
  'TIMESTAMP_MICROS',
  'UINT_8',
  'UINT_16',
  'UINT_32',
  'UINT_64',
  'INT_8',
  'INT_16',
  'INT_32',
  'INT_64',
  'JSON',
  'BSON',
  'INTERVAL',
];

const logicalNames: Readonly<Record<string, string>> = {
  field_1: 'STRING',
  field_4: 'ENUM',
  field_6: 'DATE',
  field_7: 'TIME',
  field_8: 'TIMESTAMP',
  field_10: 'INTEGER',
  field_11: 'UNKNOWN',
  field_12: 'JSON',
  field_13: 'BSON',
  field_14: 'UUID',
  field_15: 'FLOAT16',
  field_16: 'VARIANT',
  field_17: 'GEOMETRY',
  field_18: 'GEOGRAPHY',
};

function leafName(element: SchemaElement): string {
  const { physical, converted, logical, typeLength } = element;
  const stored = physical === 'FIXED_LEN_BYTE_ARRAY' ? `${physical}(${typeLength})` : String(physical);
  return [stored, annotation(element, logical, converted)].filter((word) => word !== '').join(' ');
}

function annotation(element: SchemaElement, logical: Thrift | null, converted: number | null): string {
  if (converted === 5 || logical?.field_5 !== undefined) {
    const given = logical?.field_5 as Thrift | undefined;
    return `DECIMAL(${given?.field_2 ?? element.precision},${given?.field_1 ?? element.scale})`;
  }
  const member = logical === null ? undefined : Object.keys(logical).find((key) => key in logicalNames);
  const value = member === undefined ? undefined : (logical![member as keyof Thrift] as Thrift);
  if (member === 'field_8' || member === 'field_7') {
    return `${logicalNames[member]}(${unitOf(value!)}${value!.field_1 === true ? ', UTC' : ''})`;
  }
  if (member === 'field_10') return `${value!.field_2 === false ? 'UINT' : 'INT'}_${String(value!.field_1)}`;
  if (member !== undefined) return logicalNames[member]!;
  return converted === null ? '' : (convertedNames[converted] ?? '');
}
