import {
  addLeaf,
  baseOf,
  emptyPath,
  rootsOf,
  type SumRows,
  type TreeExplainer,
  visitLeaves,
} from './tree-path.js';
import type { TreeTable } from './tree-table.js';
import { goesLeft } from './walk-trees.js';

/** Visits every leaf for every row: the plain way that faster ones must agree with. */
export function plainExplainer(table: TreeTable, group: number, sumRows: SumRows): TreeExplainer {
  const roots = rootsOf(table, group);
  return {
    base: baseOf(table, group),
    explain(values, rows, out, sums) {
      sumRows(values, rows, sums);
      const { features } = table;
      out.fill(0, 0, rows * features);
      for (let row = 0, at = 0; row < rows; row++, at += features) {
        const add = (feature: number, contribution: number): void => {
          out[at + feature]! += contribution;
        };
        for (const root of roots)
          visitLeaves(
            table,
            root,
            emptyPath(),
            (node) => goesLeft(table, node, values, at),
            (leaf, path) => addLeaf(table.leaves[leaf]!, path, add),
          );
      }
    },
  };
}
