import { doubleAt, halvesOf } from '../chunk/halves.js';
import { isPresent } from '../chunk/validity.js';
import { badContract } from './bad-contract.js';
import { categoryKinds } from './category-kinds.js';
import { cellAt, fillOf, showStored, storedValue } from './cell.js';
import type { ColumnContract, Value } from './contract.js';
import { editColumn } from './edit-column.js';
import type { ColumnStep } from './rule.js';
import { countUnknown } from './unknown-values.js';
import { note } from './work.js';

/**
 * Handles categories of whole numbers or booleans: a set lookup, or a table lookup if they span at most 64
 * Ki.
 */
export function mapNumberCategory(
  contract: ColumnContract,
  categories: readonly string[],
  withheld: boolean,
): ColumnStep {
  const { name, type } = contract;
  if (type === 'date' || type === 'timestamp' || type === 'list<float32>' || contract.aliases.length > 0) {
    const isAlias = contract.aliases.length > 0;
    throw badContract(
      name,
      isAlias ? 'aliases' : 'categories',
      `needs a column of type ${isAlias ? 'string' : 'string or a number'}, found ${type}`,
      'use "range", or change the column\'s "type"',
    );
  }
  const known = new Set(
    categories.map((text) => Number(storedValue(type, parse(text, type), name, 'categories'))),
  );
  const as = fillOf(type, contract.unknown, name, 'unknown');
  if (as !== null) known.add(Number(as));
  const kinds = categoryKinds(contract, categories);
  const isKnown = membership(known);
  return (work, column) => {
    if (column.type === 'string' || column.type === 'list<float32>') return;
    const values = numbersOf(column.values);
    const counts = new Map<string, number>();
    const edit = editColumn(column);
    let hidden = 0;
    for (let row = 0; row < column.length; row++) {
      if (isKnown(values(row)) || !isPresent(column.validity, row)) continue;
      const found = cellAt(column, row);
      if (work.malformed?.has(row) === true) hidden++;
      else counts.set(String(found), (counts.get(String(found)) ?? 0) + 1);
      note(work, kinds.unknown, row, found, as === null ? undefined : showStored(type, as));
      if (as !== null) edit.put(row, as);
    }
    if (counts.size + hidden === 0) return;
    work.unknown.push(countUnknown(name, counts, withheld, hidden));
    if (as !== null) work.columns.set(name, edit.done());
  };
}

function parse(text: string, type: string): Value {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}

/** Returns int64 as the nearest float64, without creating a bigint; categories are far below 2^53. */
function numbersOf(
  values: Int32Array | BigInt64Array | Float32Array | Float64Array | Uint8Array,
): (row: number) => number {
  if (!(values instanceof BigInt64Array)) return (row) => values[row]!;
  const halves = halvesOf(values);
  return (row) => doubleAt(halves, row);
}

function membership(known: ReadonlySet<number>): (value: number) => boolean {
  const low = Math.min(...known);
  const high = Math.max(...known);
  if (!(high - low < 65_536) || [...known].some((value) => !Number.isInteger(value)))
    return (value) => known.has(value);
  const table = new Uint8Array(high - low + 1);
  for (const value of known) table[value - low] = 1;
  return (value) => table[value - low] === 1;
}
