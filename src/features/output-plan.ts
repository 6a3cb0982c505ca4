import type { OutputField } from '../chunk/batch.js';
import type { ColumnType } from '../chunk/column.js';
import type { Decisions } from '../chunk/decisions.js';
import type { Found, ProblemKind } from '../chunk/problem.js';
import type { TensorType } from '../chunk/tensor.js';

/** How the tensors of a model become columns of the scored file; plain data, sent to workers. */
export interface OutputPlan {
  /** Tensors to fetch, each once. */
  readonly fetched: readonly { readonly name: string; readonly type: TensorType }[];
  readonly columns: readonly OutputColumn[];
  /** The same columns as in the schema of the output. */
  readonly fields: readonly OutputField[];
}

/** One column of scores. */
export interface OutputColumn {
  readonly name: string;
  readonly from: string;
  readonly type: ColumnType;
  /** Index within a row of the tensor; null takes the whole row. */
  readonly index: number | null;
  /** Values per row of the tensor; null if unknown before a run. */
  readonly width: number | null;
  /** The class whose score it is, for people. */
  readonly label: string | null;
  /** Texts by code, if the tensor holds codes. */
  readonly codes: readonly string[] | null;
  /** Valid range of the scores, both ends included. */
  readonly range: { readonly low: number | null; readonly high: number | null } | null;
  /** Calibration, rounding, threshold and bands of the score; null if there are none. */
  readonly decisions: Decisions | null;
}

/** An invalid score; `row` counts from 0 among the scored rows. */
export interface ScoreProblem {
  readonly kind: ProblemKind;
  readonly row: number;
  readonly found: Found;
}
