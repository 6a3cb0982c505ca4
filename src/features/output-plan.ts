import type { OutputField } from '../chunk/batch.js';
import type { ColumnType } from '../chunk/column.js';
import type { Found, ProblemKind } from '../chunk/problem.js';
import type { TensorType } from '../chunk/tensor.js';

/** How the tensors of a model become columns of the scored file; plain data, sent to workers. */
export interface OutputPlan {
  /** Tensors to be fetched, each once. */
  readonly fetched: readonly { readonly name: string; readonly type: TensorType }[];
  readonly columns: readonly OutputColumn[];
  /** The same columns as the output's schema has them. */
  readonly fields: readonly OutputField[];
}

/** One column of scores. */
export interface OutputColumn {
  readonly name: string;
  readonly from: string;
  readonly type: ColumnType;
  /** The place within a row that it takes; null takes the whole row. */
  readonly place: number | null;
  /** Values per row of the tensor; null where only running tells. */
  readonly width: number | null;
  /** The class that it is the score of, for people. */
  readonly label: string | null;
  /** Texts by code, where the tensor holds codes. */
  readonly codes: readonly string[] | null;
  /** What the model is allowed to answer, both ends included. */
  readonly range: { readonly low: number | null; readonly high: number | null } | null;
}

/** A score that is not what a score may be; `row` counts from 0 among the rows scored. */
export interface ScoreProblem {
  readonly kind: ProblemKind;
  readonly row: number;
  readonly found: Found;
}
