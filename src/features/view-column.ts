import type { Column } from '../chunk/column.js';
import type { TensorPlan } from './feature-plan.js';
import type { Out } from './writer.js';

/** Returns a column's memory if it equals a tensor of one column; null if it must be converted. */
export function viewOf({ type, width, parts }: TensorPlan, columns: ReadonlyMap<string, Column>): Out | null {
  const [part] = parts;
  if (parts.length !== 1 || part === undefined || part.kind === 'fill') return null;
  const column = columns.get(part.column)!;
  if (part.kind === 'list') {
    return type === 'float32' &&
      column.type === 'list<float32>' &&
      isMatrix(column.offsets, column.length, width)
      ? column.items.subarray(column.offsets[0]!)
      : null;
  }
  if (part.kind !== 'value') return null;
  switch (column.type) {
    case 'float32':
      return type === 'float32' ? column.values : null;
    case 'float64':
      return type === 'float64' ? column.values : null;
    case 'int64':
    case 'timestamp':
      return type === 'int64' ? column.values : null;
    case 'int32':
    case 'date':
      return type === 'int32' ? column.values : null;
    case 'boolean':
      return type === 'bool' || type === 'uint8' ? column.values : null;
    default:
      return null;
  }
}

/** Returns true if every row has `width` items, so that the items already are a matrix. */
function isMatrix(offsets: Int32Array, rows: number, width: number): boolean {
  const first = offsets[0]!;
  for (let i = 1; i <= rows; i++) if (offsets[i] !== first + i * width) return false;
  return true;
}
