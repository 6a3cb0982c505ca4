import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Column } from '../../src/chunk/column.js';
import type { TensorData, TensorType } from '../../src/chunk/tensor.js';
import type { FeatureMapping } from '../../src/features/feature-request.js';
import { tensorOf } from '../../src/features/plan-constant.js';

export interface CaseTensor {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: readonly (number | string | boolean)[];
  readonly classes?: readonly (number | string)[];
}

/** One model of an exporter with what was fed and what Python's onnxruntime answered. */
export interface Case {
  readonly name: string;
  readonly path: string;
  readonly inputs?: Readonly<Record<string, CaseTensor>>;
  readonly outputs?: Readonly<Record<string, CaseTensor>>;
  readonly refused?: string;
}

const root = 'data-samples/models/exporters';

export const cases: readonly Case[] = readdirSync(root)
  .filter((name) => name !== 'README.md')
  .map((name) => {
    const one = JSON.parse(readFileSync(join(root, name, 'case.json'), 'utf8')) as Case & { model: string };
    return { ...one, name, path: join(root, name, one.model) };
  });

/** The case of that name. */
export function caseOf(name: string): Case {
  return cases.find((one) => one.name === name)!;
}

/** A case's tensor as the program knows tensors; NaN and infinities were written as texts. */
export function tensor({ type, dims, data }: CaseTensor): TensorData {
  const values = type === 'string' ? data : data.map(Number);
  return tensorOf(type, dims, values as readonly (string | number)[]);
}

type Scalar = number | string;

/**
 * The tensors of a case as columns of a table, with the mapping that packs them again. The first tensor says
 * how many rows there are; a tensor of another length is a constant, and so are all but the first where
 * `onlyFirst` says so.
 */
export function asTable(
  inputs: Readonly<Record<string, CaseTensor>>,
  onlyFirst = false,
): {
  columns: Map<string, Column>;
  mappings: FeatureMapping[];
  constants: { input: string; value: Scalar | Scalar[] }[];
  rows: number;
} {
  const first = Object.values(inputs).find(({ dims }) => dims.length > 0);
  const rows = first?.dims[0] ?? 0;
  const columns = new Map<string, Column>();
  const mappings: FeatureMapping[] = [];
  const constants: { input: string; value: Scalar | Scalar[] }[] = [];
  for (const [input, given] of Object.entries(inputs)) {
    if (given.dims[0] !== rows || (onlyFirst && given !== first)) {
      const values = given.type === 'string' ? (given.data as string[]) : given.data.map(Number);
      constants.push({ input, value: given.dims.length === 0 ? values[0]! : values });
      continue;
    }
    const width = given.data.length / rows;
    if (width > 12 && given.type.startsWith('float')) {
      columns.set(input, listColumn(given.data.map(Number), rows, width));
      continue;
    }
    if (width === 1) {
      columns.set(input, columnOf(given, 0, 1, rows));
      continue;
    }
    const names = Array.from({ length: width }, (_, i) => `${input}_${i}`);
    for (const [i, name] of names.entries()) columns.set(name, columnOf(given, i, width, rows));
    mappings.push({ input, columns: names.map((column) => ({ column, oneHot: false })), packed: true });
  }
  return { columns, mappings, constants, rows };
}

function listColumn(values: readonly number[], rows: number, width: number): Column {
  const offsets = Int32Array.from({ length: rows + 1 }, (_, row) => row * width);
  return { type: 'list<float32>', length: rows, offsets, items: Float32Array.from(values), validity: null };
}

function columnOf({ type, data }: CaseTensor, index: number, width: number, length: number): Column {
  const cells = Array.from({ length }, (_, row) => data[row * width + index]!);
  const numbers = cells.map(Number);
  switch (type) {
    case 'string': {
      const dictionary = [...new Set(cells as string[])];
      const codes = Int32Array.from(cells as string[], (text) => dictionary.indexOf(text));
      return { type, layout: 'dictionary', length, codes, dictionary, validity: null };
    }
    case 'float32':
    case 'float16':
      return { type: 'float32', length, values: Float32Array.from(numbers), validity: null };
    case 'float64':
      return { type, length, values: Float64Array.from(numbers), validity: null };
    case 'int64':
      return { type, length, values: BigInt64Array.from(numbers, BigInt), validity: null };
    case 'bool':
      return { type: 'boolean', length, values: Uint8Array.from(numbers), validity: null };
    default:
      return { type: 'int32', length, values: Int32Array.from(numbers), validity: null };
  }
}
