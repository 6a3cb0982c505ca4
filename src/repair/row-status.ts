import type { Outcome, ProblemKind, Problems } from '../chunk/problem.js';

/** The words of `_row_status`, by number: a stronger status has a greater number. */
export const statusWords = ['ok', 'repaired', 'flagged', 'rejected'] as const;

/** Outcome of a chunk's rows. */
export interface RowStatus {
  /** One byte per row, an index into `statusWords`, of the strongest outcome; null: all are ok. */
  readonly status: Uint8Array | null;
  /** The rows that are not rejected, ascending; null: all. */
  readonly kept: Int32Array | null;
}

const strength: Readonly<Record<Outcome, number>> = { repaired: 1, flagged: 2, rejected: 3 };

/** Sets each row's status by its strongest problem; call it again when a later stage has added problems. */
export function rowStatus(problems: Problems, rows: number): RowStatus {
  if (problems.length === 0) return { status: null, kept: null };
  const status = new Uint8Array(rows);
  let last: ProblemKind | null = null;
  let outcome = 0;
  for (let i = 0; i < problems.length; i++) {
    // Problems come by rule and column: most are of the same kind as the one before.
    const kind = problems.kind(i);
    if (kind !== last) {
      last = kind;
      outcome = strength[kind.outcome];
    }
    const row = problems.row(i);
    if (status[row]! < outcome) status[row] = outcome;
  }
  let rejected = 0;
  for (let row = 0; row < rows; row++) if (status[row] === strength.rejected) rejected++;
  if (rejected === 0) return { status, kept: null };
  const kept = new Int32Array(rows - rejected);
  let next = 0;
  for (let row = 0; row < rows; row++) if (status[row] !== strength.rejected) kept[next++] = row;
  return { status, kept };
}

/** Counts rows by status, in the order of `statusWords`: the figures of the ledger. */
export function countStatus(status: Uint8Array | null, rows: number): readonly number[] {
  const counts = [rows, 0, 0, 0];
  if (status === null) return counts;
  for (let row = 0; row < rows; row++) {
    const value = status[row]!;
    if (value === 0) continue;
    counts[value]!++;
    counts[0]!--;
  }
  return counts;
}
