import type { Chunk } from '../../src/chunk/chunk.js';
import type { Column, ColumnType, Validity } from '../../src/chunk/column.js';
import { Problems } from '../../src/chunk/problem.js';
import type { ColumnContract, RepairPlan, RowRule } from '../../src/repair/contract.js';
import { plainContract } from '../../src/repair/plain-contract.js';

/** A cell as tests write it, in its column's own units; null is missing. */
export type Cell = number | bigint | boolean | string | readonly number[] | null;

export interface TestColumn {
  readonly type: ColumnType;
  readonly cells: readonly Cell[];
  readonly layout?: 'text' | 'dictionary';
  readonly categories?: readonly string[];
}

/** A chunk of the columns given, with fresh memory. */
export function chunkOf(columns: Readonly<Record<string, TestColumn>>, rows?: number): Chunk {
  const built = new Map(Object.entries(columns).map(([name, column]) => [name, columnOf(column)]));
  return {
    rows: rows ?? [...built.values()][0]?.length ?? 0,
    columns: built,
    problems: new Problems(),
    origin: { firstRow: 1, locate: () => ({ line: null, byteOffset: null }), raw: () => '' },
  };
}

/** A column of the cells given. */
export function columnOf({ type, cells, layout = 'dictionary', categories = [] }: TestColumn): Column {
  const length = cells.length;
  const validity = validityOf(cells);
  switch (type) {
    case 'int32':
    case 'date':
      return { type, length, validity, values: Int32Array.from(cells, (cell) => Number(cell ?? 0)) };
    case 'int64':
    case 'timestamp':
      return {
        type,
        length,
        validity,
        values: BigInt64Array.from(cells, (cell) => BigInt((cell ?? 0) as bigint)),
      };
    case 'float32':
      return {
        type,
        length,
        validity,
        values: Float32Array.from(cells, (cell) => Number(cell ?? Number.NaN)),
      };
    case 'float64':
      return {
        type,
        length,
        validity,
        values: Float64Array.from(cells, (cell) => Number(cell ?? Number.NaN)),
      };
    case 'boolean':
      return { type, length, validity, values: Uint8Array.from(cells, (cell) => Number(cell ?? 0)) };
    case 'string': {
      const texts = cells as readonly (string | null)[];
      return layout === 'text' ? textOf(texts, validity) : codesOf(texts, categories, validity);
    }
    case 'list<float32>': {
      const vectors = cells.map((cell) => (cell ?? []) as readonly number[]);
      const offsets = new Int32Array(length + 1);
      for (const [i, vector] of vectors.entries()) offsets[i + 1] = offsets[i]! + vector.length;
      return { type, length, validity, offsets, items: Float32Array.from(vectors.flat()) };
    }
  }
}

function validityOf(cells: readonly Cell[]): Validity {
  if (cells.every((cell) => cell !== null)) return null;
  const validity = new Uint8Array((cells.length + 7) >> 3);
  for (const [i, cell] of cells.entries()) if (cell !== null) validity[i >> 3]! |= 1 << (i & 7);
  return validity;
}

function textOf(texts: readonly (string | null)[], validity: Validity): Column {
  const parts = texts.map((text) => Buffer.from(text ?? ''));
  const offsets = new Int32Array(texts.length + 1);
  for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i]! + part.length;
  return {
    type: 'string',
    layout: 'text',
    length: texts.length,
    offsets,
    bytes: Buffer.concat(parts),
    validity,
  };
}

function codesOf(
  texts: readonly (string | null)[],
  categories: readonly string[],
  validity: Validity,
): Column {
  const dictionary = [...new Set([...categories, ...texts.filter((text) => text !== null)])];
  const codes = Int32Array.from(texts, (text) => (text === null ? -1 : dictionary.indexOf(text)));
  return { type: 'string', layout: 'dictionary', length: texts.length, codes, dictionary, validity };
}

/** A column's cells as `columnOf` takes them. */
export function cellsOf(column: Column): Cell[] {
  return Array.from({ length: column.length }, (_, row): Cell => {
    if (column.validity !== null && (column.validity[row >> 3]! & (1 << (row & 7))) === 0) return null;
    if (column.type === 'list<float32>') {
      return [...column.items.subarray(column.offsets[row]!, column.offsets[row + 1]!)];
    }
    if (column.type === 'boolean') return column.values[row] === 1;
    if (column.type !== 'string') return column.values[row]!;
    if (column.layout === 'dictionary') return column.dictionary[column.codes[row]!]!;
    return Buffer.from(column.bytes.subarray(column.offsets[row]!, column.offsets[row + 1]!)).toString();
  });
}

/** Everything that a column holds, its stored cells under missing rows too, for comparing bit by bit. */
export function snapshot(column: Column): unknown {
  return structuredClone(column);
}

/** Returns a contract that requires nothing beyond the given keys. */
export function contract(
  name: string,
  type: ColumnType,
  wants: Partial<ColumnContract> = {},
): ColumnContract {
  return { ...plainContract(name, type), ...wants };
}

/** A plan of these columns and nothing else but what is given. */
export function planOf(columns: readonly ColumnContract[], wants: Partial<RepairPlan> = {}): RepairPlan {
  return {
    columns,
    rules: [],
    cannotBeMissing: [],
    limits: [],
    absent: [],
    audit: false,
    redact: [],
    ...wants,
  };
}

/** The problems of a chunk, each as `row code:column outcome found`, in row order. */
export function listProblems({ problems, rows: _ }: Chunk): string[] {
  return Array.from(problems, ({ kind: { code, column, outcome }, row, found }) => ({
    row,
    text: `${code}:${column} ${outcome} ${found}`,
  }))
    .sort((a, b) => a.row - b.row)
    .map(({ row, text }) => `${row} ${text}`);
}

export const fill = <T>(value: T) => ({ kind: 'fill', value }) as const;

/** A rule across columns. */
export function rowRule(name: string, when: string, outcome: RowRule['then']): RowRule {
  // biome-ignore lint/suspicious/noThenProperty: the job file's word
  return { name, when, then: outcome };
}
