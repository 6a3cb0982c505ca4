import type { Column } from '../chunk/column.js';
import type { TensorData } from '../chunk/tensor.js';
import { asDictionary } from './as-dictionary.js';
import type { TensorPlan } from './feature-plan.js';

/** Returns strings for the runtime: one array per batch of dictionary entries, empty for a missing row. */
export function textSource(
  plan: TensorPlan,
  columns: ReadonlyMap<string, Column>,
): (from: number, to: number) => TensorData {
  const { width, tail } = plan;
  const parts = plan.parts.map((part) => {
    if (part.kind === 'fill') return { at: part.at, values: part.values.map(String), codes: null };
    const { codes, dictionary } = asDictionary(columns.get(part.column)!);
    return { at: part.at, values: dictionary, codes };
  });
  return (from, to) => {
    const data = new Array<string>((to - from) * width);
    for (const { at, values, codes } of parts) {
      if (codes === null) {
        for (let row = 0; row < to - from; row++) {
          for (let i = 0; i < values.length; i++) data[row * width + at + i] = values[i]!;
        }
      } else {
        for (let row = from, i = at; row < to; row++, i += width) {
          const code = codes[row]!;
          data[i] = code < 0 ? '' : values[code]!;
        }
      }
    }
    return { type: 'string', dims: [to - from, ...tail], data };
  };
}
