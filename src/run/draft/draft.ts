import type { Job } from '../../job/job.js';

type Scalar = string | number | boolean;

/** The value of an input of the model that is the same in every row. */
export type Constant = Scalar | readonly Scalar[];

/** The arguments of `nightshift init`. */
export interface DraftRequest {
  /** The model and the input as typed, relative to the working folder. */
  readonly model: string;
  readonly input: string;
  /** The job file to be written. */
  readonly output: string;
  /** Columns of inputs of the model, by `--map`. */
  readonly maps: ReadonlyMap<string, readonly string[]>;
  /** Values of inputs of the model, by `--constant`. */
  readonly constants: ReadonlyMap<string, Constant>;
  readonly signal: AbortSignal;
  /** Asks a person on a terminal; null if nobody can answer. */
  readonly ask: Ask | null;
}

/** Questions to a person. Each returns null if the person has no answer. */
export interface Ask {
  /** Asks for the columns of an input of the model, in order; `width` is their number, null for any. */
  columns(question: ColumnsQuestion): Promise<readonly string[] | null>;
  /** Asks which column identifies a row. */
  key(candidates: readonly string[]): Promise<string | null>;
}

export interface ColumnsQuestion {
  readonly input: string;
  readonly width: number | null;
  /** The best guess, which may be empty. */
  readonly proposed: readonly string[];
  readonly candidates: readonly string[];
}

/** Columns of the file that feed an input of the model, and doubts about them. */
export interface ProposedInput {
  readonly input: string;
  readonly columns: readonly string[];
  /** True if they are written as a list under `model.inputs`. */
  readonly packed: boolean;
  /** True if the names alone determine it, so that nothing needs to be written. */
  readonly byName: boolean;
  readonly doubt: string | null;
}

/** A column of the job file to be written. */
export interface DraftColumn {
  readonly name: string;
  /** Keys with their values as YAML, in order. */
  readonly settings: readonly (readonly [key: string, yaml: string])[];
  /** Facts about its values in the sample. */
  readonly remark: string;
  readonly doubts: readonly string[];
}

/** The job file to be written, as plain data. */
export interface Draft {
  readonly name: string;
  readonly inputPath: string;
  readonly modelPath: string;
  readonly outputPath: string;
  readonly inputs: readonly ProposedInput[];
  readonly constants: DraftRequest['constants'];
  /** The columns of the scored file, as YAML by name, each with a remark; empty: every output. */
  readonly outputs: readonly (readonly [name: string, yaml: string, remark: string])[];
  readonly columns: readonly DraftColumn[];
  /** A column that may be the key, which is only mentioned. */
  readonly keyDoubt: { readonly name: string; readonly doubt: string } | null;
  readonly carried: readonly string[];
  /** Gates, each with a remark. */
  readonly gates: readonly (readonly [key: string, yaml: string, remark: string])[];
  /** Doubts about the whole file. */
  readonly doubts: readonly string[];
}

/** A job file that fits a model and an input. */
export interface DraftedJob {
  readonly draft: Draft;
  readonly text: string;
  readonly job: Job;
  /** Everything that is unsure, as marked in the text. */
  readonly unsure: readonly string[];
  /** Rows of the sample, and their outcomes. */
  readonly sample: {
    readonly file: string;
    readonly rows: number;
    readonly isWhole: boolean;
    readonly scored: number;
    readonly rejected: number;
  };
}
