import type { Chunk } from '../chunk/chunk.js';
import type { InspectedProblem, InspectedProblems } from './format.js';

const shownProblems = 20;

/** Returns the first problems of a chunk, with their locations and rows, and their number. */
export function inspectedProblems({ problems, origin }: Chunk): InspectedProblems {
  const shown: InspectedProblem[] = [];
  for (const { kind, row, found: value } of problems) {
    if (shown.length === shownProblems) break;
    const { code, column, outcome, expected } = kind;
    const location = { row: origin.firstRow + row, line: origin.locate(row).line };
    const found = value === null ? null : String(value);
    shown.push({ code, column, outcome, expected, ...location, found, raw: origin.raw(row, 200) });
  }
  return { problems: shown, problemCount: problems.length };
}
