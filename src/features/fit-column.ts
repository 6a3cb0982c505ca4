import type { ColumnType } from '../chunk/column.js';
import type { TensorType } from '../chunk/tensor.js';
import type { FeatureColumn } from './feature-plan.js';

/** Returns true if a tensor has a value that means missing: only floats do (NaN). */
export function holdsMissing(tensor: TensorType): boolean {
  return tensor === 'float32' || tensor === 'float64' || tensor === 'float16';
}

/** Returns why a column must not feed a tensor of type `tensor`, as advice; null if it may. */
export function refusedType(column: ColumnType, tensor: TensorType): string | null {
  if (tensor === 'string') {
    return column === 'string' ? null : 'declare its "type" as string, so that its values are read as text';
  }
  if (column === 'list<float32>')
    return 'a list<float32> column feeds a whole matrix: give it alone, not in a list';
  if (column === 'string') return 'declare the type of its values, such as float32';
  if (tensor === 'bool')
    return column === 'boolean' ? null : 'declare its "type" as boolean; 1 and 0 are read as such';
  if (column === 'timestamp' && tensor !== 'float64' && tensor !== 'int64') {
    return 'timestamps (microseconds since 1970) need a float64 or int64 input; compute the trained feature in the data first';
  }
  if (!holdsMissing(tensor) && (column === 'float32' || column === 'float64')) {
    return `declare its "type" as ${tensor === 'int64' || tensor === 'uint32' || tensor === 'uint64' ? 'int64' : 'int32'}: fractions are then reported, not truncated`;
  }
  return null;
}

/** Returns the requirements of one input for a column. */
export function columnNeed(name: string, type: ColumnType, more: Partial<FeatureColumn>): FeatureColumn {
  return {
    name,
    type,
    categories: null,
    cannotBeMissing: false,
    holds: null,
    items: null,
    unknownFails: false,
    ...more,
  };
}

/** Merges the requirements of two inputs for a column that feeds both. */
export function joinNeeds(a: FeatureColumn, b: FeatureColumn): FeatureColumn {
  const categories =
    a.categories === null ? b.categories : [...new Set([...a.categories, ...(b.categories ?? [])])];
  const holds =
    a.holds === null || b.holds === null
      ? (a.holds ?? b.holds)
      : { low: Math.max(a.holds.low, b.holds.low), high: Math.min(a.holds.high, b.holds.high) };
  return {
    name: a.name,
    type: a.type,
    categories,
    cannotBeMissing: a.cannotBeMissing || b.cannotBeMissing,
    holds,
    items: a.items ?? b.items,
    unknownFails: a.unknownFails || b.unknownFails,
  };
}
