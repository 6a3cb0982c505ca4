import type { TreeTable } from '../trees/tree-table.js';
import { type Reals, valuesOfSet } from '../trees/walk-trees.js';

/** Maximum number of values in the rows of a trial. */
const mostValues = 2 ** 20;
const mostRows = 2048;

/**
 * Generates rows that test trees: values at the thresholds of their features, the numbers next to them,
 * others between and beyond, zeros of both signs, infinities and NaN. The same trees get the same rows.
 */
export function thresholdRows(table: TreeTable): { readonly rows: number; readonly values: Reals } {
  const { features, numbers, nodes } = table;
  const rows = Math.max(64, Math.min(mostRows, Math.floor(mostValues / features)));
  const isDouble = numbers === 'float64';
  const values: Reals = isDouble ? new Float64Array(rows * features) : new Float32Array(rows * features);
  const lists = Array.from({ length: features }, (): number[] => []);
  for (let node = 0; node < nodes.feature.length; node++) {
    const set = nodes.set[node]!;
    const values = set < 0 ? [nodes.threshold[node]!] : valuesOfSet(table.setStarts, table.setWords, set);
    lists[nodes.feature[node]!]!.push(...values);
  }
  let state = 1;
  const pick = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const next = stepper(isDouble);
  for (let row = 0, i = 0; row < rows; row++)
    for (let feature = 0; feature < features; feature++, i++) {
      const list = lists[feature]!;
      const kind = pick(100);
      const at = list.length === 0 ? 0 : list[pick(list.length)]!;
      if (kind < 6) values[i] = Number.NaN;
      else if (kind < 10) values[i] = odd[pick(odd.length)]!;
      else if (kind < 35) values[i] = at;
      else if (kind < 55) values[i] = next(at, 1);
      else if (kind < 75) values[i] = next(at, -1);
      else values[i] = at + ((pick(2001) - 1000) / 500) * (kind < 90 ? 1 : Math.abs(at));
    }
  return { rows, values };
}

const odd = [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, -1, 1e-40];

/** Returns a function that gives the next number of the type, up or down; infinity stays infinity. */
function stepper(isDouble: boolean): (value: number, direction: 1 | -1) => number {
  const value = isDouble ? new Float64Array(1) : new Float32Array(1);
  const bits = isDouble ? new BigInt64Array(value.buffer) : new Int32Array(value.buffer);
  return (from, direction) => {
    if (!Number.isFinite(from)) return from;
    if (from === 0) return direction * (isDouble ? Number.MIN_VALUE : 2 ** -149);
    value[0] = from;
    const up = direction > 0 === from > 0;
    if (bits instanceof BigInt64Array) bits[0]! += up ? 1n : -1n;
    else bits[0]! += up ? 1 : -1;
    return value[0]!;
  };
}
