/** What became of a cell or row with a problem; the strongest outcome of a row is its status. */
export type Outcome = 'repaired' | 'flagged' | 'rejected';

/**
 * What is the same for every occurrence of a problem: made once by the rule or decoder that finds it, then shared.
 * `code` is stable kebab-case; `column` is null for a problem of the whole row; `expected` says what the contract allows.
 */
export interface ProblemKind {
  readonly code: string;
  readonly column: string | null;
  readonly expected: string;
  readonly outcome: Outcome;
}

/** What was found in the cell: its text, or its value where it was never text. */
export type Found = string | number | bigint | boolean | null;

/** One occurrence: `row` counts from 0 within the chunk. */
export interface Problem extends ProblemKind {
  readonly row: number;
  readonly found: Found;
}

/**
 * The problems of a chunk as three parallel arrays, in the order in which they were found: nothing is allocated for a chunk without problems,
 * and one occurrence costs three array slots.
 */
export interface Problems {
  readonly kinds: ProblemKind[];
  readonly rows: number[];
  readonly found: Found[];
}

/** An empty list of problems. */
export function noProblems(): Problems {
  return { kinds: [], rows: [], found: [] };
}

/** Notes that the problem `kind` stands in `row` (from 0 within the chunk), where `found` was found. */
export function addProblem(problems: Problems, kind: ProblemKind, row: number, found: Found): void {
  problems.kinds.push(kind);
  problems.rows.push(row);
  problems.found.push(found);
}
