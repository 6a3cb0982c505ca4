import type { Column } from '../chunk/column.js';
import type { TensorType } from '../chunk/tensor.js';
import type { FeaturePart, TensorPlan } from './feature-plan.js';
import { writeValues } from './write-numbers.js';
import { lookUp, writeOneHot, writeTable, writeWeights } from './write-strings.js';
import { converter, type Writer } from './writer.js';

/** Returns the writer of one part. Each frequent pair of array types has its own loop, compiled for it. */
export function createWriter(
  plan: TensorPlan,
  part: FeaturePart,
  columns: ReadonlyMap<string, Column>,
): Writer {
  if (part.kind === 'fill') return fillRows(plan.type, part.at, part.values.map(Number));
  const column = columns.get(part.column)!;
  switch (part.kind) {
    case 'value':
      return writeValues(plan.type, part.at, column);
    case 'list':
      return writeLists(plan.type, part.at, part.width, column);
    case 'one-hot':
      return writeOneHot(plan.type, part.at, part.categories, column);
    case 'index': {
      const isFloat = plan.type.startsWith('float');
      const nothing = isFloat ? Number.NaN : -1;
      return writeTable(plan.type, part.at, lookUp(column, part.categories, nothing, nothing));
    }
    case 'code':
      return writeTable(plan.type, part.at, lookUp(column, part.dictionary, part.unknown, part.missing));
    case 'weight':
      return writeWeights(part.at, part.width, part.dictionary, part.values, column);
    case 'text':
      throw new TypeError('texts are not numbers');
  }
}

function writeLists(type: TensorType, at: number, width: number, column: Column): Writer {
  if (column.type !== 'list<float32>') throw new TypeError(`expected a list column, found ${column.type}`);
  const { offsets, items } = column;
  const convert = converter(type);
  return (out, stride, from, to) => {
    for (let row = from, i = at; row < to; row++, i += stride) {
      const start = offsets[row]!;
      const fits = offsets[row + 1]! - start === width;
      for (let j = 0; j < width; j++) convert(out, i + j, fits ? items[start + j]! : Number.NaN);
    }
  };
}

function fillRows(type: TensorType, at: number, values: readonly number[]): Writer {
  const convert = converter(type);
  return (out, stride, from, to) => {
    for (let row = from, i = at; row < to; row++, i += stride) {
      for (let j = 0; j < values.length; j++) convert(out, i + j, values[j]!);
    }
  };
}
