import { setImmediate } from 'node:timers/promises';
import type { Scorer } from '../scorer.js';
import { featuresInput } from './describe-trees.js';
import { openTreeExplainer } from './explain-trees.js';
import { openTreeKernel, type TreeKernel } from './open-tree-kernel.js';
import type { TreeModel } from './tree-model.js';
import { type Reals, walkTrees } from './walk-trees.js';

/** Contributions of one batch, and its rows: as many as the explainer takes at once. */
const mostValues = 2 ** 18;
const mostRows = 4096;

/**
 * Returns `explain` of a scorer: splits the sum `group`; `prepare` copies fed values for the trees, `own`
 * adds up their leaves.
 */
export function rowExplainer(
  { table }: TreeModel,
  group: number,
  prepare: (from: Reals, to: Reals) => void,
  own: TreeKernel | null,
): NonNullable<Scorer['explain']> {
  const { features, groups } = table;
  const batchRows = Math.min(mostRows, Math.max(1, Math.floor(mostValues / Math.max(features, groups))));
  // XGBoost adds in float32: what the features contributed is compared with the exact sum of the same leaves.
  const kernel = table.numbers === 'float64' ? own : openTreeKernel({ ...table, numbers: 'float64' });
  const size = batchRows * features;
  const values = table.numbers === 'float64' ? new Float64Array(size) : new Float32Array(size);
  const contributions = new Float64Array(size);
  const all = new Float64Array(batchRows * groups);
  const sums = new Float64Array(batchRows);
  const explainer = openTreeExplainer(table, group, (some, rows, out) => {
    if (kernel === null) walkTrees(table, some, rows, all);
    else kernel.score(some, rows, all);
    for (let row = 0; row < rows; row++) out[row] = all[row * groups + group]!;
  });
  return async (source, rows, take) => {
    for (let from = 0; from < rows; from += batchRows) {
      const to = Math.min(rows, from + batchRows);
      prepare(source(from, to)[featuresInput]!.data as Reals, values.subarray(0, (to - from) * features));
      explainer.explain(values, to - from, contributions, sums);
      take(from, to, { base: explainer.base, contributions, sums });
      if (to < rows) await setImmediate();
    }
  };
}
