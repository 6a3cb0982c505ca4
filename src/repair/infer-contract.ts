import type { ColumnType } from '../chunk/column.js';
import type { TensorType } from '../chunk/tensor.js';
import { type ColumnContract, plainContract } from './contract.js';

/** A column that the model reads, as its graph tells. */
export interface ModelColumn {
  readonly column: string;
  readonly type: TensorType;
  /** Whether the tensor has several values a row: a list column. */
  readonly isVector: boolean;
  /** The values that the graph's encoders know, or null. */
  readonly categories: readonly string[] | null;
}

/** The contract that a model implies where the job file has none: its columns in order, their types, ranges of narrow integers, and known categories. */
export function inferContract(inputs: readonly ModelColumn[]): readonly ColumnContract[] {
  const contracts = new Map<string, ColumnContract>();
  for (const { column, type, isVector, categories } of inputs) {
    const known = contracts.get(column);
    const contract: ColumnContract = {
      ...plainContract(column, isVector ? 'list<float32>' : columnType(type)),
      categories: isVector ? null : (known?.categories ?? categories),
      range: isVector ? null : (ranges[type] ?? null),
    };
    if (known === undefined || holdsMore(contract.type, known.type)) contracts.set(column, contract);
  }
  return [...contracts.values()];
}

/** The type of column that a tensor's elements are fed from without loss. */
export function columnType(type: TensorType): ColumnType {
  switch (type) {
    case 'float32':
    case 'float16':
      return 'float32';
    case 'float64':
      return 'float64';
    case 'int64':
      return 'int64';
    case 'bool':
      return 'boolean';
    case 'string':
      return 'string';
    default:
      return 'int32';
  }
}

const ranges: Readonly<Partial<Record<TensorType, { low: number; high: number }>>> = {
  int8: { low: -128, high: 127 },
  uint8: { low: 0, high: 255 },
  int16: { low: -32_768, high: 32_767 },
};

/** A column that two inputs read is read as the type that holds both. */
const order: readonly ColumnType[] = [
  'boolean',
  'int32',
  'int64',
  'float32',
  'float64',
  'string',
  'list<float32>',
];

function holdsMore(a: ColumnType, b: ColumnType): boolean {
  return order.indexOf(a) > order.indexOf(b);
}
