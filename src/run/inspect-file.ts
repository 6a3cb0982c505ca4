import type { Chunk } from '../chunk/chunk.js';
import type { Problem } from '../chunk/problem.js';
import { defaultParse, type ReadColumn } from '../chunk/read-plan.js';
import { detectFormat } from '../formats/detect.js';
import type { ReadOptions, SkippedLines, SourceDescription } from '../formats/format.js';
import { formats } from '../formats/formats.js';
import { cellAt } from '../repair/cell.js';

/** A column as a look at the file shows it. */
export interface InspectedColumn {
  readonly name: string;
  readonly native: string;
  readonly readable: boolean;
  readonly missing: number;
  readonly samples: readonly string[];
}

export interface InspectedProblem {
  readonly row: number;
  readonly line: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly outcome: string;
  readonly found: string | null;
}

export interface Inspection {
  readonly source: SourceDescription;
  readonly columns: readonly InspectedColumn[];
  /** Rows that were looked at. */
  readonly rows: number;
  readonly problems: readonly InspectedProblem[];
  readonly problemCount: number;
  readonly skipped: SkippedLines;
}

const lookBytes = 1024 * 1024;
const shownProblems = 20;
const shownSamples = 4;

/** Looks at a file: what its header or footer says, and the first megabyte of its rows. */
export async function inspectFile(path: string, options: ReadOptions): Promise<Inspection> {
  const format = await formats[await detectFormat(path)]();
  const source = await format.open(path, options);
  try {
    const { description } = source;
    const columns = description.columns.flatMap((column, place) =>
      column.readable ? [readColumn(column.name, place, column.type ?? 'string')] : [],
    );
    let chunk: Chunk | null = null;
    for await (const slice of source.cut(lookBytes)) {
      const decoder = await format.decoder(description, { columns });
      chunk = await decoder.decode(slice);
      await decoder.close();
      break;
    }
    return {
      source: description,
      columns: description.columns.map(({ name, native, readable }) => ({
        name,
        native,
        readable,
        ...samplesOf(chunk, name),
      })),
      rows: chunk?.rows ?? 0,
      problems: chunk === null ? [] : firstProblems(chunk),
      problemCount: chunk?.problems.kinds.length ?? 0,
      skipped: source.skipped,
    };
  } finally {
    await source.close();
  }
}

function readColumn(name: string, source: number, type: ReadColumn['type']): ReadColumn {
  return { name, source, type, layout: 'text', categories: [], nullValues: [''], parse: defaultParse };
}

function samplesOf(chunk: Chunk | null, name: string): { missing: number; samples: string[] } {
  const column = chunk?.columns.get(name);
  const samples: string[] = [];
  let missing = 0;
  if (column === undefined) return { missing, samples };
  for (let row = 0; row < column.length; row++) {
    const cell = cellAt(column, row);
    if (cell === null) missing++;
    else if (samples.length < shownSamples && !samples.includes(String(cell))) samples.push(String(cell));
  }
  return { missing, samples };
}

function firstProblems({ problems, origin }: Chunk): InspectedProblem[] {
  return problems.kinds
    .slice(0, shownProblems)
    .map(({ code, column, outcome }: Pick<Problem, 'code' | 'column' | 'outcome'>, i) => {
      const found = problems.found[i] ?? null;
      return {
        row: origin.firstRow + problems.rows[i]!,
        line: origin.locate(problems.rows[i]!).line,
        column,
        code,
        outcome,
        found: found === null ? null : String(found),
      };
    });
}
