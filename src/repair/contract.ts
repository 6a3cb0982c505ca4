import type { ColumnType } from '../chunk/column.js';

/**
 * A value in its column's own units: number for int32, float32, float64 and date (days since 1970-01-01),
 * bigint for int64 and timestamp (microseconds since then), boolean, string, numbers for list<float32>.
 */
export type Value = string | number | bigint | boolean | readonly number[];

/** The policy that writes a value into the cell. */
export interface Fill {
  readonly kind: 'fill';
  readonly value: Value;
}

/** The policy for values that break the contract: an action, or a fill value. */
export type Policy<Word extends string> = { readonly kind: Word } | Fill;

/** How the values of a column are computed from other columns of its row; plain data. */
export interface Derivation {
  /** An expression over columns of the contract. */
  readonly from: string;
  /** Maps the result of `from`, as text, to values; null: the result is the value. */
  readonly map: readonly { readonly from: string; readonly to: Value }[] | null;
}

/**
 * Requirements of one column, and what to do about violations: each rule adds its keys in its own file
 * (`declare module`), with their defaults. Plain data, with every reference to the model or the baseline
 * replaced by its value.
 */
export interface ColumnContract {
  readonly name: string;
  /** Its name in the file. */
  readonly source: string;
  /** Null for a column that is read from the file. */
  readonly derivation: Derivation | null;
  readonly type: ColumnType;
}

/** A condition over the columns of one row; a row that meets it has a problem. */
export interface RowRule {
  readonly name: string;
  readonly when: string;
  readonly then: 'flag' | 'reject';
}

/** Values of a column that a model's input accepts, besides missing ones; rows with others fail. */
export interface FeatureLimit {
  readonly column: string;
  /** The whole numbers that it can hold, both ends included; null: all. */
  readonly holds: { readonly low: number; readonly high: number } | null;
  /** Lists: required number of items; null: any. */
  readonly items: number | null;
  /** Strings: the only values on which the model does not fail; null: it accepts any. */
  readonly onlyKnown: readonly string[] | null;
}

/** Everything that repair needs to know about one source; plain data, sent to workers. */
export interface RepairPlan {
  readonly columns: readonly ColumnContract[];
  readonly rules: readonly RowRule[];
  /** Columns whose model input cannot hold a missing value: a row that still lacks one is rejected. */
  readonly cannotBeMissing: readonly string[];
  /** Other limits of the model's inputs. */
  readonly limits: readonly FeatureLimit[];
  /** Columns of the contract that this source does not have. */
  readonly absent: readonly string[];
  /** True if the new value of each changed cell is recorded. */
  readonly audit: boolean;
  /** Columns whose values must not leave the chunk. */
  readonly redact: readonly string[];
}
