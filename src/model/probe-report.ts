import type { BatchDependence } from './depends-on-batch.js';
import type { ModelDescription } from './describe-model.js';
import type { ProbeShape } from './generate-probe.js';
import type { Rewrite } from './rewrite-graph.js';

/** What is to be found out about a model by running it; plain data, sent to the probing process. */
export interface ProbeRequest {
  readonly description: ModelDescription;
  readonly shape: ProbeShape;
  /** The model's own batch axis where it is a number, else null. */
  readonly fixedRows: number | null;
  /** `off` keeps strings as they are; a ZipMap is dropped all the same, or it could not be read. */
  readonly rewrite: 'auto' | 'off';
  readonly batchRows: number | 'auto';
  readonly threads: number;
}

/** A rewrite that is not used, with what the proof found. */
export interface RefutedRewrite {
  readonly rewrite: Rewrite;
  readonly reason: string;
}

/** An output as it came: `rows` says whether its first axis has one entry per row fed. */
export interface ProbedOutput {
  readonly name: string;
  readonly rows: boolean;
  readonly tail: readonly number[];
}

/** What running a model on made-up rows showed; plain data. */
export interface ProbeReport {
  /** Proven, so to be applied in every worker. */
  readonly rewrites: readonly Rewrite[];
  readonly refuted: readonly RefutedRewrite[];
  /** Null where the model failed on the made-up rows: it may still work on real ones. */
  readonly outputs: readonly ProbedOutput[] | null;
  readonly failure: string | null;
  readonly batchRows: number;
  /** Whether a row's answer depends on the rows beside it; then no speed of a machine may choose the batch. */
  readonly dependsOnBatch: BatchDependence;
  /** What `batch_rows: auto` measured: rows per second by rows per run. */
  readonly rates: readonly { readonly rows: number; readonly perSecond: number }[];
}

/** The part of the report that tells how the outputs look. */
export type Seen = Pick<ProbeReport, 'outputs' | 'failure'>;
