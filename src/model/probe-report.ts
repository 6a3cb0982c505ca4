import type { BatchDependence } from './depends-on-batch.js';
import type { ModelDescription } from './describe-model.js';
import type { ProbeShape } from './generate-probe.js';
import type { Rewrite } from './rewrite-graph.js';

/** The facts to determine about a model by running it; plain data, sent to the probing process. */
export interface ProbeRequest {
  readonly description: ModelDescription;
  readonly shape: ProbeShape;
  /** The model's own batch axis if it is a number, else null. */
  readonly fixedRows: number | null;
  /** `off` keeps strings unchanged; a ZipMap is always dropped, because its output could not be read. */
  readonly rewrite: 'auto' | 'off';
  readonly batchRows: number | 'auto';
  readonly threads: number;
}

/** A rewrite that is not used, with the counterexample of the proof. */
export interface RefutedRewrite {
  readonly rewrite: Rewrite;
  readonly reason: string;
}

/** An observed output: `rows` is true if its first axis has one entry per row fed. */
interface ProbedOutput {
  readonly name: string;
  readonly rows: boolean;
  readonly tail: readonly number[];
}

/** Findings of running a model on generated rows; plain data. */
export interface ProbeReport {
  /** Proven rewrites, to be applied in every worker. */
  readonly rewrites: readonly Rewrite[];
  readonly refuted: readonly RefutedRewrite[];
  /** The locale that the model names and the system lacks, which `C.UTF-8` replaces; null: none. */
  readonly lackedLocale: string | null;
  /** Null if the model failed on the generated rows: it may still work on real ones. */
  readonly outputs: readonly ProbedOutput[] | null;
  readonly failure: string | null;
  readonly batchRows: number;
  /** How a row's answer depends on its neighbours; then the batch must not depend on the machine's speed. */
  readonly dependsOnBatch: BatchDependence;
  /** Measurements of `batch_rows: auto`: rows per second by rows per run. */
  readonly rates: readonly { readonly rows: number; readonly perSecond: number }[];
}

/** The part of the report about the outputs. */
export type Seen = Pick<ProbeReport, 'outputs' | 'failure'>;
