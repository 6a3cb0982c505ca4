import type { ColumnType } from './column.js';

/** How to read one column of a chunk; plain data, sent to workers. */
export interface ReadColumn {
  /** The contract's name, which is the column's name in the chunk. */
  readonly name: string;
  /** The column's index in the source, from 0; a column that is absent from the source is not in the plan. */
  readonly source: number;
  readonly type: ColumnType;
  /**
   * Strings only: `dictionary` for few distinct values or categories, `text` for columns only passed through.
   */
  readonly layout: 'dictionary' | 'text';
  /** Texts only: true if a derived column reads them, so that codes (`codedColumn`) save work. */
  readonly coded?: boolean;
  /** Strings only: known values, which are the first entries of the dictionary, in this order. */
  readonly categories: readonly string[];
  /** Texts that mean a missing value, compared after quotes and surrounding blanks are removed. */
  readonly nullValues: readonly string[];
  /** How to parse text as `type`, where the contract says more than the type. */
  readonly parse: ParseOptions;
  /** Which losses are problems (`shortened`); absent: none, as for features, which the model rounds. */
  readonly exact?: Exactness;
}

/**
 * `digits`: whole numbers, decimals and fractions of a second must be kept, as in keys and in the output;
 * `all`: also NaN, the time of a day, and 64-bit floats of the file, if no type was requested.
 */
export type Exactness = 'digits' | 'all';

/** The contract's options for parsing text; the defaults are `defaultParse`. */
export interface ParseOptions {
  /** The decimal mark of numbers in this column: `.` or `,`. */
  readonly decimal: '.' | ',';
  /**
   * How to treat a text that is a different number with the other decimal mark, such as `1,234`: the declared
   * mark is certain, in doubt, or certain only if at most one reading is within a range of sizes.
   */
  readonly grouping: Grouping;
  /** Which currency and percent signs numbers may have without being in doubt; absent: any. */
  readonly signs?: NumberSigns;
  /** Layouts of dates and timestamps (date-fns tokens); empty: ISO 8601 only. */
  readonly layouts: readonly string[];
  /** IANA time zone of timestamps that name none. */
  readonly zone: string;
  /** Texts read as true and as false, case-insensitive. */
  readonly trueValues: readonly string[];
  readonly falseValues: readonly string[];
}

export type Grouping = 'certain' | 'doubtful' | { readonly from: number; readonly to: number };

/** The signs of a column's own numbers; numbers with another sign, or without one, are `mixed-units`. */
export interface NumberSigns {
  readonly bare: boolean;
  readonly percent: boolean;
  readonly currency: string | null;
}

export const defaultParse: ParseOptions = {
  decimal: '.',
  grouping: 'certain',
  layouts: [],
  zone: 'UTC',
  trueValues: ['true', 't', 'yes', 'y', '1'],
  falseValues: ['false', 'f', 'no', 'n', '0'],
};

/** The columns to read from a source and their types; one list for all slices of a partition. */
export interface ReadPlan {
  readonly columns: readonly ReadColumn[];
  /** Columns that are not in the source and have the same value in every row. */
  readonly constants?: readonly ConstantColumn[];
  /** Upper bound for the memory of one decoded slice, in bytes; undefined: no bound. */
  readonly mostSliceBytes?: number;
}

/** A column whose value is known before the source is read, from the name of a folder. */
export interface ConstantColumn {
  /** The contract's name. */
  readonly name: string;
  readonly type: ColumnType;
  /** In the units of the type (chunk/column.ts), booleans as 1 and 0; null: missing in every row. */
  readonly value: string | number | bigint | Float32Array | null;
  /** Strings only: known values, which are the first entries of the dictionary. */
  readonly categories: readonly string[];
}
