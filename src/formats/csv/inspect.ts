import type { Chunk } from '../../chunk/chunk.js';
import type { TextColumn } from '../../chunk/column.js';
import type { Found } from '../../chunk/problem.js';
import type { ReadOptions, SkippedLines, SourceDescription } from '../format.js';
import { openDecoder } from './decode.js';
import { guessType, type TypeGuess } from './guess-types.js';
import { openSource } from './open-source.js';
import { textPlan } from './text-plan.js';

/** What `nightshift inspect` says of a CSV file. */
export interface CsvInspection {
  readonly description: SourceDescription;
  readonly columns: readonly ({ readonly name: string } & TypeGuess)[];
  /** Rows that were looked at, and whether they are all. */
  readonly rows: number;
  readonly isWhole: boolean;
  /** The first problems of the file's structure, with their places. */
  readonly problems: readonly InspectedProblem[];
  readonly problemCount: number;
  readonly skipped: SkippedLines;
}

export interface InspectedProblem {
  readonly code: string;
  readonly column: string | null;
  readonly outcome: string;
  /** As `_source_row` counts, from 1. */
  readonly row: number;
  readonly line: number | null;
  readonly expected: string;
  readonly found: Found;
  readonly raw: string;
}

const lookedBytes = 4 * 1024 * 1024;
const shownProblems = 20;

/** The first problems of a chunk, with their places and rows, and how many there are. */
export function inspectedProblems({ problems, origin }: Chunk): {
  readonly problems: readonly InspectedProblem[];
  readonly problemCount: number;
} {
  const shown = problems.kinds.slice(0, shownProblems).map((kind, i): InspectedProblem => {
    const row = problems.rows[i]!;
    const { code, column, outcome, expected } = kind;
    const place = { row: origin.firstRow + row, line: origin.locate(row).line };
    const value = problems.found[i] ?? null;
    const found = value === null ? null : String(value);
    return { code, column, outcome, expected, ...place, found, raw: origin.raw(row, 200) };
  });
  return { problems: shown, problemCount: problems.kinds.length };
}

/** Looks at the first 4 MiB of a CSV file: how it is written, its columns with types and samples, and its first problems. */
export async function inspectCsv(path: string, options: ReadOptions): Promise<CsvInspection> {
  const source = await openSource(path, options);
  const { description, skipped } = source;
  const decoder = await openDecoder(description, textPlan(description));
  try {
    for await (const slice of source.cut(lookedBytes)) {
      const chunk = await decoder.decode(slice);
      const { columns, rows } = chunk;
      return {
        description,
        columns: [...columns].map(([name, column]) => ({ name, ...guessType(column as TextColumn) })),
        rows,
        isWhole: slice.last,
        ...inspectedProblems(chunk),
        skipped,
      };
    }
    const columns = description.columns.map(({ name }) => ({
      name,
      type: 'string' as const,
      missing: 0,
      samples: [],
    }));
    return { description, columns, rows: 0, isWhole: true, problems: [], problemCount: 0, skipped };
  } finally {
    await decoder.close();
  }
}
