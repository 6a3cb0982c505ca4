/** The outcome for a cell or row with a problem; the strongest outcome of a row is its status. */
export type Outcome = 'repaired' | 'flagged' | 'rejected';

/**
 * The part of a problem shared by all its occurrences; created once by the rule or decoder that finds it.
 * `code` is stable kebab-case; `column` is null for a problem of the whole row; `expected` describes what the
 * contract allows.
 */
export interface ProblemKind {
  readonly code: string;
  readonly column: string | null;
  readonly expected: string;
  readonly outcome: Outcome;
}

/** The value found in the cell: its text, or its typed value if it never was text. */
export type Found = string | number | bigint | boolean | null;

/**
 * The problems of a chunk as three parallel arrays, in the order in which they were found. A chunk without
 * problems allocates nothing; one occurrence costs three array slots.
 */
export interface Problems {
  readonly kinds: ProblemKind[];
  readonly rows: number[];
  readonly found: Found[];
}

/** Returns an empty list of problems. */
export function noProblems(): Problems {
  return { kinds: [], rows: [], found: [] };
}

/** Records a problem of `kind` in `row` (from 0 within the chunk); `found` is the value found there. */
export function addProblem(problems: Problems, kind: ProblemKind, row: number, found: Found): void {
  problems.kinds.push(kind);
  problems.rows.push(row);
  problems.found.push(found);
}
