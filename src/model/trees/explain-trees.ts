import { explainBytes } from './explain-limits.js';
import { openMemoExplainer } from './memo-explainer.js';
import { plainExplainer } from './plain-explainer.js';
import type { SumRows, TreeExplainer } from './tree-path.js';
import type { TreeTable } from './tree-table.js';

/**
 * Opens the fastest way to split the sum `group`. All ways give the same result up to the last digits, and
 * the same row always gets the same result.
 */
export function openTreeExplainer(
  table: TreeTable,
  group: number,
  sumRows: SumRows,
  bytes: number = explainBytes,
  mostCells?: number,
): TreeExplainer {
  return openMemoExplainer(table, group, sumRows, bytes, mostCells) ?? plainExplainer(table, group, sumRows);
}

/** Returns why the sums of a table cannot be split exactly; null if they can. */
export function refusesReasons({ linear, covers }: TreeTable): string | null {
  if (linear !== null)
    return 'its leaves are linear functions, for which LightGBM itself gives no contributions';
  if (covers === null) return 'its file does not say how many training rows reached each node';
  const isUsable = (cover: number) => cover > 0 && cover < Number.POSITIVE_INFINITY;
  if (covers.nodes.every(isUsable) && covers.leaves.every(isUsable)) return null;
  return 'its file has a node that no training row reached, so that the shares of rows are not known';
}
