import type { RankColumns } from './rank-columns.js';
import type { TreeTable } from './tree-table.js';

/** Trees of more leaves are walked instead. */
export const quickLeaves = 64;

/** What `scoreQuick64` and `scoreQuick32` read: the nodes of all trees, and 64 leaves for each. */
interface QuickProgram {
  readonly bytes: Uint8Array;
  readonly leaves: Float64Array;
}

/** Returns the program of trees of up to 64 leaves; `groupBytes` is the distance of two groups' sums. */
export function quickProgram(table: TreeTable, ranks: RankColumns, groupBytes: number): QuickProgram {
  const { roots, treeGroups } = table;
  const parts: Uint8Array[] = [];
  const leaves = new Float64Array(roots.length * quickLeaves);
  for (let tree = 0; tree < roots.length; tree++) {
    const nodes = quickNodes(table, roots[tree]!, leaves.subarray(tree * quickLeaves));
    const bytes: number[] = [];
    // Nodes that test one column stand together, where its ranks are in the first cache.
    nodes.sort(
      (a, b) =>
        ranks.columnOf[a.node]! - ranks.columnOf[b.node]! || ranks.placeOf[a.node]! - ranks.placeOf[b.node]!,
    );
    for (const { node, low, high } of nodes) {
      const column = ranks.columnOf[node]!;
      const [first, last] = [low >> 3, (high - 1) >> 3];
      bytes.push(column & 255, column >> 8, ranks.placeOf[node]!, first, last - first + 1);
      for (let byte = first; byte <= last; byte++) bytes.push(leafBits(byte * 8, low, high));
    }
    const head = Uint32Array.of(bytes.length + 12, nodes.length, treeGroups[tree]! * groupBytes);
    parts.push(new Uint8Array(head.buffer), Uint8Array.from(bytes));
  }
  return { bytes: Buffer.concat(parts), leaves };
}

/** A node, and the leaves on its left: those from `low` to `high`. */
interface QuickNode {
  readonly node: number;
  readonly low: number;
  readonly high: number;
}

/** Numbers the leaves of a tree from left to right into `leaves`, and returns its nodes. */
function quickNodes({ nodes, leaves: values }: TreeTable, root: number, leaves: Float64Array): QuickNode[] {
  const found: QuickNode[] = [];
  let count = 0;
  const visit = (at: number): void => {
    if (at < 0) {
      leaves[count++] = values[~at]!;
      return;
    }
    const low = count;
    visit(nodes.left[at]!);
    found.push({ node: at, low, high: count });
    visit(nodes.right[at]!);
  };
  visit(root);
  return found;
}

function leafBits(from: number, low: number, high: number): number {
  let bits = 0;
  for (let i = 0; i < 8; i++) if (from + i >= low && from + i < high) bits |= 1 << i;
  return bits;
}

/** What `scoreWalk64` and `scoreWalk32` read. */
interface WalkProgram {
  /** Root, depth and place of the sums of each tree; roots are indices of nodes. */
  readonly heads: Uint32Array;
  /** For each node the place of its threshold and its column, and the index of its left child. */
  readonly nodes: Uint32Array;
  /** The value of each node that is a leaf. */
  readonly leaves: Float64Array;
}

/** Returns the program of trees of any size: children stand side by side, a leaf leads to itself. */
export function walkProgram(table: TreeTable, ranks: RankColumns, groupBytes: number): WalkProgram {
  const { roots, treeGroups, nodes: tests, leaves: values } = table;
  const size = roots.length + 2 * tests.feature.length;
  const nodes = new Uint32Array(2 * size);
  const leaves = new Float64Array(size);
  const heads = new Uint32Array(3 * roots.length);
  let used = 0;
  for (let tree = 0; tree < roots.length; tree++) {
    const root = used++;
    let depth = 0;
    let level: [source: number, at: number][] = [[roots[tree]!, root]];
    while (level.length > 0) {
      const below: typeof level = [];
      for (const [source, at] of level) {
        if (source < 0) {
          // No rank is above this place.
          nodes[2 * at] = 65_535;
          nodes[2 * at + 1] = at;
          leaves[at] = values[~source]!;
          continue;
        }
        nodes[2 * at] = ranks.placeOf[source]! | (ranks.columnOf[source]! << 16);
        nodes[2 * at + 1] = used;
        below.push([tests.left[source]!, used], [tests.right[source]!, used + 1]);
        used += 2;
      }
      if (below.length > 0) depth++;
      level = below;
    }
    heads.set([root, depth, treeGroups[tree]! * groupBytes], 3 * tree);
  }
  return { heads, nodes, leaves };
}
