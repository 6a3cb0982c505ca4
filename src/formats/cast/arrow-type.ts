import type { ColumnType } from '../../chunk/column.js';

export type TimeUnit = 's' | 'ms' | 'us' | 'ns';

/** Arrow's logical types as plain data; `other` cannot be read and has only its name and its buffers. */
export type ArrowType =
  | { readonly kind: 'null' }
  | { readonly kind: 'int'; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: 'float'; readonly bits: 16 | 32 | 64 }
  | {
      readonly kind: 'decimal';
      readonly precision: number;
      readonly scale: number;
      readonly bytes: DecimalBytes;
    }
  | { readonly kind: 'bool' }
  | { readonly kind: 'date'; readonly bits: 32 | 64 }
  | { readonly kind: 'time'; readonly bits: 32 | 64; readonly unit: TimeUnit }
  | { readonly kind: 'duration'; readonly unit: TimeUnit }
  | { readonly kind: 'timestamp'; readonly unit: TimeUnit; readonly zone: string | null }
  | { readonly kind: 'text'; readonly offsets: 32 | 64 | 'view'; readonly utf8: boolean }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'list'; readonly offsets: ListOffsets; readonly size: number; readonly item: ArrowType }
  | { readonly kind: 'dictionary'; readonly index: IndexType; readonly value: ArrowType; readonly id: bigint }
  | { readonly kind: 'runs'; readonly value: ArrowType }
  | { readonly kind: 'other'; readonly native: string; readonly buffers: number };

/**
 * Layout of a decimal's unscaled whole number: little-endian of a width (Arrow), or big-endian (Parquet's
 * byte arrays; width 0: of any length).
 */
interface DecimalBytes {
  readonly width: number;
  readonly bigEndian: boolean;
}

export interface IndexType {
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
}

/** 32- or 64-bit offsets, `fixed` for lists of `size` items each, or offsets and sizes (list views). */
type ListOffsets = 32 | 64 | 'fixed' | 'view32' | 'view64';

/**
 * Returns the contract's type that fits a type's values best (a duration is a whole number of its units, as
 * Parquet stores it); null if unknown (null) or unsupported (nested).
 */
function contractType(type: ArrowType): ColumnType | null {
  switch (type.kind) {
    case 'int':
      return type.bits < 32 || (type.bits === 32 && type.signed) ? 'int32' : 'int64';
    case 'float':
      return type.bits === 64 ? 'float64' : 'float32';
    case 'decimal':
      return type.scale <= 0 && type.precision - type.scale <= 18 ? 'int64' : 'float64';
    case 'bool':
      return 'boolean';
    case 'duration':
      return 'int64';
    case 'date':
      return 'date';
    case 'timestamp':
      return 'timestamp';
    case 'text':
    case 'time':
    case 'uuid':
      return 'string';
    case 'list':
      return isNumeric(type.item) ? 'list<float32>' : null;
    case 'dictionary':
    case 'runs':
      return contractType(type.value);
    default:
      return null;
  }
}

/**
 * Returns the types of a column for its description: the contract's, and text where carrying the column
 * through would lose digits: decimals beyond a float's digits, lists of items that 32-bit floats round.
 */
export function typesOf(type: ArrowType): {
  readonly type: ColumnType | null;
  readonly carried?: ColumnType;
} {
  const best = contractType(type);
  return isHeld(type, best) ? { type: best } : { type: best, carried: 'string' };
}

/** Decimal digits that every 64-bit float keeps. */
export const floatDigits = 15;

function isHeld(type: ArrowType, by: ColumnType | null): boolean {
  if (type.kind === 'dictionary' || type.kind === 'runs') return isHeld(type.value, by);
  if (type.kind === 'decimal') return by !== 'float64' || type.precision <= floatDigits;
  if (type.kind !== 'list' || by === null) return true;
  const { item } = type;
  return (
    item.kind === 'bool' ||
    (item.kind === 'int' && item.bits <= 16) ||
    (item.kind === 'float' && item.bits <= 32)
  );
}

/** Returns true if columns of a type can be read: everything flat, and lists of numbers. */
export function isReadable(type: ArrowType): boolean {
  return type.kind === 'null' || contractType(type) !== null;
}

/** Returns the type in Arrow's own words: `Timestamp(ms, UTC)`, `List<Float32>`, `Dictionary<Int8, Utf8>`. */
export function nativeName(type: ArrowType): string {
  switch (type.kind) {
    case 'null':
      return 'Null';
    case 'int':
      return `${type.signed ? 'Int' : 'UInt'}${type.bits}`;
    case 'float':
      return `Float${type.bits}`;
    case 'decimal':
      return `Decimal${type.bytes.width * 8}(${type.precision}, ${type.scale})`;
    case 'bool':
      return 'Bool';
    case 'date':
      return `Date${type.bits}`;
    case 'time':
      return `Time${type.bits}(${type.unit})`;
    case 'duration':
      return `Duration(${type.unit})`;
    case 'timestamp':
      return `Timestamp(${type.unit}${type.zone === null ? '' : `, ${type.zone}`})`;
    case 'text':
      return `${type.offsets === 64 ? 'Large' : ''}${type.utf8 ? 'Utf8' : 'Binary'}${type.offsets === 'view' ? 'View' : ''}`;
    case 'uuid':
      return 'Uuid';
    case 'list':
      return `${listNames[type.offsets]}<${nativeName(type.item)}>`;
    case 'dictionary':
      return `Dictionary<${nativeName({ kind: 'int', ...type.index })}, ${nativeName(type.value)}>`;
    case 'runs':
      return `RunEndEncoded<${nativeName(type.value)}>`;
    case 'other':
      return type.native;
  }
}

const listNames: Readonly<Record<ListOffsets, string>> = {
  32: 'List',
  64: 'LargeList',
  fixed: 'FixedSizeList',
  view32: 'ListView',
  view64: 'LargeListView',
};

function isNumeric(type: ArrowType): boolean {
  return (
    type.kind === 'int' ||
    type.kind === 'float' ||
    type.kind === 'decimal' ||
    type.kind === 'bool' ||
    type.kind === 'duration'
  );
}
