import type { ColumnType } from './column.js';

/** What one column of a chunk is to be read as; plain data, sent to workers. */
export interface ReadColumn {
  /** The contract's name, under which the column stands in the chunk. */
  readonly name: string;
  /** The column's place in the source, from 0; a column that is absent from the source is not in the plan. */
  readonly source: number;
  readonly type: ColumnType;
  /** Strings only: `dictionary` where the values are few or have categories, `text` where they are only carried through. */
  readonly layout: 'dictionary' | 'text';
  /** Strings only: known values, which take the first places of the dictionary, in this order. */
  readonly categories: readonly string[];
  /** Texts that mean a missing value, compared after the quotes are off and blanks around are trimmed. */
  readonly nullValues: readonly string[];
  /** How text becomes a value of `type`, where the contract says more than the type. */
  readonly parse: ParseOptions;
}

/** The contract's word on how text is read; the defaults are `defaultParse`. */
export interface ParseOptions {
  /** The decimal mark of numbers in this column. */
  readonly decimal: '.' | ',';
  /** Where a text is another number with the other decimal mark, as `1,234` is: whether the declared mark is certain, in doubt, or certain only where no more than one reading lies in a range of sizes. */
  readonly grouping: Grouping;
  /** Layouts in which dates and timestamps are written (date-fns tokens); empty: ISO 8601 only. */
  readonly layouts: readonly string[];
  /** IANA zone of timestamps that name none. */
  readonly zone: string;
  /** Texts read as true and as false, compared without case. */
  readonly trueValues: readonly string[];
  readonly falseValues: readonly string[];
}

export type Grouping = 'certain' | 'doubtful' | { readonly from: number; readonly to: number };

export const defaultParse: ParseOptions = {
  decimal: '.',
  grouping: 'certain',
  layouts: [],
  zone: 'UTC',
  trueValues: ['true', 't', 'yes', 'y', '1'],
  falseValues: ['false', 'f', 'no', 'n', '0'],
};

/** What of a source is to be read, and as what: one list for all slices of a partition. */
export interface ReadPlan {
  readonly columns: readonly ReadColumn[];
  /** Columns that are not in the source and have one value in every row. */
  readonly constants?: readonly ConstantColumn[];
  /** What the memory holds of one slice decoded, in bytes; without it, no bound. */
  readonly mostSliceBytes?: number;
}

/** A column whose value is known before the source is read: it stands in the name of a folder. */
export interface ConstantColumn {
  /** The contract's name. */
  readonly name: string;
  readonly type: ColumnType;
  /** In the units of the type (chunk/column.ts), booleans as 1 and 0; null: missing in every row. */
  readonly value: string | number | bigint | Float32Array | null;
  /** Strings only: known values, which take the first places of the dictionary. */
  readonly categories: readonly string[];
}
