import type { Chunk } from '../chunk/chunk.js';
import type { ColumnType } from '../chunk/column.js';
import { defaultParse, type ReadColumn } from '../chunk/read-plan.js';
import { sliceOf } from '../chunk/slice.js';
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
import { lendPath } from './plan/lend-remote.js';

/** A column as inspected. */
interface InspectedColumn {
  readonly name: string;
  /** The type it can be read as; for CSV the type that its cells suggest, null if it cannot be read. */
  readonly type: ColumnType | null;
  /** The file's own word for the type. */
  readonly native: string;
  /** Among the inspected rows. */
  readonly missing: number;
  /** The first few distinct values. */
  readonly samples: readonly string[];
}

/** Row groups of Parquet or batches of Arrow, in order; of other formats none. */
export interface InspectedGroup {
  readonly group: number;
  readonly rows: number;
}

/** Result of inspecting a file. */
export interface Inspection extends InspectedProblems {
  readonly source: Source;
  readonly columns: readonly InspectedColumn[];
  readonly groups: readonly InspectedGroup[];
  /** Number of inspected rows, and whether they are all. */
  readonly rows: number;
  readonly isWhole: boolean;
}

const lookBytes = 1024 * 1024;
const shownSamples = 4;

/**
 * Inspects a file: for CSV its dialect and its first 4 MiB, for other formats the schema, the row groups and
 * the first megabyte. Throws the errors of its format, naming the file.
 */
export async function inspectFile(path: string, options: ReadOptions): Promise<Inspection> {
  await lendPath(path);
  const name = await detectFormat(path);
  const format = await formats[name]();
  if (format.inspect !== undefined) return inspectText(await format.inspect(path, options));
  const source = await format.open(path, options);
  const { description } = source;
  const decoder = await format.decoder(description, { columns: description.columns.flatMap(readColumn) });
  try {
    const groups = description.rows === null ? [] : await groupsOf(source);
    let chunk: Chunk | null = null;
    let isWhole = description.rows === 0;
    for await (const slice of source.cut(lookBytes)) {
      chunk = await decoder.decode(slice);
      isWhole = slice.kind === 'bytes' ? slice.last : chunk.rows === description.rows;
      break;
    }
    const columns = description.columns.map(({ name, type, native, readable }) => ({
      name,
      type: readable ? type : null,
      native,
      ...samplesOf(chunk, name),
    }));
    const rows = chunk?.rows ?? 0;
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

/** Returns the rows of the groups, from the slices, without reading the rows. */
async function groupsOf(source: Source): Promise<InspectedGroup[]> {
  const rows: number[] = [];
  for await (const slice of source.cut(lookBytes)) {
    const { group, start, end } = sliceOf('rows', slice);
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
