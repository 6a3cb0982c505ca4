import type { OutputBatch, OutputField } from '../chunk/batch.js';
import type { Chunk } from '../chunk/chunk.js';
import type { ColumnType } from '../chunk/column.js';
import type { ReadPlan } from '../chunk/read-plan.js';
import type { Slice } from '../chunk/slice.js';
import type { SourceFinding } from '../chunk/source-finding.js';

export type FormatName = 'csv' | 'parquet' | 'arrow';

/** A column as the file has it. `type` is null where the file does not say (CSV) or where a nested type cannot be read (`native` names it). */
export interface SourceColumn {
  readonly name: string;
  readonly type: ColumnType | null;
  /** The file's own word for the type: `text`, `INT32 DECIMAL(9,2)`, `Timestamp(ms, UTC)`. */
  readonly native: string;
  /** False where the type cannot be read: using the column is refused by name. */
  readonly readable: boolean;
}

/** What is known of an input from its header or footer alone; plain data, sent to workers and written to the manifest. */
export interface SourceDescription {
  readonly path: string;
  readonly format: FormatName;
  readonly bytes: number;
  /** Null where only reading tells (CSV, Arrow streams). */
  readonly rows: number | null;
  readonly columns: readonly SourceColumn[];
  /** What the format found out or was told: CSV's dialect with its confidence, Parquet's row groups; plain data that its decoder reads back. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Doubts that opening the file left: a check moves the verdict of the run. */
  readonly findings: readonly SourceFinding[];
}

/** The job file's word on how to read, per format; a format takes what concerns it. */
export interface ReadOptions {
  /** Names of columns that the job and its model read, asked where a text file does not say itself which of its lines is the header. */
  readonly names?: readonly string[];
  readonly csv: Readonly<Record<string, unknown>>;
}

/** The job file's word on how to write, per format; a format takes what concerns it. */
export interface WriteOptions {
  readonly csv: { readonly formulas: 'keep' | 'neutralise' };
}

/** An input whose header or footer was read in the main process, its rows not; it holds no file open between calls. */
export interface Source {
  readonly description: SourceDescription;
  /**
   * The slices in order, each about `chunkBytes` of input; pulled one at a time, so reading waits for room.
   * Same input and `chunkBytes`, same slices. Throws `InvalidError` naming the file for one that is cut off or corrupt.
   */
  cut(chunkBytes: number): AsyncIterable<Slice>;
  /** Lines that were no rows (blank, comments, footers), counted by code with the first few line numbers; complete once `cut` has ended. */
  readonly skipped: SkippedLines;
  /** The findings of the description, then those that only reading the whole input shows; complete once `cut` has ended. */
  readonly findings: readonly SourceFinding[];
}

/** Lines of the input that are no rows: how many per code, and where the first few stand. */
export type SkippedLines = Map<string, { count: number; lines: number[] }>;

/** Reads slices of one source in a worker; the columns of a chunk hold until the next `decode`. */
export interface Decoder {
  decode(slice: Slice): Promise<Chunk>;
  close(): Promise<void>;
}

/** Turns batches into bytes that an assembler can lay end to end, in a worker. */
export interface Encoder {
  encode(batch: OutputBatch): Promise<Uint8Array>;
}

/** Lays encoded pieces into one file, in the main process. */
export interface Assembler {
  append(piece: Uint8Array, rows: number): Promise<void>;
  /** Writes what ends the file; with no piece at all the file is still valid, with its schema and no rows. */
  finish(): Promise<void>;
}

/** Where an assembler writes; storage gives one, so formats know nothing of files. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

/** One file format: five members, and siblings end in `satisfies Format`. Heavy imports happen inside, on first use. */
export interface Format {
  readonly name: FormatName;
  /** Reads header or footer only; throws `InvalidError` naming the file when it is empty, cut off, or not of this format. */
  open(path: string, options: ReadOptions): Promise<Source>;
  decoder(source: SourceDescription, plan: ReadPlan): Promise<Decoder>;
  encoder(fields: readonly OutputField[], options?: WriteOptions): Promise<Encoder>;
  assembler(fields: readonly OutputField[], sink: Sink): Promise<Assembler>;
}
