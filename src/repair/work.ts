import type { Column } from '../chunk/column.js';
import { addProblem, type Found, type ProblemKind, type Problems } from '../chunk/problem.js';
import type { UnknownValues } from './unknown-values.js';

/** What a cell became: its value, null where it became missing, undefined where it was left as it was. */
export type Became = Found | undefined;

/**
 * What a number column may hold that a rule has to look at; false is never wrong, true may be (a missing whole number is stored as 0, which may lie
 * outside). A column that has no value `hasOutside` holds none of the others.
 */
export interface Survey {
  /** Anything but finite numbers within the bounds. */
  readonly hasOutside: boolean;
  /** NaN in a row that is not marked as missing. */
  readonly hasNaN: boolean;
  readonly hasInfinite: boolean;
}

/** A chunk on its way through the rules: they replace columns, change cells of `values` in place, and note what they found. */
export interface Work {
  readonly rows: number;
  readonly columns: Map<string, Column>;
  readonly problems: Problems;
  /** Parallel to the problems; null where nobody asks. */
  readonly became: Became[] | null;
  /** One byte per row, 1 where the decoder rejected the whole row: its cells say nothing, so no rule looks at them; null: none. */
  readonly dead: Uint8Array | null;
  /** Rows whose values nobody may quote: malformed ones (see redact.ts), where columns are redacted; null: none. */
  readonly malformed: ReadonlySet<number> | null;
  /** Rows of this chunk whose key is repeated (see key-ledger.ts), ascending. */
  readonly repeated: Int32Array | null;
  /** How many of the problems are the decoder's: they come first. */
  readonly read: number;
  /** By number column, what it may hold (see survey.ts). */
  readonly surveys: Map<string, Survey>;
  readonly unknown: UnknownValues[];
}

/** Notes a problem and what the cell became. */
export function note(work: Work, kind: ProblemKind, row: number, found: Found, became: Became): void {
  addProblem(work.problems, kind, row, found);
  work.became?.push(became);
}

/** Whether the decoder rejected the whole row. */
export function isDead(work: Work, row: number): boolean {
  return work.dead !== null && work.dead[row] === 1;
}
