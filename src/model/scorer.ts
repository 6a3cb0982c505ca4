import type { Feeds, Fetches, TensorType } from '../chunk/tensor.js';
import type { FailedRow } from './bisect-batch.js';
import type { SessionPlan } from './open-session.js';
import type { Rounds } from './trees/tree-model.js';

/** The plan for scoring chunks in one worker; plain data. */
export interface ScorerPlan extends SessionPlan {
  /** Outputs to fetch; the runtime need not compute what only others need. */
  readonly outputs: readonly { readonly name: string; readonly type: TensorType }[];
  /** Rows per run of the session: small enough for the cache, large enough to hide the cost of a call. */
  readonly batchRows: number;
  /** Rows per run if the model's batch axis is fixed; shorter batches repeat their last row. Null: any. */
  readonly fixedRows: number | null;
  /** Names of feeds that are the same for every row, and so are never padded. */
  readonly constants: readonly string[];
  /** True if the runtime's messages must be withheld, because they quote values of the rows. */
  readonly withholdsMessages: boolean;
  /**
   * Given for a file of trees, which is scored without the runtime; `reasons` is the index of the sum that
   * `explain` splits.
   */
  readonly trees?: { readonly rounds: Rounds; readonly reasons: number | null };
  /** Given for an ONNX model whose sum `explain` splits. */
  readonly linear?: ReasonSplit;
}

/** Which sum `explain` splits, and how; plain data. */
export interface ReasonSplit {
  readonly sum: number;
  readonly features: number;
  /** Linear models only: for each element of each input, the feature that its terms are added to. */
  readonly places: Readonly<Record<string, readonly number[]>>;
}

/** Contributions of each feature to the raw scores of some rows; valid until the next call. */
export interface Explained {
  /** The raw score where no feature is known. */
  readonly base: number;
  /** Row by row, one for each feature. */
  readonly contributions: Float64Array;
  /** The raw scores, added in float64. */
  readonly sums: Float64Array;
}

/** Results for a chunk's rows. */
export interface Scores {
  /**
   * One tensor per planned output, for the whole chunk; failed rows hold NaN, 0 or ''. Valid until the next
   * `score`.
   */
  readonly fetches: Fetches;
  /** Rows on which the model fails, ascending, with the runtime's message. */
  readonly failed: readonly FailedRow[];
}

/** A model that scores chunks in this thread. */
export interface Scorer {
  /** Facts about the session for the main process. */
  readonly report: { readonly batchRows: number; readonly threads: number; readonly rewrites: number };
  /**
   * Scores rows `[0, rows)` batch by batch; `feeds(from, to)` returns the tensors of a batch, which need to
   * be valid only until the next call. Bisects a failing batch to find the rows that break it; with
   * `failFast`, throws `InvalidError` (`model-fails`) instead if rows sampled from the whole chunk all fail.
   * Throws `InvalidError` if an output does not have one row for each row fed.
   */
  score(feeds: (from: number, to: number) => Feeds, rows: number, failFast?: boolean): Promise<Scores>;
  /**
   * Splits the raw scores of rows `[0, rows)`; what `score` returned stays valid. If the plan asks for
   * reasons.
   */
  explain?(
    feeds: (from: number, to: number) => Feeds,
    rows: number,
    take: (from: number, to: number, explained: Explained) => void,
  ): Promise<void>;
  close(): Promise<void>;
}
