import type { Chunk } from '../../chunk/chunk.js';
import type { Column, ColumnType, TextColumn } from '../../chunk/column.js';
import { defaultParse, type ReadPlan } from '../../chunk/read-plan.js';
import { allPresent, markMissing } from '../../chunk/validity.js';
import type { Source, SourceDescription } from '../../formats/format.js';
import { areOfType, guessType, usualNulls } from '../../formats/text/guess-types.js';
import { textPlan } from '../../formats/text/text-plan.js';

/**
 * The type of each column of a file to be repaired, in the file's order. `none` is a column at the table's
 * end without a name and (until refuted) without cells, because every line ends in a delimiter. It is left
 * out.
 */
export type ColumnTypes = readonly (ColumnType | 'none')[];

/** Returns every column as text; nameless ones at the end as `none`. */
export function textTypes({ description: { columns }, cells: { titles, isTitled } }: Source): ColumnTypes {
  let named = isTitled ? 1 : columns.length;
  for (let i = named; i < columns.length; i++) if (titles[i]!.trim() !== '') named = i + 1;
  return columns.map((_, i) => (i < named ? 'string' : 'none'));
}

/** Returns the types that a chunk of text columns suggests; the rest of the file must confirm them. */
export function guessedTypes(chunk: Chunk, texts: ColumnTypes): ColumnTypes {
  return [...chunk.columns.values()].map((column, i) =>
    texts[i] === 'none' ? 'none' : guessType(column as TextColumn).type,
  );
}

/** Returns the plan to read the columns: text unchanged, values with the usual texts for missing ones. */
export function repairPlan(source: SourceDescription, types: ColumnTypes): ReadPlan {
  const columns = textPlan(source).columns.map((column, i) => {
    const type = types[i]!;
    return type === 'string' || type === 'none'
      ? column
      : { ...column, type, nullValues: usualNulls, parse: defaultParse, exact: 'all' as const };
  });
  return { columns };
}

/**
 * Returns the types after a chunk: a guessed column with a cell that its type cannot hold exactly becomes
 * text. Returns the same array if nothing changes.
 */
export function withoutRefuted(types: ColumnTypes, chunk: Chunk): ColumnTypes {
  const names = [...chunk.columns.keys()];
  const refuted = new Set<string>();
  for (const [i, name] of names.entries()) {
    if (types[i] === 'none' && hasCells(chunk.columns.get(name) as TextColumn)) refuted.add(name);
  }
  for (const { kind } of chunk.problems) {
    if (kind.column !== null && valueCodes.has(kind.code)) refuted.add(kind.column);
  }
  if (refuted.size === 0) return types;
  return types.map((type, i) => (refuted.has(names[i]!) ? 'string' : type));
}

/** Returns the plan that reads the columns of a guessed type as texts; null if there are none. */
export function guessedTexts(source: SourceDescription, types: ColumnTypes): ReadPlan | null {
  const columns = textPlan(source).columns.filter((_, i) => types[i] !== 'string' && types[i] !== 'none');
  return columns.length === 0 ? null : { columns };
}

/**
 * Returns the types without those that a chunk of the columns' texts refutes: a cell that fits its type, but
 * that type guessing would have taken for text, such as 007 among whole numbers. Returns the same array if
 * none is refuted.
 */
export function withoutOtherTexts(
  types: ColumnTypes,
  { columns: sources }: SourceDescription,
  texts: Chunk,
): ColumnTypes {
  const refuted = new Set(
    types.flatMap((type, i) => {
      const column = texts.columns.get(sources[i]!.name);
      return column === undefined || type === 'none' || areOfType(column as TextColumn, type) ? [] : [i];
    }),
  );
  return refuted.size === 0 ? types : types.map((type, i) => (refuted.has(i) ? 'string' : type));
}

function hasCells({ offsets, length }: TextColumn): boolean {
  return offsets[length] !== offsets[0];
}

const valueCodes: ReadonlySet<string> = new Set([
  'unreadable',
  'overflow',
  'number-format',
  'number-ambiguous',
  'date-ambiguous',
  'mixed-units',
  'time-skipped',
  'time-repeated',
  'infinite',
  'shortened',
]);

/** Marks a column's empty texts as missing, as files do not distinguish them; tests each text once. */
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
