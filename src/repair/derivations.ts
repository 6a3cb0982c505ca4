import type { ColumnType } from '../chunk/column.js';
import { InvalidError } from '../errors.js';
import type { Derivation } from './contract.js';
import type { ValueType } from './expression.js';
import { namesInDerivation, parseDerivation } from './parse-expression.js';

/** The part of a column's contract that decides the order of derivations. */
interface Derivable {
  readonly name: string;
  readonly derivation: Derivation | null;
}

/** Returns the derived columns, each after those it reads. Throws `InvalidError` if one depends on itself. */
export function inOrder<Column extends Derivable>(
  columns: readonly Column[],
): (Column & { derivation: Derivation })[] {
  type Derived = Column & { derivation: Derivation };
  const derived = new Map(
    columns.filter((column): column is Derived => column.derivation !== null).map((one) => [one.name, one]),
  );
  const ordered = new Set<Derived>();
  const visit = (column: Derived, before: readonly string[]): void => {
    if (ordered.has(column)) return;
    const path = [...before, column.name];
    if (before.includes(column.name)) {
      throw new InvalidError(
        'bad-derivation',
        `"columns.${column.name}.from" depends on itself: ${path.join(' needs ')}`,
        {
          column: column.name,
          hint: 'derive columns from others only',
        },
      );
    }
    for (const name of namesInDerivation(column.derivation.from, column.name).keys()) {
      const other = derived.get(name);
      if (other !== undefined) visit(other, path);
    }
    ordered.add(column);
  };
  for (const column of derived.values()) visit(column, []);
  return [...ordered];
}

/**
 * Returns the columns that derivations read from the file and that are not in the contract, in order of
 * appearance, with the type that the expressions require; null if they allow several.
 */
export function columnsOnlyDerivedFrom(
  columns: readonly Derivable[],
  known: ReadonlySet<string>,
): ReadonlyMap<string, ValueType | null> {
  const found = new Map<string, ValueType | null>();
  for (const { name, derivation } of columns) {
    if (derivation === null) continue;
    for (const [read, wanted] of namesInDerivation(derivation.from, name)) {
      if (known.has(read)) continue;
      found.set(read, wanted === 'timestamp' ? wanted : (found.get(read) ?? wanted));
    }
  }
  return found;
}

/** Returns the names plus those of all columns that are derived from them, directly or indirectly. */
export function withDerived(names: ReadonlySet<string>, columns: readonly Derivable[]): ReadonlySet<string> {
  const all = new Set(names);
  for (const { name, derivation } of inOrder(columns)) {
    if ([...namesInDerivation(derivation.from, name).keys()].some((read) => all.has(read))) all.add(name);
  }
  return all;
}

/**
 * Returns the type of a derived column: from the job file, else from the model's input, else from the
 * expression or map. Throws `InvalidError` (`bad-derivation`) if the expression cannot have that type.
 */
export function typeOfDerived(
  { name, derivation }: Derivable & { readonly derivation: Derivation },
  written: ColumnType | null,
  wanted: ColumnType | null,
  types: ReadonlyMap<string, ColumnType>,
): ColumnType {
  const { from, map } = derivation;
  const { valueType } = parseDerivation(from, types, name);
  const given =
    map === null
      ? valueType
      : typeOfMap(
          map.map(({ to }) => to),
          name,
        );
  const type = written ?? wanted ?? natural[given];
  // A number is text only if the job says so: 5 and 5.0 may be two categories of the model.
  const isMeant =
    (valueTypesOf[type] ?? []).includes(given) &&
    (type !== 'string' || given === 'string' || written !== null);
  if (isMeant && (map === null || given === valueTypeOfMapped(type))) return type;
  throw new InvalidError(
    'bad-derivation',
    `"columns.${name}.${map === null ? 'from' : 'map'}" must give a value of type ${type}, found a ${given}`,
    { column: name, hint: hintFor(type, given, written === null) },
  );
}

function hintFor(type: ColumnType, given: ValueType, isOfModel: boolean): string {
  if (given === 'date' || given === 'timestamp') return 'take a part of it, such as month(x) or hour(x)';
  if (type === 'string' && isOfModel)
    return 'the model takes texts: write "type: string" if the number or boolean as text is meant (5, true)';
  return 'change "type", or the expression';
}

const natural: Readonly<Record<ValueType, ColumnType>> = {
  number: 'float64',
  string: 'string',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
};

/** Types of expressions that a column of each type can hold. */
const valueTypesOf: Readonly<Record<ColumnType, readonly ValueType[]>> = {
  int32: ['number', 'boolean'],
  int64: ['number', 'boolean'],
  float32: ['number', 'boolean'],
  float64: ['number', 'boolean'],
  boolean: ['boolean'],
  string: ['string', 'number', 'boolean'],
  date: ['date'],
  timestamp: ['timestamp'],
  'list<float32>': [],
};

/** Returns the type that the values of a map must have for a column; null: there can be no map. */
function valueTypeOfMapped(type: ColumnType): ValueType | null {
  if (type === 'string' || type === 'boolean') return type;
  return type === 'list<float32>' || type === 'date' || type === 'timestamp' ? null : 'number';
}

function typeOfMap(values: readonly unknown[], name: string): ValueType {
  const types = new Set(values.map((value) => (typeof value === 'bigint' ? 'number' : typeof value)));
  const [type] = types;
  if (types.size === 1 && (type === 'number' || type === 'string' || type === 'boolean')) return type;
  throw new InvalidError('bad-derivation', `"columns.${name}.map" must have values of one type`, {
    column: name,
    hint: 'write numbers only, texts only (in quotes), or true and false only',
  });
}
