import type { ColumnType } from '../chunk/column.js';
import type { Limit } from './limit.js';
import type { TimeOfDay } from './time-of-day.js';

/** A job as it is run: defaults filled, `${date}` and variables in place, sizes in bytes, durations in milliseconds; plain data, nested no deeper than the job file. */
export interface Job {
  readonly name: string;
  /** The job file, absolute. */
  readonly file: string;
  /** The folder at which relative paths start: the job file's own. */
  readonly baseDir: string;
  /** `--date` as it was given. */
  readonly date: string | null;
  /** `--set` values; of a run with secrets blanked, since they are in its reports. */
  readonly variables: Readonly<Record<string, string>>;
  readonly input: JobInput;
  readonly model: JobModel;
  /** The contract in the job file's order; empty when it is left to the model. */
  readonly columns: readonly JobColumn[];
  readonly rules: readonly JobRule[];
  readonly output: JobOutput;
  readonly quality: JobQuality;
  readonly run: JobRun;
  readonly telemetry: JobTelemetry;
  readonly audit: boolean;
  /** Columns whose values never leave the scored file. */
  readonly redact: readonly string[];
  /** How many features may be absent, all null or constant before a partition is refused; null: any number. */
  readonly maxDegraded: number | null;
  readonly identity: 'auto' | 'sha256';
  readonly batchTimeoutMs: number | null;
}

export interface JobInput {
  /** Files, globs and folders as written (relative ones start at `baseDir`), so that a folder's own brackets are never read as a glob. */
  readonly paths: readonly string[];
  readonly format: 'auto' | 'csv' | 'parquet' | 'arrow';
  readonly csv: JobCsv;
  readonly onEmpty: 'skip' | 'fail' | 'succeed';
}

/** CSV dialect; `auto` is detected from the file. */
export interface JobCsv {
  readonly delimiter: string;
  /** `auto`, one character, or `none`. */
  readonly quote: string;
  /** `auto`, one character, or `none`. */
  readonly escape: string;
  readonly encoding: string;
  /** The number of header rows where it is told. */
  readonly header: 'auto' | boolean | number;
  readonly skipLines: 'auto' | number;
  /** What begins a comment line: `auto`, a text, or `none`. */
  readonly comment: string;
  /** What becomes of lines that look like another table below the first. */
  readonly tables: 'first' | 'refuse' | 'one';
  readonly nullValues: readonly string[];
  /** Whether the first file's dialect settles what another leaves open, or each is looked at by itself. */
  readonly dialect: 'shared' | 'per_file';
  /** The longest row that is read; a longer one is rejected. */
  readonly maxRowBytes: number;
  /** The longest cell; null: as long as a row. */
  readonly maxFieldBytes: number | null;
}

export interface JobModel {
  /** The model file, or an MLflow model's folder, absolute. */
  readonly path: string;
  /** 64 hex digits in lower case, or null. */
  readonly sha256: string | null;
  readonly inputs: readonly JobModelInput[];
  readonly outputs: readonly JobModelOutput[];
  readonly constants: readonly JobConstant[];
  readonly rewrite: 'auto' | 'off';
}

export interface JobModelInput {
  /** The tensor's name in the graph. */
  readonly input: string;
  /** One column, or the columns of a matrix in order. */
  readonly columns: readonly { readonly column: string; readonly oneHot: boolean }[];
  /** Whether it was written as a list: a matrix, even of one column. */
  readonly packed: boolean;
}

export interface JobModelOutput {
  /** The output column. */
  readonly column: string;
  /** The tensor it is taken from. */
  readonly from: string;
  /** A class by its label or its place, or null for the whole tensor. */
  readonly class: string | number | null;
  readonly range: Range | null;
}

export interface JobConstant {
  readonly input: string;
  readonly value: Scalar | readonly NestedScalar[];
}

/** A value, or a list of the shape of a tensor. */
export type NestedScalar = Scalar | readonly NestedScalar[];

export type Scalar = string | number | bigint | boolean;

/**
 * A value in its column's own units: number for int32, float32, float64 and date (days since 1970-01-01), bigint for int64 and timestamp
 * (microseconds since then), boolean, string, numbers for list<float32>. While a column's type is not known it is as written: see `valueOfType`.
 */
export type Value = Scalar | readonly number[];

/** An interval, both ends included; null is open. In the column's own units, as `Value`. */
export interface Range {
  readonly low: number | bigint | null;
  readonly high: number | bigint | null;
}

export type Statistic = 'mean' | 'median' | 'mode';

export interface Fill {
  readonly kind: 'fill';
  readonly value: Value;
}

export type Missing =
  | { readonly kind: 'pass' | 'flag' | 'reject' }
  | Fill
  | { readonly kind: 'fill-from-baseline'; readonly statistic: Statistic };
export type Unreadable = { readonly kind: 'flag' | 'reject' } | Fill;
export type Outside = { readonly kind: 'flag' | 'clamp' | 'null' | 'reject' } | Fill;
export type Unknown = { readonly kind: 'flag' | 'reject' } | Fill;
export type Absent = { readonly kind: 'fail' | 'missing' } | Fill;
export type Infinite = { readonly kind: 'missing' | 'flag' | 'reject' } | Fill;
export type Categories =
  | { readonly kind: 'list'; readonly values: readonly string[] }
  | { readonly kind: 'model' | 'baseline' };

/** One column of the contract with the data. */
export interface JobColumn {
  readonly name: string;
  /** Its name in the file. */
  readonly source: string;
  /** Null: what the model's input says, else string. */
  readonly type: ColumnType | null;
  readonly key: boolean;
  readonly missing: Missing;
  readonly unreadable: Unreadable;
  readonly range: Range | null;
  readonly outside: Outside;
  readonly categories: Categories | null;
  readonly unknown: Unknown;
  /** Other ways to write a value: each text in `from` means `value`. */
  readonly aliases: readonly { readonly value: string; readonly from: readonly string[] }[];
  readonly match: readonly ('trim' | 'case' | 'nfc')[];
  readonly absent: Absent;
  /** The column's own texts that mean a missing value, in every format; null: those of the format. */
  readonly nullValues: readonly string[] | null;
  /** Values that mean a missing one. */
  readonly sentinels: readonly Value[];
  readonly decimal: 'auto' | '.' | ',';
  readonly layouts: readonly string[];
  readonly zone: string;
  /** Null: the format's own list. */
  readonly trueValues: readonly string[] | null;
  readonly falseValues: readonly string[] | null;
  /** A regular expression (with the `u` flag) that the whole text must match. */
  readonly pattern: string | null;
  readonly minLength: number | null;
  readonly maxLength: number | null;
  readonly disallowed: 'flag' | 'null' | 'reject';
  readonly infinity: Infinite;
  readonly repeated: 'flag' | 'reject' | 'keep_last';
  /** Null: the job's. */
  readonly maxProblems: LimitGate | null;
  readonly maxNull: LimitGate;
  readonly maxUnknown: LimitGate;
  /** The column's own, else the job's. */
  readonly maxDrift: FigureGate;
}

export interface JobRule {
  readonly name: string;
  readonly when: string;
  readonly then: 'flag' | 'reject';
}

export interface JobOutput {
  /** The folder, absolute. */
  readonly path: string;
  readonly format: 'parquet' | 'csv' | 'arrow';
  /** Columns carried through beside the scores. */
  readonly columns: readonly string[];
  readonly formulas: 'keep' | 'neutralise';
}

/** A gate on a share or a count of rows; a null side never closes. */
export interface LimitGate {
  readonly warn: Limit | null;
  readonly fail: Limit | null;
}

/** A gate on a figure; a null side never closes. */
export interface FigureGate {
  readonly warn: number | null;
  readonly fail: number | null;
}

export interface JobQuality {
  readonly maxRejected: LimitGate;
  readonly maxRepaired: LimitGate;
  readonly maxFlagged: LimitGate;
  readonly maxProblems: LimitGate;
  readonly maxRepeated: LimitGate;
  readonly minRows: FigureGate;
  readonly maxRows: FigureGate;
  /** Against the last published run: a share of its rows, or a count. */
  readonly maxRowChange: LimitGate;
  /** What happens where a feature has no usable value in any row of a partition. */
  readonly emptyFeatures: 'ignore' | 'warn' | 'fail';
  /** In milliseconds: of the oldest input, of the baseline, of the model's file. */
  readonly maxAge: { readonly input: FigureGate; readonly baseline: FigureGate; readonly model: FigureGate };
  /** What an input means that has the content of an earlier run's, or of another one of this run. */
  readonly repeatedInput: 'ignore' | 'warn' | 'fail';
  /** What it means that an input ends in the middle of a row. */
  readonly truncated: 'ignore' | 'warn' | 'fail';
  /** The baseline's file, absolute. */
  readonly baseline: string | null;
  readonly maxDrift: FigureGate;
  /** Columns, whose values each are a slice, and conditions. */
  readonly slices: readonly string[];
  readonly scores: readonly JobScoreGates[];
}

/** Gates on one output column. */
export interface JobScoreGates {
  readonly column: string;
  readonly maxNan: LimitGate;
  readonly maxInfinite: LimitGate;
  /** Outside the range of `model.outputs`. */
  readonly maxOutside: LimitGate;
  readonly minMean: FigureGate;
  readonly maxMean: FigureGate;
  /** The same score for every row of a partition. */
  readonly constant: 'ignore' | 'warn' | 'fail';
  /** The score's own, else the job's. */
  readonly maxDrift: FigureGate;
}

/** Whom a run tells beside its own folder. */
export interface JobTelemetry {
  /** A file, absolute, or the address of an OpenLineage endpoint. */
  readonly lineage: string | null;
  readonly namespace: string;
  readonly webhook: string | null;
}

export interface JobRun {
  readonly workers: 'auto' | number;
  readonly chunkBytes: number;
  readonly batchRows: 'auto' | number;
  readonly memoryBytes: 'auto' | number;
  readonly maxDurationMs: number | null;
  readonly finishBy: TimeOfDay | null;
  readonly retries: number;
  readonly threadsPerWorker: 'auto' | number;
  readonly isolation: 'process' | 'thread' | 'none';
}
