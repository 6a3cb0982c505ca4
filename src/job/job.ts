import type { ColumnType } from '../chunk/column.js';
import type { Decisions } from '../chunk/decisions.js';
import type { CamelKeys } from './camel-keys.js';
import type { Limit } from './limit.js';
import type { policyKeys } from './schema/contract.js';
import type { JobFile } from './schema.js';
import type { TimeOfDay } from './time-of-day.js';

/**
 * A job ready to run: defaults filled, variables replaced, sizes in bytes, durations in ms; plain data,
 * nested no deeper than the job file.
 */
export interface Job {
  readonly name: string;
  /** The job file, absolute. */
  readonly file: string;
  /** The folder at which relative paths start: the job file's own. */
  readonly baseDir: string;
  /** `--date` as given. */
  readonly date: string | null;
  /** `--set` values; without secrets in a run, because reports contain them. */
  readonly variables: Readonly<Record<string, string>>;
  readonly input: JobInput;
  readonly model: JobModel;
  /** The contract in the order of the job file; empty if the model defines it. */
  readonly columns: readonly JobColumn[];
  readonly rules: readonly JobRule[];
  readonly output: JobOutput;
  readonly quality: JobQuality;
  readonly run: JobRun;
  readonly telemetry: JobTelemetry;
  readonly audit: boolean;
  /** Columns whose values appear nowhere but in the scored file. */
  readonly redact: readonly string[];
  /** Number of features that may be absent, all null or constant in a partition; null: any number. */
  readonly maxDegraded: number | null;
  readonly identity: 'auto' | 'sha256';
  readonly batchTimeoutMs: number | null;
}

interface JobInput {
  /**
   * Files, globs and folders as written (relative to `baseDir`), so that a folder's brackets are never a
   * glob.
   */
  readonly paths: readonly string[];
  readonly format: 'auto' | 'csv' | 'jsonl' | 'parquet' | 'arrow';
  readonly csv: JobCsv;
  readonly onEmpty: 'skip' | 'fail' | 'succeed';
  /** Larger files are split into partitions of this size; null: never. */
  readonly splitBytes: number | null;
  /** Only inputs that no run has published in another folder of the series; null: all. */
  readonly since: {
    /** The column that says which rows of a changed input are new; null: all of them are. */
    readonly watermark: string | null;
    /** The columns whose values together say so; empty: none. */
    readonly key: readonly string[];
  } | null;
}

/** Stands for standard input in `input.path`, for standard output in `output.path`. */
export const standardStream = '-';

/** Returns true if a job reads standard input or writes standard output. */
export function isPiped({ input, output }: Pick<Job, 'input' | 'output'>): boolean {
  return input.paths.includes(standardStream) || output.path === standardStream;
}

/** CSV dialect; `auto` is detected from the file. */
export interface JobCsv {
  readonly delimiter: string;
  /** `auto`, one character, or `none`. */
  readonly quote: string;
  /** `auto`, one character, or `none`. */
  readonly escape: string;
  readonly encoding: string;
  /** The number of header rows, if given. */
  readonly header: 'auto' | boolean | number;
  readonly skipLines: 'auto' | number;
  /** Prefix of a comment line: `auto`, a text, or `none`. */
  readonly comment: string;
  /** What to do with lines that look like another table below the first. */
  readonly tables: 'auto' | 'first' | 'refuse' | 'one';
  readonly nullValues: readonly string[];
  /**
   * `shared`: the first file's dialect settles the others' ambiguities; `per_file`: each is detected alone.
   */
  readonly dialect: 'shared' | 'per_file';
  /** The longest accepted row; a longer one is rejected. */
  readonly maxRowBytes: number;
  /** The longest accepted cell; null: as long as a row. */
  readonly maxFieldBytes: number | null;
}

interface JobModel {
  /** The model file, or an MLflow model's folder, absolute. */
  readonly path: string;
  /** 64 hex digits in lower case, or null. */
  readonly sha256: string | null;
  /** Models that are compared with it in every run, absolute. */
  readonly challengers: readonly string[];
  /** Another file of the same model, absolute; `check` compares the two. Or null. */
  readonly compareWith: string | null;
  readonly inputs: readonly JobModelInput[];
  readonly outputs: readonly JobModelOutput[];
  readonly constants: readonly JobConstant[];
  readonly rewrite: 'auto' | 'off';
  /** Training rounds to score; only for a file of trees. */
  readonly rounds: 'auto' | 'all' | number;
}

interface JobModelInput {
  /** The tensor's name in the graph. */
  readonly input: string;
  /** One column, or the columns of a matrix in order. */
  readonly columns: readonly { readonly column: string; readonly oneHot: boolean }[];
  /** True if it was written as a list: a matrix, even of one column. */
  readonly packed: boolean;
}

interface JobModelOutput {
  /** The output column. */
  readonly column: string;
  /** The tensor that it comes from. */
  readonly from: string;
  /** A class by its label or its index, or null for the whole tensor. */
  readonly class: string | number | null;
  readonly range: Range | null;
  /** Calibration, rounding, threshold and bands of the score. */
  readonly decisions?: Decisions;
}

interface JobConstant {
  readonly input: string;
  readonly value: Scalar | readonly NestedScalar[];
}

/** A value, or nested lists in the shape of a tensor. */
type NestedScalar = Scalar | readonly NestedScalar[];

type Scalar = string | number | bigint | boolean;

/**
 * A value in the units of its column: number for int32, float32, float64 and date (days since 1970-01-01),
 * bigint for int64 and timestamp (microseconds since then), boolean, string, numbers for list<float32>. As
 * written until the type of the column is known: see `valueOfType`.
 */
export type Value = Scalar | readonly number[];

/** An interval with both ends included, in the units of the column; null is open. */
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
export type Categories =
  | { readonly kind: 'list'; readonly values: readonly string[] }
  | { readonly kind: 'model' | 'baseline' };

/** The computation of a column from other columns of its row. */
interface Derivation {
  readonly from: string;
  /** Maps the result of `from`, as text, to values; null: the result is the value. */
  readonly map: readonly { readonly from: string; readonly to: Value }[] | null;
}

/** The keys of a column that are resolved: their types or meanings differ from those in the job file. */
interface ResolvedKeys extends Policies {
  readonly name: string;
  /** Its name in the file. */
  readonly source: string;
  /** Its computation from other columns; null: it is read from the file. */
  readonly derivation: Derivation | null;
  /** Null: the type of the model's input, else string. */
  readonly type: ColumnType | null;
  readonly missing: Missing;
  readonly range: Range | null;
  readonly categories: Categories | null;
  /** Other spellings of a value: each text in `from` means `value`. */
  readonly aliases: readonly { readonly value: string; readonly from: readonly string[] }[];
  /** Texts of the column that mean a missing value, in every format; null: those of the format. */
  readonly nullValues: readonly string[] | null;
  /** Values that mean a missing value. */
  readonly sentinels: readonly Value[];
  /** Null: the format's own list. */
  readonly trueValues: readonly string[] | null;
  readonly falseValues: readonly string[] | null;
  readonly disallowed: 'flag' | 'null' | 'reject';
  /** Null: the setting of the job. */
  readonly maxProblems: LimitGate | null;
  readonly maxNull: LimitGate;
  readonly maxUnknown: LimitGate;
  /** The column's own, else the job's. */
  readonly maxDrift: FigureGate;
}

type PolicyKey = (typeof policyKeys)[number];

/** The policy of each key: one of its words (`null` is also the word `null`), or a fill value. */
export type Policies = {
  readonly [Key in PolicyKey]: { readonly kind: Extract<ColumnFile[Key], string> | NullWord<Key> } | Fill;
};
type NullWord<Key extends PolicyKey> = null extends ColumnFile[Key] ? 'null' : never;

type ColumnFile = JobFile['columns'][string];
type SameKeys = Omit<CamelKeys<Omit<ColumnFile, 'from' | 'map'>>, keyof ResolvedKeys>;

/** One column of the data contract; the keys that are not resolved are described in `schema/contract.ts`. */
export type JobColumn = ResolvedKeys & SameKeys;

interface JobRule {
  readonly name: string;
  readonly when: string;
  readonly then: 'flag' | 'reject';
}

interface JobOutput {
  /** The folder, absolute. */
  readonly path: string;
  /** The path with marks for its variables (see `seriesOf`), absolute; null if it has none. */
  readonly series: string | null;
  readonly format: 'parquet' | 'csv' | 'jsonl' | 'arrow';
  /** Input columns to copy to the output. */
  readonly columns: readonly string[];
  readonly formulas: 'keep' | 'neutralise';
  readonly reasons: JobReasons | null;
}

/** Which reasons of a row's score are written. */
export interface JobReasons {
  /** The number of features listed for each row. */
  readonly top: number;
  /** An expression that is true for the rows; null: all. */
  readonly when: string | null;
  /** The class or target that is explained; null if the model has one raw score. */
  readonly class: string | number | null;
}

/** A gate on a share or a count of rows; a null side is never exceeded. */
export interface LimitGate {
  readonly warn: Limit | null;
  readonly fail: Limit | null;
}

/** A gate on a number; a null side is never exceeded. */
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
  /** Compared with the last published run: a share of its rows, or a count. */
  readonly maxRowChange: LimitGate;
  /** What to do if a feature has no usable value in any row of a partition. */
  readonly emptyFeatures: 'ignore' | 'warn' | 'fail';
  /** Gate on missing values of a feature where neither baseline nor contract says how many are usual. */
  readonly maxNull: LimitGate;
  /** What to do if a feature has one value in every row of the run. */
  readonly constantFeatures: 'ignore' | 'warn' | 'fail';
  /** In milliseconds: age of the oldest input, of the baseline, of the model file. */
  readonly maxAge: { readonly input: FigureGate; readonly baseline: FigureGate; readonly model: FigureGate };
  /** What to do if an input has the content of an earlier run's input, or of another input of this run. */
  readonly repeatedInput: 'ignore' | 'warn' | 'fail';
  /** What to do if an input ends in the middle of a row. */
  readonly truncated: 'ignore' | 'warn' | 'fail';
  /** The baseline's file, absolute. */
  readonly baseline: string | null;
  readonly maxDrift: FigureGate;
  /** Columns, of which each value is a segment, and conditions. */
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
  /** What to do if every row of a partition has the same score. */
  readonly constant: 'ignore' | 'warn' | 'fail';
  /** The score's own, else the job's. */
  readonly maxDrift: FigureGate;
}

/** Observers of a run besides its own folder. */
interface JobTelemetry {
  /** A file, absolute, or the URL of an OpenLineage endpoint. */
  readonly lineage: string | null;
  readonly namespace: string;
  readonly webhook: string | null;
}

interface JobRun {
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
