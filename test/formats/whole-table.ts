import type { Column, ColumnType } from '../../src/chunk/column.js';
import { defaultParse, type ReadColumn } from '../../src/chunk/read-plan.js';
import { isPresent } from '../../src/chunk/validity.js';
import type { Format, SourceDescription } from '../../src/formats/format.js';

export interface WholeTable {
  readonly description: SourceDescription;
  readonly rows: number;
  /** Values by column: numbers, bigints, booleans, strings, arrays (null for NaN), null if missing. */
  readonly columns: Readonly<Record<string, unknown[]>>;
  /** `row:code:column` with rows of the whole table. */
  readonly problems: readonly string[];
  readonly slices: number;
}

export interface Reading {
  readonly chunkBytes?: number;
  /** The plan of a column by name, over the type that the file suggests; null leaves the column out. */
  readonly plan?: Readonly<Record<string, Partial<ReadColumn> | null>>;
  readonly all?: Partial<ReadColumn>;
  /** Names columns by their index in the source, for files with repeated names. */
  readonly byPlace?: boolean;
}

/** The natural plan of a source: every readable column as the type that it suggests. */
export function naturalPlan(
  description: SourceDescription,
  { plan = {}, all = {}, byPlace = false }: Reading = {},
): ReadColumn[] {
  return description.columns.flatMap((column, source) => {
    if (!column.readable || plan[column.name] === null) return [];
    const natural: ReadColumn = {
      name: byPlace ? String(source) : column.name,
      source,
      type: column.type ?? 'string',
      layout: 'dictionary',
      categories: [],
      nullValues: [],
      parse: defaultParse,
    };
    return [{ ...natural, ...all, ...plan[column.name] }];
  });
}

/** Opens, cuts and decodes a whole file with one decoder, slice by slice in order. */
export async function wholeTable(format: Format, path: string, reading: Reading = {}): Promise<WholeTable> {
  const source = await format.open(path, { csv: {} });
  const columns = naturalPlan(source.description, reading);
  const decoder = await format.decoder(source.description, { columns });
  const values: Record<string, unknown[]> = Object.fromEntries(columns.map(({ name }) => [name, []]));
  const problems: string[] = [];
  let rows = 0;
  let slices = 0;
  try {
    for await (const slice of source.cut(reading.chunkBytes ?? 4 * 1024 * 1024)) {
      slices++;
      const chunk = await decoder.decode(slice);
      for (const [name, column] of chunk.columns) values[name]!.push(...columnValues(column));
      for (const { kind, row } of chunk.problems) {
        problems.push(`${rows + row}:${kind.code}:${kind.column}`);
      }
      rows += chunk.rows;
    }
  } finally {
    await decoder.close();
  }
  return { description: source.description, rows, columns: values, problems, slices };
}

/** A column's rows as plain values. */
export function columnValues(column: Column): unknown[] {
  return Array.from({ length: column.length }, (_, row) =>
    isPresent(column.validity, row) ? columnValue(column, row) : null,
  );
}

function columnValue(column: Column, row: number): unknown {
  switch (column.type) {
    case 'string':
      if (column.layout === 'dictionary') return column.dictionary[column.codes[row]!];
      return Buffer.from(column.bytes.subarray(column.offsets[row], column.offsets[row + 1])).toString();
    case 'boolean':
      return column.values[row] === 1;
    case 'list<float32>':
      return Array.from(column.items.subarray(column.offsets[row], column.offsets[row + 1]), (item) =>
        Number.isNaN(item) ? null : item,
      );
    default:
      return column.values[row];
  }
}

/** Returns true if a row holds the value of a missing one: NaN, 0, code -1, or an empty range. */
export function holdsNothing(column: Column, row: number): boolean {
  switch (column.type) {
    case 'string':
      if (column.layout === 'dictionary') return column.codes[row] === -1;
      return column.offsets[row] === column.offsets[row + 1];
    case 'list<float32>':
      return column.offsets[row] === column.offsets[row + 1];
    case 'float32':
    case 'float64':
      return Number.isNaN(column.values[row]!);
    default:
      return Number(column.values[row]!) === 0;
  }
}

/** A plan's column, for tests that make their own. */
export function readColumn(type: ColumnType, more: Partial<ReadColumn> = {}): ReadColumn {
  return {
    name: 'c',
    source: 0,
    type,
    layout: 'dictionary',
    categories: [],
    nullValues: [],
    parse: defaultParse,
    ...more,
  };
}
