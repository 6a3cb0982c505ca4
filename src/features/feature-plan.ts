import type { ColumnType } from '../chunk/column.js';
import type { TensorData, TensorType } from '../chunk/tensor.js';

/** How the columns of a chunk become the tensors of a model; plain data, sent to workers. */
export interface FeaturePlan {
  readonly tensors: readonly TensorPlan[];
  /** Tensors that are the same for every batch. */
  readonly constants: Readonly<Record<string, TensorData>>;
  /** Names of the columns that are read, each once. */
  readonly columns: readonly string[];
  /** The same columns with what the model asks of them. */
  readonly needs: readonly FeatureColumn[];
  /** Rows per run where the model's batch axis is a number; null: any. */
  readonly fixedRows: number | null;
  /** Values per row of each tensor. */
  readonly widths: Readonly<Record<string, number>>;
}

/** One input of the model: rows of `width` values, laid out as `[rows, ...tail]`. */
export interface TensorPlan {
  readonly input: string;
  /** What is fed: int64 where codes stand for strings. */
  readonly type: TensorType;
  readonly tail: readonly number[];
  readonly width: number;
  readonly parts: readonly FeaturePart[];
}

/** What fills neighbouring places of a row, from place `at` on. */
export type FeaturePart =
  /** A number, boolean or date as it is, converted to the tensor's type. */
  | { readonly kind: 'value'; readonly column: string; readonly at: number }
  /** A string as the model's own code; `missing` for a missing one. */
  | {
      readonly kind: 'code';
      readonly column: string;
      readonly at: number;
      readonly dictionary: readonly string[];
      readonly unknown: number;
      readonly missing: number;
    }
  /** A string as the `width` weights that a linear model gives it: `values`, string by string of `dictionary`; zeros for any other. */
  | {
      readonly kind: 'weight';
      readonly column: string;
      readonly at: number;
      readonly width: number;
      readonly dictionary: readonly string[];
      readonly values: readonly number[];
    }
  /** A string as its place in the contract's categories; unknown and missing ones are NaN, or -1 for whole numbers. */
  | {
      readonly kind: 'place';
      readonly column: string;
      readonly at: number;
      readonly categories: readonly string[];
    }
  /** A string as one place per category, 1 at its own; all 0 for unknown and missing ones. */
  | {
      readonly kind: 'one-hot';
      readonly column: string;
      readonly at: number;
      readonly categories: readonly string[];
    }
  /** A string as it is, a missing one as the empty string. */
  | { readonly kind: 'text'; readonly column: string; readonly at: number }
  /** A vector of `width` floats; NaN where it is missing or has another length. */
  | { readonly kind: 'list'; readonly column: string; readonly at: number; readonly width: number }
  /** The same values in every row. */
  | { readonly kind: 'fill'; readonly at: number; readonly values: readonly (number | string)[] };

/** What the model asks of a column. */
export interface FeatureColumn {
  readonly name: string;
  /** The contract's type, else the signature's, else the one that fits the model's input. */
  readonly type: ColumnType;
  /** What `categories: model` means: the strings that the model's encoders know; null where they do not say. */
  readonly categories: readonly string[] | null;
  /** Whether an input that it feeds has no value for what is missing: such rows are to be rejected. */
  readonly cannotBeMissing: boolean;
  /** The whole numbers that the narrowest input can hold, both ends included; null: all of the type. */
  readonly holds: { readonly low: number; readonly high: number } | null;
  /** Lists only: how many items each row must have. */
  readonly items: number | null;
  /** Strings only: whether the model refuses a string that it does not know, so that its row is rejected. */
  readonly unknownFails: boolean;
}
