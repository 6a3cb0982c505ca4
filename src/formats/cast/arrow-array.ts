import type { ArrowType } from './arrow-type.js';

export type Numbers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

interface Rows {
  readonly type: ArrowType;
  readonly length: number;
  /** Row i is present if bit `validityStart + i` is set; null: every row is. */
  readonly validity: Uint8Array | null;
  readonly validityStart: number;
}

/** One number per row: int, float (float16 as its bits in a Uint16Array), small decimal, date, time. */
interface NumberArray extends Rows {
  readonly store: 'numbers';
  readonly values: Numbers;
  /** Timestamps in microseconds alone: the nanoseconds of each row beyond them; absent: none has any. */
  readonly nanoseconds?: Int16Array;
}

/** bool: row i is bit `bitStart + i`. */
interface BitArray extends Rows {
  readonly store: 'bits';
  readonly bits: Uint8Array;
  readonly bitStart: number;
}

/** uuid and wide decimals: row i is `bytes[i * width, (i + 1) * width)`. */
interface FixedArray extends Rows {
  readonly store: 'fixed';
  readonly bytes: Uint8Array;
  readonly width: number;
}

/** Text and large decimals: row i is `bytes[offsets[i], offsets[i + 1])`; offsets never decrease. */
export interface TextArray extends Rows {
  readonly store: 'text';
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

/** Lists: row i is the items `[starts[i], ends[i])`, all within `items`. */
export interface ListArray extends Rows {
  readonly store: 'list';
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly items: ArrowArray;
}

/** Codes into a dictionary of values; the code of every present row is a row of the dictionary. */
export interface CodedArray extends Rows {
  readonly store: 'codes';
  readonly codes: Int32Array;
  readonly dictionary: ArrowArray;
}

/** All rows are missing. */
interface EmptyArray extends Rows {
  readonly store: 'nothing';
}

/**
 * Rows of one column in a decoder's memory, in Arrow's columnar layout, from the C data interface (Parquet)
 * or an IPC message (Arrow). Views are valid until the decoder continues; the content of a missing row is
 * undefined.
 */
export type ArrowArray =
  | NumberArray
  | BitArray
  | FixedArray
  | TextArray
  | ListArray
  | CodedArray
  | EmptyArray;

/** Returns true if row `row` has a value; a code of a missing dictionary entry counts as missing. */
export function holdsValue(array: ArrowArray, row: number): boolean {
  if (array.store === 'nothing') return false;
  const bit = array.validityStart + row;
  if (array.validity !== null && (array.validity[bit >> 3]! & (1 << (bit & 7))) === 0) return false;
  return array.store !== 'codes' || holdsValue(array.dictionary, array.codes[row]!);
}

/** Returns the type of an array's values: that of its dictionary's, if it has one. */
export function valueType({ type }: ArrowArray): ArrowType {
  return type.kind === 'dictionary' ? type.value : type;
}
