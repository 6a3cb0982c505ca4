import type { LabelFigures } from './label-figures.js';
import type { Agreement } from './summary.js';

/** One model's part of a comparison, in the form of `--json`. */
export interface ComparedModel {
  readonly model: string;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: { readonly scored: number; readonly rejected: number; readonly failed: number };
  readonly speed: {
    /** Rows per second of scoring in one worker, and per second of CPU time of all its threads. */
    readonly rows_per_second: number | null;
    readonly rows_per_cpu_second: number | null;
    readonly batch_rows: number;
    readonly batch_ms: { readonly p50: number | null; readonly p99: number | null };
  };
  /** Largest growth of a worker while it opened the model and scored its first slice. */
  readonly memory_bytes: number;
  /**
   * Estimates for a run with this model alone over one file: its first slices are run up to their commit, and
   * the model's own scoring is that of all rows. Null without rows. The time for a million
   * rows is also null if there are too few to estimate it; the fixed time is then that of all rows.
   */
  readonly run: {
    readonly workers: number;
    /** Processor time of all processes: to start and to warm up, and for each million rows. */
    readonly fixed_cpu_seconds: number | null;
    readonly cpu_seconds_per_million: number | null;
    /** The same by the clock, on this machine as busy as it was during the comparison. */
    readonly fixed_seconds: number | null;
    readonly seconds_per_million: number | null;
    readonly memory_bytes: number;
  };
  /** True if no other model is at least as good in quality, time and memory and better in one of them. */
  readonly front: boolean;
  /** For each output, the mean and the agreement with the reference, which itself has none. */
  readonly outputs: readonly {
    readonly name: string;
    readonly mean: number | null;
    readonly agreement: (Agreement & { readonly psi: number | null }) | null;
    /** Share of labelled rows whose class is correct; null without labels, and for scores. */
    readonly accuracy: number | null;
  }[];
  readonly labels: (LabelFigures & { readonly output: string }) | null;
}

/** Several models over the same rows. */
export interface Comparison {
  readonly job: string;
  readonly date: string | null;
  readonly inputs: number;
  readonly rows: number;
  readonly labels: string | null;
  readonly workers: number;
  /** Caveats for people who read the figures. */
  readonly notes: readonly string[];
  readonly models: readonly ComparedModel[];
}
