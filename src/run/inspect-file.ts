import type { Chunk } from '../chunk/chunk.js';
import type { ColumnType } from '../chunk/column.js';
import { defaultParse, type ReadColumn } from '../chunk/read-plan.js';
import { detectFormat } from '../formats/detect.js';
import type {
  InspectedProblems,
  ReadOptions,
  Source,
  SourceDescription,
  TextInspection,
} from '../formats/format.js';
import { formats } from '../formats/formats.js';
import { inspectedProblems } from '../formats/inspected-problems.js';
import { cellAt } from '../repair/cell.js';

/** A column as a look at the file shows it. */
interface InspectedColumn {
  readonly name: string;
  /** What it can be read as; of CSV what its cells suggest, null where it cannot be read. */
  readonly type: ColumnType | null;
  /** The file's own word for the type. */
  readonly native: string;
  /** Among the rows that were looked at. */
  readonly missing: number;
  /** The first few different values. */
  readonly samples: readonly string[];
}

/** Row groups of Parquet or batches of Arrow, in their order. */
export interface InspectedGroup {
  readonly group: number;
  readonly rows: number;
}

/** What a look at a file finds. */
export interface Inspection extends InspectedProblems {
  readonly source: Source;
  readonly columns: readonly InspectedColumn[];
  readonly groups: readonly InspectedGroup[];
  /** Rows that were looked at, and whether they are all. */
  readonly rows: number;
  readonly isWhole: boolean;
}

const lookBytes = 1024 * 1024;
const shownSamples = 4;

/**
 * Looks at a file: of CSV how it is written and its first 4 MiB, of Parquet and Arrow the schema, its groups of rows and the first megabyte of them.
 * Throws what its format throws, naming the file.
 */
export async function inspectFile(path: string, options: ReadOptions): Promise<Inspection> {
  const name = await detectFormat(path);
  const format = await formats[name]();
  if (format.inspect !== undefined) return inspectText(await format.inspect(path, options));
  const source = await format.open(path, options);
  const { description } = source;
  const decoder = await format.decoder(description, { columns: description.columns.flatMap(readColumn) });
  try {
    const groups = await groupsOf(source);
    let chunk: Chunk | null = null;
    for await (const slice of source.cut(lookBytes)) {
      chunk = await decoder.decode(slice);
      break;
    }
    const columns = description.columns.map(({ name, type, native, readable }) => ({
      name,
      type: readable ? type : null,
      native,
      ...samplesOf(chunk, name),
    }));
    const rows = chunk?.rows ?? 0;
    const isWhole = rows === description.rows;
    const found = chunk === null ? { problems: [], problemCount: 0 } : inspectedProblems(chunk);
    return { source, columns, groups, rows, isWhole, ...found };
  } finally {
    await decoder.close();
  }
}

function inspectText({ columns, ...found }: TextInspection): Inspection {
  return { ...found, groups: [], columns: columns.map((column) => ({ ...column, native: 'text' })) };
}

function readColumn(column: SourceDescription['columns'][number], source: number): ReadColumn[] {
  const { name, type, readable } = column;
  if (!readable) return [];
  return [
    {
      name,
      source,
      type: type ?? 'string',
      layout: 'text',
      categories: [],
      nullValues: [],
      parse: defaultParse,
    },
  ];
}

/** The groups' rows, from the slices: nothing of the rows is read. */
async function groupsOf(source: Source): Promise<InspectedGroup[]> {
  const rows: number[] = [];
  for await (const { group, start, end } of source.cut(lookBytes)) {
    rows[group] = (rows[group] ?? 0) + end - start;
  }
  return Array.from(rows, (count, group) => ({ group, rows: count ?? 0 }));
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
