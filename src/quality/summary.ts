import type { StatusCounts } from '../chunk/row-counts.js';
import type { SourceFinding } from '../chunk/source-finding.js';
import { parseJson } from '../text/parse-json.js';
import type { DriftLevel, DriftMeasure } from './drift-figure.js';
import type { GateResult } from './gate.js';

/**
 * `_summary.json`, described in docs/summary.schema.json: the data of a run, what was done with it, and the
 * verdict on its scores. Names are stable within a `schema_version`; shares are from 0 to 1, times ISO 8601,
 * sizes bytes.
 */
export interface Summary {
  readonly kind: 'nightshift-summary';
  readonly schema_version: 1;
  readonly job: string;
  /** The data's date, as given with `--date`; null if the job has none. */
  readonly date: string | null;
  readonly run_id: string;
  readonly program: string;
  readonly started_at: string;
  readonly finished_at: string;
  readonly duration_ms: number;
  readonly exit_code: number;
  readonly reason: string;
  readonly output: string;
  readonly verdict: Verdict;
  /** Rows of the partitions that were scored completely: published now or before, or held back by a gate. */
  readonly rows: SummaryRows;
  /**
   * Partitions whose rows `columns`, `outputs`, `problems` and `drift` count: published or held back by a
   * gate.
   */
  readonly covers: { readonly partitions: number; readonly rows: number };
  readonly partitions: {
    readonly planned: number;
    readonly published: number;
    readonly failed: number;
    readonly held_back: number;
    readonly skipped: number;
    readonly not_finished: number;
    /** At most 150 of the planned ones, those with problems first; `_manifest.json` has all. */
    readonly list: readonly PartitionSummary[];
  };
  readonly findings: readonly Finding[];
  readonly gates: readonly GateResult[];
  readonly problems: readonly ProblemSummary[];
  readonly skipped_lines: readonly SkippedSummary[];
  readonly columns: readonly ColumnSummary[];
  readonly outputs: readonly ColumnSummary[];
  /** By `quality.slices`, those that moved first; empty if the job has none. */
  readonly slices: readonly SliceSummary[];
  readonly baseline: BaselineSummary | null;
  readonly trend: TrendSummary;
  readonly model: ModelSummary;
  /** Models that scored the same rows besides the job's, by `model.challengers`; empty without any. */
  readonly challengers: readonly ChallengerSummary[];
  readonly throughput: ThroughputSummary;
  readonly memory: { readonly peak_rss_bytes: number | null; readonly limit_bytes: number | null };
  readonly notes: readonly string[];
}

/** `good`: use the scores; `check`: look before you use them; `bad`: something is not published. */
export interface Verdict {
  readonly level: 'good' | 'check' | 'bad';
  readonly sentence: string;
}

export interface SummaryRows extends StatusCounts {
  /** Lines of the inputs that are not rows: blank lines, comments, lines above and below the table. */
  readonly skipped: number;
  /** Rows that other runs of the job have scored, not among those read; absent without `input.since`. */
  readonly left_out?: number;
}

/** Something to check, most important first. */
export interface Finding {
  readonly level: 'bad' | 'check' | 'note';
  readonly about: 'run' | 'partition' | 'gate' | 'drift' | 'problem' | 'column' | 'trend' | 'input' | 'slice';
  /** A stable kebab-case code: the problem's code, the failure, or the gate that was exceeded. */
  readonly code: string;
  /** The partition, column, slice or code that it is about. */
  readonly name: string | null;
  readonly column: string | null;
  readonly sentence: string;
}

export interface PartitionSummary {
  readonly partition: string;
  readonly state: 'published' | 'failed' | 'held_back' | 'interrupted' | 'skipped' | 'not_started';
  readonly reason: string | null;
  readonly message: string | null;
  readonly hint: string | null;
  readonly attempts: number;
  readonly input: { readonly path: string; readonly format: string | null; readonly bytes: number };
  readonly rows: SummaryRows | null;
  readonly outputs: readonly {
    readonly path: string;
    readonly rows: number;
    readonly bytes: number;
    readonly sha256: string;
  }[];
  readonly started_at: string | null;
  readonly duration_ms: number | null;
  readonly rows_per_second: number | null;
  readonly notes: readonly string[];
  /** Gates of this partition that were exceeded. */
  readonly gates: readonly GateResult[];
  /** Doubts about how its input was read, for a person to check. */
  readonly findings: readonly SourceFinding[];
}

export interface ProblemSummary {
  readonly code: string;
  readonly column: string | null;
  readonly outcome: 'repaired' | 'flagged' | 'rejected';
  readonly expected: string;
  readonly count: number;
  /** Of the rows read. */
  readonly share: number;
  readonly samples: readonly {
    readonly partition: string | null;
    readonly row: number;
    readonly line: number | null;
    readonly found: string | null;
  }[];
}

export interface SkippedSummary {
  readonly code: string;
  readonly count: number;
  readonly lines: readonly { readonly partition: string; readonly line: number }[];
}

export interface ColumnSummary {
  readonly name: string;
  readonly type: string;
  readonly feature: boolean;
  /** True if it is part of the rows' key. */
  readonly key: boolean;
  readonly redacted: boolean;
  /** As it was read; for an output, the model's scores. */
  readonly raw: ValuesSummary;
  /** As the model got it; null if that is the same. */
  readonly used: ValuesSummary | null;
  /** The same figures of the baseline; null without one. */
  readonly baseline: BaselineValues | null;
  readonly histogram: HistogramSummary | null;
  readonly drift: DriftSummary | null;
}

/**
 * Rows with one value of a column, with any other (`others`), or meeting a condition, as fed to the model.
 */
export interface SliceSummary {
  /** As in the job file. */
  readonly slice: string;
  readonly kind: 'value' | 'others' | 'condition';
  readonly value: string | null;
  /** As in the findings. */
  readonly label: string;
  readonly rows: Pick<SummaryRows, 'read' | 'scored' | 'ok' | 'repaired' | 'flagged' | 'rejected'>;
  /** Of the rows read. */
  readonly share: number;
  /** Null if the baseline does not have the slice. */
  readonly baseline_share: number | null;
  /** A sentence on how its share of the rows changed; null if it did not. */
  readonly share_moved: string | null;
  readonly problems: readonly {
    readonly code: string;
    readonly column: string | null;
    readonly outcome: 'repaired' | 'flagged' | 'rejected';
    readonly count: number;
  }[];
  /** Scores that drifted from the baseline's slice, and columns that drifted far; important ones first. */
  readonly moved: readonly {
    readonly column: string;
    readonly role: 'input' | 'output';
    readonly level: DriftLevel;
    readonly importance: number;
    readonly sentence: string;
  }[];
  readonly scores: readonly ColumnSummary[];
}

/** Numbers are numbers; extremes and quantiles of times, and of numbers beyond 2^53, are text. */
export interface ValuesSummary {
  readonly rows: number;
  readonly missing: number;
  readonly missing_share: number;
  readonly absent: number;
  readonly nan: number;
  readonly infinite: number;
  readonly unknown: number;
  readonly distinct: number;
  readonly min: number | string | null;
  readonly max: number | string | null;
  readonly mean: number | string | null;
  readonly std: number | null;
  readonly quantiles: Readonly<Record<string, number | string>> | null;
  /** The quantiles' guaranteed relative error. */
  readonly quantile_error: number | null;
  readonly true_share: number | null;
  readonly length: { readonly min: number; readonly max: number; readonly mean: number } | null;
  readonly top: readonly TopSummary[] | null;
  /** Maximum by which each count in `top` and `unknown_values` may be too low. */
  readonly top_error: number;
  readonly unknown_values: readonly { readonly value: string; readonly count: number }[] | null;
}

export type BaselineValues = Pick<
  ValuesSummary,
  | 'rows'
  | 'missing'
  | 'missing_share'
  | 'unknown'
  | 'distinct'
  | 'min'
  | 'max'
  | 'mean'
  | 'std'
  | 'quantiles'
  | 'true_share'
>;

export interface TopSummary {
  readonly value: string;
  readonly count: number;
  readonly share: number;
  readonly baseline_share: number | null;
}

/**
 * Shares of the values between edges, values outside in the first and last; dates in days, timestamps in
 * seconds since 1970.
 */
export interface HistogramSummary {
  readonly edges: readonly number[];
  readonly now: readonly number[];
  readonly baseline: readonly number[] | null;
}

interface DriftSummary {
  /** True if the column may be called drifted; otherwise it is only measured. */
  readonly watched: boolean;
  readonly level: DriftLevel;
  readonly importance: number;
  readonly sentence: string;
  readonly figures: readonly {
    readonly measure: DriftMeasure;
    readonly figure: number;
    readonly limit: number;
    readonly noise: number;
    readonly level: DriftLevel;
    readonly sentence: string;
  }[];
  /** The common bins of PSI, Jensen-Shannon and chi-square. */
  readonly bins: {
    readonly edges: readonly number[] | null;
    readonly labels: readonly string[] | null;
    readonly before: readonly number[];
    readonly now: readonly number[];
  } | null;
}

interface BaselineSummary {
  readonly path: string;
  readonly created_at: string;
  readonly rows: number;
  /** True if it was written with the model that scored this run; null if unknown. */
  readonly same_model: boolean | null;
}

export interface ModelSummary {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly inputs: readonly string[];
  /** Which columns feed each input, in the input's order. */
  readonly columns: readonly { readonly input: string; readonly columns: readonly string[] }[];
  readonly outputs: readonly string[];
  readonly notes: readonly string[];
}

/** A challenger's scores compared with the model's, over rows that both scored. */
export interface ChallengerSummary {
  readonly path: string;
  readonly sha256: string | null;
  /** Why rows were not scored with it; null if all were. */
  readonly failure: string | null;
  /** `failed`: the rejected rows that it failed on; `not_scored`: rows that it never received. */
  readonly rows: {
    readonly scored: number;
    readonly rejected: number;
    readonly failed: number;
    readonly not_scored: number;
  };
  /** Of scoring in one worker. */
  readonly rows_per_second: number | null;
  /** Outputs that the model has too. Differences and correlation are null for classes and texts. */
  readonly outputs: readonly ChallengerOutput[];
}

/** Agreement of one model's scores with another's on the rows that both scored. */
export interface Agreement {
  readonly rows: number;
  /** Rows with the same value; two missing ones are the same. */
  readonly equal: number;
  /** Rows in which exactly one of the two is missing. */
  readonly missing_in_one: number;
  /** For numbers: mean and largest difference, Pearson's correlation; null for others, and if undefined. */
  readonly mean_difference: number | null;
  readonly largest_difference: number | null;
  readonly correlation: number | null;
}

/** An output of a challenger, and how it agrees with the model's. */
interface ChallengerOutput extends Agreement {
  readonly name: string;
  readonly mean: number | null;
  /** Null also if it did not score all rows. */
  readonly psi: number | null;
}

interface ThroughputSummary {
  readonly workers: number;
  readonly rows_per_second: number | null;
  readonly bytes_per_second: number | null;
  readonly input_bytes: number;
  readonly output_bytes: number;
  readonly output_files: number;
}

/** One run of the job as a point in time. */
export interface TrendPoint {
  readonly run_id: string;
  readonly finished_at: string;
  readonly level: Verdict['level'];
  readonly rows_read: number;
  readonly rejected_share: number;
  readonly repaired_share: number;
  readonly flagged_share: number;
  readonly rows_per_second: number | null;
  /** The greatest PSI of a watched column or score; null without a baseline. */
  readonly psi: number | null;
  readonly missing_shares: Readonly<Record<string, number>>;
  readonly means: Readonly<Record<string, number>>;
  readonly score_means: Readonly<Record<string, number>>;
}

/** The job's last runs, oldest first, this one last. */
interface TrendSummary {
  readonly runs: readonly TrendPoint[];
  readonly findings: readonly Finding[];
}

/** Parses the summary in `text`, which was read from `path`; null for anything else. */
export function parseSummary(text: string): Summary | null {
  try {
    const summary = parseJson(text) as Summary;
    return summary.kind === 'nightshift-summary' && summary.schema_version === 1 ? completed(summary) : null;
  } catch {
    return null;
  }
}

/** Adds what summaries of earlier versions lack. */
function completed(summary: Summary): Summary {
  const model = { ...summary.model, columns: summary.model.columns ?? [] };
  const { date = null, slices = [], challengers = [] } = summary;
  return { ...summary, date, slices, challengers, model };
}
