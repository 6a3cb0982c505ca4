import type { ColumnType } from '../../chunk/column.js';
import { defaultParse, type ReadPlan } from '../../chunk/read-plan.js';
import { InvalidError } from '../../errors.js';
import type { Format, SourceColumn, SourceDescription } from '../../formats/format.js';
import { unreadableHint } from '../../repair/unreadable-hint.js';

/**
 * Returns how each column of a typed file is written to a file of another format, in the file's order: as its
 * exact text if that format holds texts; else as the type that holds its values, or as text if no type holds
 * them exactly. Throws `InvalidError` for a column that cannot be read.
 */
export function typedColumns(
  { path, columns }: SourceDescription,
  output: Format['writes'],
): readonly ColumnType[] {
  const refused = columns.find(({ readable }) => !readable);
  if (refused !== undefined) {
    throw new InvalidError(
      'unreadable-column',
      `${path}: column "${refused.name}" has a type that cannot be read: ${refused.native}`,
      { file: path, column: refused.name, hint: unreadableHint(refused.native) },
    );
  }
  return columns.map((column) => (output === 'texts' ? 'string' : exactType(column)));
}

/** Returns the plan that reads the columns as these types, each under a unique name. */
export function typedPlan({ columns }: SourceDescription, types: readonly ColumnType[]): ReadPlan {
  const names = ownNames(columns.map(({ name }) => name));
  return {
    columns: columns.map((_, source) => ({
      name: names[source]!,
      source,
      type: types[source]!,
      layout: 'text' as const,
      categories: [],
      nullValues: [],
      parse: defaultParse,
      exact: 'all' as const,
    })),
  };
}

/** Returns the changes that lose no value, one sentence for each kind. */
export function typedNotes({ columns }: SourceDescription, types: readonly ColumnType[]): readonly string[] {
  const notes: string[] = [];
  const note = (isOne: (column: SourceColumn) => boolean, written: ColumnType, says: string) => {
    const names = columns
      .filter((column, i) => isOne(column) && column.type !== 'string' && types[i] === written)
      .map(({ name }) => `"${name}"`);
    if (names.length > 0)
      notes.push(`${names.length === 1 ? 'column' : 'columns'} ${names.join(', ')} ${says}`);
  };
  note(
    ({ native }) => /^Duration/.test(native),
    'int64',
    'contained durations: written as whole numbers of their units',
  );
  note(
    ({ native }) => /^Timestamp\(\w+\)$|TIMESTAMP\(\w+\)$/.test(native),
    'timestamp',
    'contained times without a zone: written as UTC',
  );
  note(
    ({ native }) => nanoseconds.test(native),
    'string',
    'contained nanoseconds: written as texts, because timestamps are written in microseconds',
  );
  note(isInexact, 'string', 'contained values that no supported type holds exactly: written as texts');
  return notes;
}

const nanoseconds = /^Timestamp\(ns|TIMESTAMP\(ns/;
/** Decimals with a fraction or more than 18 digits, and lists of items that do not fit into 32-bit floats. */
const inexact =
  /DECIMAL|^Decimal|List<(?!Float(?:16|32)>|U?Int(?:8|16)>|Bool>)|LIST<(?!FLOAT>|BOOLEAN>|INT32 U?INT_(?:8|16)>)/;

function isInexact({ native, type, carried }: SourceColumn): boolean {
  return carried === 'string' || (type !== null && type !== 'int64' && inexact.test(native));
}

function exactType(column: SourceColumn): ColumnType {
  if (nanoseconds.test(column.native) || isInexact(column)) return 'string';
  return column.type ?? 'string';
}

/** Makes names unique: a repeated name gets its number appended. */
function ownNames(names: readonly string[]): readonly string[] {
  const given = new Set<string>();
  const all = new Set(names);
  return names.map((name) => {
    let own = name;
    for (let i = 2; given.has(own) || (own !== name && all.has(own)); i++) own = `${name}_${i}`;
    given.add(own);
    return own;
  });
}
