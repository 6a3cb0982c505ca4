import type { TensorType } from '../chunk/tensor.js';
import type { UnknownPolicy } from './string-flow.js';
import type { ColumnUse } from './trace-strings.js';

/** Number, name of a dimension, or null if unspecified. */
type Dim = number | string | null;

/**
 * Replacement of strings: int64 codes (a string's index in `dictionary`, `unknown` for others) or, with
 * weights, `width` float32 per string (zeros for others).
 */
export interface InputCodes {
  readonly dictionary: readonly string[];
  readonly unknown: number;
  readonly weights: { readonly width: number; readonly values: readonly number[] } | null;
}

/** One input of the graph as it must be fed. */
export interface ModelInput {
  readonly name: string;
  /** As declared by the model: `string`, even if codes are fed. */
  readonly type: TensorType;
  /** Null if the model leaves the rank open. */
  readonly dims: readonly Dim[] | null;
  /** Strings only, one entry per column: what the model's encoders compare it with; null if unknown. */
  readonly uses: readonly ColumnUse[] | null;
  /** For a string input of one column: every string that the model knows, except the empty one. */
  readonly categories: readonly string[] | null;
  readonly unknown: UnknownPolicy;
  /** True if the model knows the empty string, which can then stand for a missing value. */
  readonly hasEmptyCategory: boolean;
  /** Replacement of strings; null until a proven rewrite provides one. */
  readonly codes: InputCodes | null;
  /** True if a node or output of the graph uses it; otherwise its value does not matter. */
  readonly isUsed: boolean;
  /** Names of a matrix's columns in order, from the model's metadata or its signature; else null. */
  readonly featureNames: readonly string[] | null;
}

/** One output of the graph as fetched. */
export interface ModelOutput {
  readonly name: string;
  /** Another name that jobs may use: the output's name before a ZipMap was dropped. */
  readonly alias: string | null;
  readonly type: TensorType;
  readonly dims: readonly Dim[] | null;
  /** Labels of the classes whose probabilities are in its columns, as texts. */
  readonly classLabels: readonly string[] | null;
  /** Texts of the codes that replace strings; null until a proven rewrite provides them. */
  readonly codes: readonly string[] | null;
  /** Why it cannot become a column; null if it can. Select other outputs instead. */
  readonly refused: string | null;
  /** True if it becomes a column only where the job names it. */
  readonly onRequest?: boolean;
}

/** A file of LightGBM or XGBoost, scored without the runtime. */
export interface TreeFacts {
  /** A noun phrase for messages: `a LightGBM model in JSON`. */
  readonly format: string;
  readonly objective: string;
  readonly count: number;
  readonly mostLeaves: number;
  /** The type in which the trainer compares and adds. */
  readonly numbers: 'float64' | 'float32';
  /**
   * Trees of up to 64 leaves are scored by their bits, larger ones by walking several rows at once, or row by
   * row.
   */
  readonly way: 'quick' | 'walk' | 'plain';
  /** Number of raw scores of a row: one, or one for each class or target. */
  readonly sums: number;
  /** Why raw scores cannot be split into the contributions of features; null if they can. */
  readonly refusesReasons: string | null;
  /** Notes for the user about how the file was read. */
  readonly notes: readonly string[];
}

/** An ONNX model whose answers are a link of linear sums. */
export interface LinearFacts {
  /** Number of raw scores of a row: one, or one for each class or target. */
  readonly sums: number;
  /** Labels of the classes; null for a regression. */
  readonly classes: readonly string[] | null;
}
