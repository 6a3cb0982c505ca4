// The public types of the package: `bundle.mjs` ships this file as its declarations, so it imports nothing.

/**
 * Values that override the job file, as command-line options do; relative paths start at the working folder.
 */
export interface JobOptions {
  /** The value of `${date}`. */
  readonly date?: string;
  /** Values of other variables of the job file. */
  readonly set?: Readonly<Record<string, string>>;
  /** A file, glob or folder, or several, in place of the job file's input. */
  readonly input?: string | readonly string[];
  /** The output folder. */
  readonly output?: string;
  /** `auto` or a number of worker processes. */
  readonly workers?: string | number;
  /** `auto` or a size, such as `1GiB`. */
  readonly memory?: string | number;
  /** Stops the call: `reason` is `interrupted`, the exit code 130. */
  readonly signal?: AbortSignal;
}

export interface RunOptions extends JobOptions {
  /** Called with each event of the run, in this process; it must not throw. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Only partitions whose names match this glob. */
  readonly partition?: string;
  /** Score published and quarantined partitions, too. */
  readonly force?: boolean;
  /** Exit code 3 if the verdict is "check". */
  readonly exitOnCheck?: boolean;
}

/** Number of rows by outcome; `scored` = ok + repaired + flagged, `read` = `scored` + `rejected`. */
export interface RowCounts {
  readonly read: number;
  readonly scored: number;
  readonly repaired: number;
  readonly flagged: number;
  readonly rejected: number;
  /** Lines that are not rows: blank ones, comments. */
  readonly skipped: number;
  /** Rows that other runs of the job have scored, not among those read; absent without `input.since`. */
  readonly left_out?: number;
}

/** Events of a run in progress. */
export type RunEvent =
  | {
      readonly kind: 'planned';
      readonly runId: string;
      readonly partitions: number;
      /** Partitions that are done already. */
      readonly skipped: number;
      /** Bytes of the partitions to score. */
      readonly bytes: number;
      readonly workers: number;
    }
  /** Sent again if the partition is scored again from its beginning. */
  | { readonly kind: 'partition-started'; readonly partition: string; readonly bytes: number }
  | {
      readonly kind: 'slice-scored';
      readonly partition: string;
      readonly rows: number;
      readonly rejected: number;
      /** The slice's share of the input's bytes; null if unknown: the input is compressed or converted. */
      readonly bytes: number | null;
    }
  | {
      readonly kind: 'partition-ended';
      readonly partition: string;
      readonly state: string;
      readonly rows: RowCounts;
      readonly message: string | null;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'note';
      readonly level: 'info' | 'warn';
      readonly message: string;
      /** Omitted if the note concerns the run. */
      readonly partition?: string;
    };

/** How a run ended: the same object as the last line of `nightshift run`. */
export interface RunReport {
  readonly job: string;
  readonly run_id: string;
  readonly date: string | null;
  readonly variables: Readonly<Record<string, string>>;
  /** 0: everything is published; others as listed in docs/errors.md. */
  readonly exit_code: number;
  readonly reason: string;
  /** Says whether the scores may be used: yes, only after a look at `findings`, or no. */
  readonly verdict: 'good' | 'check' | 'bad';
  readonly findings: readonly {
    readonly level: string;
    readonly code: string;
    readonly column: string | null;
    readonly sentence: string;
  }[];
  readonly findings_total: number;
  readonly hint: string | null;
  readonly partitions: {
    readonly planned: number;
    readonly published: number;
    readonly failed: number;
    readonly skipped: number;
  };
  readonly rows: RowCounts;
  /** The folder with the scored files. */
  readonly output: string | null;
  /** The file of the summary (docs/summary.schema.json); null if none was written. */
  readonly summary: string | null;
  /** The first failure, where there is one. */
  readonly error?: { readonly message: string; readonly hint: string | null };
}

/** What `nightshift check --json` prints. */
export interface CheckReport {
  readonly job: string;
  /** True if no finding is an error. */
  readonly ok: boolean;
  readonly partitions: readonly {
    readonly partition: string;
    readonly path: string;
    readonly bytes: number;
  }[];
  readonly workers: number;
  /** Facts about the model. */
  readonly model: object;
  /** The column that feeds each input of the model. */
  readonly inputs: readonly {
    readonly input: string;
    readonly column: string;
    readonly type: string;
    readonly cast: string;
    readonly policy: string;
  }[];
  readonly outputs: readonly {
    readonly output: string;
    readonly column: string;
    readonly type: string;
    readonly taken: string;
    readonly policy: string;
  }[];
  readonly findings: readonly {
    readonly level: 'error' | 'warning' | 'note';
    readonly about: string;
    readonly message: string;
    readonly hint: string | null;
    /** The exit code that a run, or the partition, would end with; only for some errors. */
    readonly exit_code?: number;
  }[];
}

/**
 * A row as given: columns by name. Numbers, texts, booleans, arrays of numbers, null; bigints keep all digits
 * of 64-bit whole numbers, a Date is a time in UTC, an undefined value an absent key.
 */
export type Row = Readonly<Record<string, unknown>>;

/** A value of a result: float32 exact, 64-bit whole numbers beyond 2^53 as bigints, times as ISO 8601. */
export type RowValue = number | bigint | string | boolean | readonly number[] | null;

/** A defect of a row (docs/problems.md). */
export interface RowProblem {
  readonly code: string;
  /** Null for a problem of the whole row. */
  readonly column: string | null;
  readonly outcome: 'repaired' | 'flagged' | 'rejected';
  /** What the contract allows. */
  readonly expected: string;
  readonly found: string | number | bigint | boolean | null;
  /** The value after repair, null if it became missing; undefined if it is unchanged. */
  readonly became: string | number | bigint | boolean | null | undefined;
}

export interface RowResult {
  readonly status: 'ok' | 'repaired' | 'flagged' | 'rejected';
  /** The job's outputs; null for a rejected row. */
  readonly scores: Readonly<Record<string, RowValue>> | null;
  /** The columns of `output.columns`, after repair; null for a rejected row. */
  readonly columns: Readonly<Record<string, RowValue>> | null;
  /** The columns of `output.reasons`; null for a rejected row, and if the job asks for none. */
  readonly reasons: Readonly<Record<string, RowValue>> | null;
  readonly problems: readonly RowProblem[];
}

export interface Scorer {
  /**
   * Scores rows in this process: one result for each, in order, equal to those of a run over a file of JSON
   * Lines with these rows. Calls wait for each other. Rejects with a `NightshiftError` for what would fail
   * such a file as a whole: a row that is not an object, a column that no row has.
   */
  score(rows: readonly Row[], options?: { readonly signal?: AbortSignal }): Promise<RowResult[]>;
  /** Releases the model; call it once. */
  close(): Promise<void>;
}

/** An error that a person can act on; all others are bugs. */
export declare class NightshiftError extends Error {
  /** A stable word, listed in docs/errors.md with its meaning. */
  readonly reason: string;
  /** The exit code of the same failure on the command line. */
  readonly exitCode: number;
  /** What to do about it. */
  readonly hint: string | null;
  readonly location: {
    readonly file?: string;
    readonly row?: number;
    readonly line?: number;
    readonly column?: string;
  };
}

/**
 * Runs a job file, like `nightshift run`, without printing: resolves with the report of a run that began,
 * whatever its exit code; rejects with a `NightshiftError` for what stops it before its first partition.
 * Workers are processes of their own.
 */
export declare function run(job: string, options?: RunOptions): Promise<RunReport>;

/**
 * Checks a job file, like `nightshift check`; writes nothing. Rejects with a `NightshiftError` if nothing can
 * be checked.
 */
export declare function check(job: string, options?: JobOptions): Promise<CheckReport>;

/** Opens the model and the contract of a job file, to score rows in this process. */
export declare function openScorer(job: string, options?: JobOptions): Promise<Scorer>;
