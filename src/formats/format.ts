import type { OutputBatch, OutputField } from '../chunk/batch.js';
import type { Chunk } from '../chunk/chunk.js';
import type { ColumnType } from '../chunk/column.js';
import type { Found } from '../chunk/problem.js';
import type { RawForm } from '../chunk/raw-form.js';
import type { ReadPlan } from '../chunk/read-plan.js';
import type { HeldBytes, Slice } from '../chunk/slice.js';
import type { SourceFinding } from '../chunk/source-finding.js';
import type { ColumnMarks } from './text/column-marks.js';

export type FormatName = 'csv' | 'jsonl' | 'parquet' | 'arrow';

/** A column of a file. `type` is null if the file has none (CSV) or a nested one (`native` names it). */
export interface SourceColumn {
  readonly name: string;
  readonly type: ColumnType | null;
  /** The type that carries the column through if no rule needs another; absent: `type`. */
  readonly carried?: ColumnType;
  /** The file's own word for the type: `text`, `INT32 DECIMAL(9,2)`, `Timestamp(ms, UTC)`. */
  readonly native: string;
  /** False if the type cannot be read: a job that uses the column is refused. */
  readonly readable: boolean;
}

/**
 * Facts about an input from its header or footer; plain data, sent to workers and written to the manifest.
 */
export interface SourceDescription {
  readonly path: string;
  readonly format: FormatName;
  readonly bytes: number;
  /** Null if unknown before reading (CSV, Arrow streams). */
  readonly rows: number | null;
  readonly columns: readonly SourceColumn[];
  /** Format details, detected or given: CSV's dialect, Parquet's row groups; plain data for the decoder. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Bytes of a remote file that every worker needs, such as its footer; absent for a local one. */
  readonly held?: readonly HeldBytes[];
  /** Doubts after opening the file: a check changes the verdict of the run. */
  readonly findings: readonly SourceFinding[];
}

/** Options of the job file for reading, per format; a format takes those that concern it. */
export interface ReadOptions {
  /**
   * Names of columns that the job and its model read; they help to find a header that is not obvious, or the
   * columns of a file without one.
   */
  readonly names?: readonly string[];
  /**
   * True if every column of the file is read, whatever its name: then a format without a header looks for
   * columns in all rows.
   */
  readonly everyColumn?: boolean;
  readonly csv: Readonly<Record<string, unknown>>;
}

/** Options of the job file for writing, per format; a format takes those that concern it. */
export interface WriteOptions {
  readonly csv: { readonly formulas: 'keep' | 'neutralise'; readonly header?: boolean };
}

/** How a source is read, for people and for records. */
export interface About {
  /** In words: `delimiter comma, quote ", LF, utf-8, 1 header row`; the format's name where that says all. */
  readonly words: string;
  /** The confidence of the detected properties, in words; empty if none were detected. */
  readonly confidence: string;
  /** Notes on unusual properties of the source. */
  readonly notes: readonly string[];
  /** As `--json` shows it. */
  readonly json: Readonly<Record<string, unknown>>;
  /**
   * The form for records and manifests: the description's details without the facts learned about the cells.
   */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A source's cells, as far as planning how to read them depends on them. */
export interface Cells {
  /** `texts` have to be parsed; `values` have types. */
  readonly kind: 'texts' | 'values';
  /** The columns' names as written in the file, including blank and repeated ones. */
  readonly titles: readonly string[];
  /** True if the file contains the titles. */
  readonly isTitled: boolean;
  /** Evidence of the first rows about the decimal marks of columns; null if they were not examined. */
  readonly marks: readonly ColumnMarks[] | null;
  /** The form of a raw row in the file. */
  readonly rawForm: RawForm;
  /** Returns a hint why columns of these names may be missing; null if no reason is known. */
  whyMissing(wanted: readonly string[]): string | null;
  /** Returns findings on the file from structural problems of its `rows`, counted over the whole input. */
  doubts(problems: readonly RowProblems[], rows: number): readonly SourceFinding[];
  /**
   * Returns the options for opening the job's other files, so that this file settles what is ambiguous in
   * them.
   */
  hold(options: ReadOptions): ReadOptions;
}

/** A kind of problem, its number of rows, and the first of them. */
export interface RowProblems {
  readonly code: string;
  readonly column: string | null;
  readonly count: number;
  readonly samples: readonly { readonly row: number; readonly line: number | null }[];
}

/** An input whose header or footer the main process has read; keeps no file open between calls. */
export interface Source {
  readonly description: SourceDescription;
  readonly about: About;
  readonly cells: Cells;
  /**
   * Yields the slices in order, each about `chunkBytes` of input; pulled one at a time, so reading waits for
   * room. Same input and `chunkBytes`, same slices. Throws `InvalidError` naming the file for one that is
   * truncated or corrupt, and the reason of an aborted `signal`, also between slices: skipped lines without
   * end belong to none.
   */
  cut(chunkBytes: number, signal?: AbortSignal): AsyncIterable<Slice>;
  /** Takes the memory of a slice that is done with, for a later one; absent where slices hold none. */
  giveBack?(slice: Slice): void;
  /**
   * Of a remote file whose workers cannot read it: returns a slice with the bytes of the columns that a plan
   * reads, or of all columns (null). Absent where slices are complete as they are cut.
   */
  carry?(slice: Slice, read: ReadPlan | null): Promise<Slice>;
  /**
   * For a part of a file: the number of rows before it, and its own number of rows, which is known once `cut`
   * has ended unless it is the last part.
   */
  readonly span?: { readonly before: number; readonly rows: number | null };
  /** All bytes of a small file that is in memory anyway; absent for others. */
  readonly content?: Uint8Array;
  /** Skipped lines (blank, comments, footers) by code, with the first line numbers; complete after `cut`. */
  readonly skipped: SkippedLines;
  /** The description's findings, then those that require the whole input; complete after `cut`. */
  readonly findings: readonly SourceFinding[];
}

/** Lines of the input that are not rows: count per code, and the first few line numbers. */
export type SkippedLines = Map<string, { count: number; lines: number[] }>;

/** Reads slices of one source in a worker; the columns of a chunk are valid until the next `decode`. */
export interface Decoder {
  decode(slice: Slice): Promise<Chunk>;
  close(): Promise<void>;
}

/** Encodes batches as bytes that an assembler can concatenate, in a worker. */
export interface Encoder {
  encode(batch: OutputBatch): Promise<Uint8Array>;
}

/** Assembles encoded pieces into one file, in the main process. */
export interface Assembler {
  append(piece: Uint8Array, rows: number): Promise<void>;
  /** Writes the end of the file; even without pieces the file is valid, with its schema and no rows. */
  finish(): Promise<void>;
}

/** The target of an assembler; storage provides one, so formats know nothing about files. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

/** Findings from the first rows of a file of texts. */
export interface TextInspection extends InspectedProblems {
  readonly source: Source;
  readonly columns: readonly {
    readonly name: string;
    /** The type that its cells suggest. */
    readonly type: ColumnType;
    readonly missing: number;
    readonly samples: readonly string[];
  }[];
  /** Number of inspected rows, and whether they are all. */
  readonly rows: number;
  readonly isWhole: boolean;
}

/** The first problems of some rows, and how many there are. */
export interface InspectedProblems {
  readonly problems: readonly InspectedProblem[];
  readonly problemCount: number;
}

export interface InspectedProblem {
  readonly code: string;
  readonly column: string | null;
  readonly outcome: string;
  /** `_source_row`, from 1. */
  readonly row: number;
  readonly line: number | null;
  readonly expected: string;
  readonly found: Found;
  readonly raw: string;
}

/** A local file that was just read as a whole. */
export interface SeenFile {
  readonly bytes: Buffer;
}

/** One file format: siblings end in `satisfies Format`. Heavy imports happen inside, on first use. */
export interface Format {
  readonly name: FormatName;
  /**
   * `texts`: columns are texts under any names, even blank or repeated; `values`: typed, with distinct names.
   */
  readonly writes: Cells['kind'];
  /**
   * Reads header or footer only, from `seen` if the file was just read; throws `InvalidError` naming the file
   * if it is empty, truncated, or of another format.
   */
  open(path: string, options: ReadOptions, seen?: SeenFile | null): Promise<Source>;
  decoder(source: SourceDescription, plan: ReadPlan): Promise<Decoder>;
  encoder(fields: readonly OutputField[], options?: WriteOptions): Promise<Encoder>;
  assembler(fields: readonly OutputField[], sink: Sink, options?: WriteOptions): Promise<Assembler>;
  /** Examines the first rows of a file whose types can only be guessed from its texts. */
  inspect?(path: string, options: ReadOptions): Promise<TextInspection>;
}
