/** The types a column can have: the words of the job file, and the same set for every format. */
export const columnTypes = [
  'int32',
  'int64',
  'float32',
  'float64',
  'boolean',
  'string',
  'date',
  'timestamp',
  'list<float32>',
] as const;
export type ColumnType = (typeof columnTypes)[number];

/**
 * One bit per row, least significant bit first, 1 = present (Arrow's layout); null = every row is present.
 * Missing rows hold NaN (floats), 0 (other fixed-width types), code -1 (dictionaries) or an empty range in
 * `values`.
 */
export type Validity = Uint8Array | null;

/** 32-bit whole numbers; a date counts days since 1970-01-01. */
export interface Int32Column {
  readonly type: 'int32' | 'date';
  readonly length: number;
  readonly values: Int32Array;
  readonly validity: Validity;
}

/** 64-bit whole numbers, exact; a timestamp counts microseconds since 1970-01-01T00:00:00Z. */
export interface Int64Column {
  readonly type: 'int64' | 'timestamp';
  readonly length: number;
  readonly values: BigInt64Array;
  readonly validity: Validity;
}

/** 32-bit floats; a missing row holds NaN, so the values can be fed to a model unchanged. */
export interface Float32Column {
  readonly type: 'float32';
  readonly length: number;
  readonly values: Float32Array;
  readonly validity: Validity;
}

/** 64-bit floats; a missing row holds NaN. */
export interface Float64Column {
  readonly type: 'float64';
  readonly length: number;
  readonly values: Float64Array;
  readonly validity: Validity;
}

/** One byte per row, 0 or 1. */
export interface BooleanColumn {
  readonly type: 'boolean';
  readonly length: number;
  readonly values: Uint8Array;
  readonly validity: Validity;
}

/**
 * Strings as codes into a dictionary. For a column with categories, the dictionary starts with exactly those
 * categories, in the order of the contract, followed by other values of the chunk. A missing row has code -1.
 */
export interface DictionaryColumn {
  readonly type: 'string';
  readonly layout: 'dictionary';
  readonly length: number;
  readonly codes: Int32Array;
  readonly dictionary: readonly string[];
  readonly validity: Validity;
}

/** Strings as concatenated UTF-8 bytes; row i is `bytes[offsets[i], offsets[i + 1])`. */
export interface TextColumn {
  readonly type: 'string';
  readonly layout: 'text';
  readonly length: number;
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
  readonly validity: Validity;
}

/** Vectors of 32-bit floats; row i is `items[offsets[i], offsets[i + 1])`. */
export interface ListColumn {
  readonly type: 'list<float32>';
  readonly length: number;
  readonly offsets: Int32Array;
  readonly items: Float32Array;
  readonly validity: Validity;
}

export type StringColumn = DictionaryColumn | TextColumn;
export type NumberColumn = Int32Column | Int64Column | Float32Column | Float64Column;
export type Column = NumberColumn | BooleanColumn | StringColumn | ListColumn;

/** Lists of strings, such as `_problems`; row i is the entries at `codes[offsets[i], offsets[i + 1])`. */
export interface StringListColumn {
  readonly type: 'list<string>';
  readonly length: number;
  readonly offsets: Int32Array;
  readonly codes: Int32Array;
  readonly dictionary: readonly string[];
  readonly validity: null;
}
