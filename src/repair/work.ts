import type { Column } from '../chunk/column.js';
import type { Found, ProblemKind, Problems } from '../chunk/problem.js';
import type { UnknownValues } from './unknown-values.js';

/** The new value of a cell; null if it became missing, undefined if unchanged. */
export type Became = Found | undefined;

/**
 * Values in a number column that a rule has to handle; false is certain, true may be wrong (a missing whole
 * number is stored as 0, which may be outside). Without `hasOutside` the others are false too.
 */
export interface Survey {
  /** Anything but finite numbers within the bounds. */
  readonly hasOutside: boolean;
  /** NaN in a row that is not marked as missing. */
  readonly hasNaN: boolean;
  readonly hasInfinite: boolean;
}

/** A chunk while rules work on it: they replace columns, change cells in place, and record problems. */
export interface Work {
  readonly rows: number;
  readonly columns: Map<string, Column>;
  readonly problems: Problems;
  /** Parallel to the problems; null without an audit. */
  readonly became: Became[] | null;
  /** One byte per row, 1 if the decoder rejected the whole row: rules ignore its cells; null: none. */
  readonly dead: Uint8Array | null;
  /** Malformed rows (see redact.ts), whose values must not be quoted, if columns are redacted; null: none. */
  readonly malformed: ReadonlySet<number> | null;
  /** Rows of this chunk whose key is repeated (see key-ledger.ts), ascending. */
  readonly repeated: Int32Array | null;
  /** Number of problems from the decoder: they come first. */
  readonly read: number;
  /** By number column, the values it may hold (see survey.ts). */
  readonly surveys: Map<string, Survey>;
  readonly unknown: UnknownValues[];
  /** Called with each derived column as computed, before any rule changes it; null: not needed. */
  readonly onDerived: OnDerived | null;
}

export type OnDerived = (name: string, column: Column) => void;

/** Records a problem and the new value of the cell. */
export function note(work: Work, kind: ProblemKind, row: number, found: Found, became: Became): void {
  work.problems.add(kind, row, found);
  work.became?.push(became);
}

/** Returns true if the decoder rejected the whole row. */
export function isDead(work: Work, row: number): boolean {
  return work.dead !== null && work.dead[row] === 1;
}
