import type { Chunk } from '../chunk/chunk.js';
import type { InspectedProblem, InspectedProblems } from './format.js';

const shownProblems = 20;

/** Returns the first problems of a chunk, with their locations and rows, and their number. */
export function inspectedProblems({ problems, origin }: Chunk): InspectedProblems {
  const shown = problems.kinds.slice(0, shownProblems).map((kind, i): InspectedProblem => {
    const row = problems.rows[i]!;
    const { code, column, outcome, expected } = kind;
    const location = { row: origin.firstRow + row, line: origin.locate(row).line };
    const value = problems.found[i] ?? null;
    const found = value === null ? null : String(value);
    return { code, column, outcome, expected, ...location, found, raw: origin.raw(row, 200) };
  });
  return { problems: shown, problemCount: problems.kinds.length };
}
