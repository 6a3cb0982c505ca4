import type { RankColumns } from './rank-columns.js';
import type { TreeTable } from './tree-table.js';

/** Cells of a table of several leaves: small enough for the first caches. */
export const groupCells = 4096;

/**
 * Leaves below a node, whose contributions to a row depend on its cell alone: for each column of ranks that is tested below the node, the
 * interval between two thresholds that the rank is in; and for one that is tested on the path to it, one cell more for all ranks that the
 * path excludes.
 */
export interface Groups {
  /** The node of each group, or `~` a leaf. */
  readonly nodes: readonly number[];
  /** The parent of each node, -1 for a root, and of each leaf. */
  readonly parents: { readonly nodes: Int32Array; readonly leaves: Int32Array };
  /** The most nodes between a root and a leaf. */
  readonly depth: number;
  /** Returns the number of cells of the leaves below a node, or Infinity if it is more than `most`. */
  cells(node: number, most: number): number;
}

/** Cuts trees into groups as large as `most` cells allow; a leaf is one even if it has more. */
export function reasonGroups(
  table: TreeTable,
  ranks: RankColumns,
  roots: Int32Array,
  most: number = groupCells,
): Groups {
  const { left, right } = table.nodes;
  const parents = parentsOf(table);
  const cells = cellCounter(table, ranks, parents);
  const nodes: number[] = [];
  const open = [...roots].reverse();
  while (open.length > 0) {
    const node = open.pop()!;
    if (node < 0 || cells(node, most) <= most) nodes.push(node);
    else open.push(right[node]!, left[node]!);
  }
  return { nodes, parents, depth: depthOf(parents), cells };
}

function parentsOf({ nodes: { left, right }, leaves, leafWidth }: TreeTable): Groups['parents'] {
  const parents = {
    nodes: new Int32Array(left.length).fill(-1),
    leaves: new Int32Array(leaves.length / leafWidth).fill(-1),
  };
  for (let node = 0; node < left.length; node++)
    for (const child of [left[node]!, right[node]!])
      if (child < 0) parents.leaves[~child] = node;
      else parents.nodes[child] = node;
  return parents;
}

function depthOf({ nodes, leaves }: Groups['parents']): number {
  // Children stand after their parents.
  const depths = new Int32Array(nodes.length);
  for (let node = 0; node < nodes.length; node++)
    depths[node] = nodes[node]! < 0 ? 1 : depths[nodes[node]!]! + 1;
  let most = 0;
  for (const parent of leaves) most = Math.max(most, parent < 0 ? 0 : depths[parent]!);
  return most;
}

function cellCounter(
  { nodes: { left, right } }: TreeTable,
  { columns, columnOf, placeOf }: RankColumns,
  parents: Groups['parents'],
): Groups['cells'] {
  // What the call at hand has seen has its number.
  let call = 0;
  const seen = { columns: new Uint32Array(columns.length), places: new Uint32Array(placesOf(columns).total) };
  const { starts } = placesOf(columns);
  const counts = new Float64Array(columns.length);
  const open: number[] = [];
  return (node, most) => {
    call++;
    let cells = 1;
    for (
      let at = node < 0 ? parents.leaves[~node]! : parents.nodes[node]!;
      at >= 0;
      at = parents.nodes[at]!
    ) {
      const column = columnOf[at]!;
      if (seen.columns[column] === call) continue;
      seen.columns[column] = call;
      counts[column] = 2;
      cells *= 2;
    }
    open.push(node);
    while (open.length > 0) {
      const at = open.pop()!;
      if (at < 0) continue;
      const column = columnOf[at]!;
      const place = starts[column]! + placeOf[at]!;
      if (seen.places[place] !== call) {
        seen.places[place] = call;
        if (seen.columns[column] !== call) counts[column] = 1;
        seen.columns[column] = call;
        cells = (cells / counts[column]!) * ++counts[column]!;
        if (cells > most) {
          open.length = 0;
          return Number.POSITIVE_INFINITY;
        }
      }
      open.push(right[at]!, left[at]!);
    }
    return cells;
  };
}

/** Returns where the places of each column begin if all are counted, and how many there are. */
function placesOf(columns: RankColumns['columns']): { readonly starts: Int32Array; readonly total: number } {
  const starts = new Int32Array(columns.length);
  let total = 0;
  for (const [i, column] of columns.entries()) {
    starts[i] = total;
    total += column.kind === 'rank' ? column.thresholds.length : 1;
  }
  return { starts, total };
}
