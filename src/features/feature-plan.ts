import type { ColumnType } from '../chunk/column.js';
import type { TensorData, TensorType } from '../chunk/tensor.js';

/** How the columns of a chunk become the tensors of a model; plain data, sent to workers. */
export interface FeaturePlan {
  readonly tensors: readonly TensorPlan[];
  /** Tensors that are the same for every batch. */
  readonly constants: Readonly<Record<string, TensorData>>;
  /** Names of the columns to read, each once. */
  readonly columns: readonly string[];
  /** The same columns with the requirements of the model. */
  readonly needs: readonly FeatureColumn[];
  /** Rows per run if the model's batch axis is a number; null: any. */
  readonly fixedRows: number | null;
  /** Values per row of each tensor. */
  readonly widths: Readonly<Record<string, number>>;
}

/** One input of the model: rows of `width` values, in the shape `[rows, ...tail]`. */
export interface TensorPlan {
  readonly input: string;
  /** The element type to feed: int64 if codes replace strings. */
  readonly type: TensorType;
  readonly tail: readonly number[];
  readonly width: number;
  readonly parts: readonly FeaturePart[];
}

/** Fills consecutive elements of a row, starting at element `at`. */
export type FeaturePart =
  /** A number, boolean or date, converted to the tensor's type. */
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
  /** A string as `width` weights of a linear model: `values`, string by string; zeros for other strings. */
  | {
      readonly kind: 'weight';
      readonly column: string;
      readonly at: number;
      readonly width: number;
      readonly dictionary: readonly string[];
      readonly values: readonly number[];
    }
  /** A string as its index in the contract's categories; NaN (-1 for whole numbers) if unknown or missing. */
  | {
      readonly kind: 'index';
      readonly column: string;
      readonly at: number;
      readonly categories: readonly string[];
    }
  /** A string as one element per category, 1 for its own; all 0 if unknown or missing. */
  | {
      readonly kind: 'one-hot';
      readonly column: string;
      readonly at: number;
      readonly categories: readonly string[];
    }
  /** A string unchanged; a missing one as the empty string. */
  | { readonly kind: 'text'; readonly column: string; readonly at: number }
  /** A vector of `width` floats; NaN if missing or of another length. */
  | { readonly kind: 'list'; readonly column: string; readonly at: number; readonly width: number }
  /** The same values in every row. */
  | { readonly kind: 'fill'; readonly at: number; readonly values: readonly (number | string)[] };

/** The model's requirements of a column. */
export interface FeatureColumn {
  readonly name: string;
  /** The contract's type, else the signature's, else the best fit for the model's input. */
  readonly type: ColumnType;
  /** Meaning of `categories: model`: the strings that the model's encoders know; null if they do not say. */
  readonly categories: readonly string[] | null;
  /** True if an input that it feeds has no value for missing: such rows must be rejected. */
  readonly cannotBeMissing: boolean;
  /** The whole numbers that the narrowest input can hold, both ends included; null: all of the type. */
  readonly holds: { readonly low: number; readonly high: number } | null;
  /** Lists only: required number of items per row. */
  readonly items: number | null;
  /** Strings only: true if the model fails on an unknown string, so that its row is rejected. */
  readonly unknownFails: boolean;
}

/** Returns the columns that feed each input of the model, in the order of the input: several for a matrix. */
export function inputColumns({
  tensors,
}: Pick<FeaturePlan, 'tensors'>): { readonly input: string; readonly columns: readonly string[] }[] {
  return tensors.map(({ input, parts }) => {
    const names = parts.flatMap((part) => (part.kind === 'fill' ? [] : [part.column]));
    return { input, columns: [...new Set(names)] };
  });
}
