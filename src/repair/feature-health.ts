import type { Column } from '../chunk/column.js';
import type { Found } from '../chunk/problem.js';
import { countMissing, isPresent } from '../chunk/validity.js';
import { cellAt } from './cell.js';

/** How one of the model's columns fared as it came, before anything was filled; plain data. */
export interface FeatureHealth {
  readonly column: string;
  /** Rows that could be read, and those of them without a value. */
  readonly rows: number;
  readonly missing: number;
  /** Whether the source does not have the column at all. */
  readonly absent: boolean;
  /** Whether all present values are the same one, and a present value. */
  readonly constant: boolean;
  readonly value: Found;
}

/** A feature that tells the model nothing in this partition, and why. */
export interface DegradedFeature {
  readonly column: string;
  readonly state: 'absent' | 'all-missing' | 'constant';
}

/** Below this many present values, being all the same says nothing. */
const constantFrom = 100;

/** Looks at a column: counts what is missing and compares values until two differ, which is soon where they do. */
export function healthOf(name: string, column: Column, rows: number, dead: number): FeatureHealth {
  const missing = Math.max(0, countMissing(column.validity, column.length) - dead);
  let first = 0;
  while (first < column.length && !isPresent(column.validity, first)) first++;
  if (first === column.length) {
    return { column: name, rows: rows - dead, missing, absent: false, constant: true, value: null };
  }
  const same = sameAs(column, first);
  let row = first + 1;
  while (row < column.length && (!isPresent(column.validity, row) || same(row))) row++;
  const constant = row === column.length;
  return { column: name, rows: rows - dead, missing, absent: false, constant, value: cellAt(column, first) };
}

/** Both parts' health, of the same column, in slice order. */
export function mergeHealth(first: FeatureHealth, second: FeatureHealth): FeatureHealth {
  const value = first.value ?? second.value;
  const agree = first.value === null || second.value === null || first.value === second.value;
  return {
    column: first.column,
    rows: first.rows + second.rows,
    missing: first.missing + second.missing,
    absent: first.absent && second.absent,
    constant: first.constant && second.constant && agree,
    value,
  };
}

/** The features of a partition that are absent, all missing, or the same in 100 rows and more, in the order given; none of an empty partition but absent ones. */
export function degradedFeatures(health: readonly FeatureHealth[]): readonly DegradedFeature[] {
  return health.flatMap((feature): DegradedFeature[] => {
    const { column } = feature;
    if (feature.absent) return [{ column, state: 'absent' }];
    if (feature.rows > 0 && feature.missing === feature.rows) return [{ column, state: 'all-missing' }];
    const same = feature.constant && feature.rows - feature.missing >= constantFrom;
    return same ? [{ column, state: 'constant' }] : [];
  });
}

function sameAs(column: Column, first: number): (row: number) => boolean {
  if (column.type === 'string' && column.layout === 'dictionary') {
    return (row) => column.codes[row] === column.codes[first];
  }
  if (column.type === 'string') return (row) => sameRange(column.offsets, column.bytes, first, row);
  if (column.type === 'list<float32>') return (row) => sameRange(column.offsets, column.items, first, row);
  return (row) => column.values[row] === column.values[first];
}

function sameRange(
  offsets: Int32Array,
  items: { readonly [index: number]: number },
  a: number,
  b: number,
): boolean {
  const start = offsets[a]!;
  const length = offsets[a + 1]! - start;
  if (offsets[b + 1]! - offsets[b]! !== length) return false;
  for (let i = 0; i < length; i++) if (items[start + i] !== items[offsets[b]! + i]) return false;
  return true;
}
