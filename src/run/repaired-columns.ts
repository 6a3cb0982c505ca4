import type { Chunk } from '../chunk/chunk.js';
import type { Column, ColumnType, TextColumn } from '../chunk/column.js';
import { defaultParse, type ReadPlan } from '../chunk/read-plan.js';
import { allPresent, markMissing } from '../chunk/validity.js';
import { guessType, usualNulls } from '../formats/csv/guess-types.js';
import { textPlan } from '../formats/csv/text-plan.js';
import type { SourceDescription } from '../formats/format.js';

/** The type of each column of a file that is repaired, in the file's order. */
export type ColumnTypes = readonly ColumnType[];

/** Every column as text. */
export function textTypes({ columns }: SourceDescription): ColumnTypes {
  return columns.map(() => 'string');
}

/** The types that a chunk of text columns suggests; they have to prove themselves on the rest of the file. */
export function guessedTypes(chunk: Chunk): ColumnTypes {
  return [...chunk.columns.values()].map((column) => guessType(column as TextColumn).type);
}

/** How the columns are read: text as it stands, values with the usual texts for missing ones. */
export function repairPlan(source: SourceDescription, types: ColumnTypes): ReadPlan {
  const columns = textPlan(source).columns.map((column, i) => {
    const type = types[i]!;
    return type === 'string' ? column : { ...column, type, nullValues: usualNulls, parse: defaultParse };
  });
  return { columns };
}

/**
 * The types without those that a chunk refutes: a column with a cell that its type cannot hold as it stands is text. The same array where
 * none is refuted.
 */
export function withoutRefuted(types: ColumnTypes, chunk: Chunk): ColumnTypes {
  const refuted = new Set<string>();
  for (const { code, column } of chunk.problems.kinds) {
    if (column !== null && valueCodes.has(code)) refuted.add(column);
  }
  if (refuted.size === 0) return types;
  const names = [...chunk.columns.keys()];
  return types.map((type, i) => (refuted.has(names[i]!) ? 'string' : type));
}

const valueCodes: ReadonlySet<string> = new Set([
  'unreadable',
  'overflow',
  'number-format',
  'date-ambiguous',
  'infinite',
]);

/** The column with its empty texts marked as missing: in a file nothing tells the two apart. One look at each row of a text column. */
export function emptyAsMissing(column: Column): Column {
  if (column.type !== 'string' || column.layout !== 'text') return column;
  const { offsets, length } = column;
  let validity: Uint8Array | null = null;
  for (let row = 0; row < length; row++) {
    if (offsets[row] !== offsets[row + 1]) continue;
    validity ??= column.validity?.slice() ?? allPresent(length);
    markMissing(validity, row);
  }
  return validity === null ? column : { ...column, validity };
}
