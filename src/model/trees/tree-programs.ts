import type { RankColumns } from './rank-columns.js';
import type { TreeTable } from './tree-table.js';

/** Trees of more leaves are walked instead. */
export const quickLeaves = 64;

/** The input of `scoreQuick64` and `scoreQuick32`: the nodes of all trees, and a sum for each 64 leaves. */
export interface QuickProgram {
  readonly bytes: Uint8Array;
  readonly leaves: Float64Array;
  /** Columns that some nodes test the other way round: their inverted ranks are columns of their own, after all others. */
  readonly inverted: readonly number[];
}

/** Returns the program of trees of up to 64 leaves; `rows` is the size of a column, `groupBytes` the distance of two groups' sums. */
export function quickProgram(
  table: TreeTable,
  ranks: RankColumns,
  groupBytes: number,
  rows: number,
): QuickProgram {
  const { roots, treeGroups } = table;
  const words: number[] = [];
  const size = table.leafWidth * quickLeaves;
  const leaves = new Float64Array(roots.length * size);
  const inverted = new Map<number, number>();
  const columnAt = (column: number, isInverted: boolean): number => {
    if (!isInverted) return column * rows;
    const known = inverted.get(column) ?? inverted.size;
    inverted.set(column, known);
    return (ranks.columns.length + known) * rows;
  };
  for (let tree = 0; tree < roots.length; tree++) {
    const { nodes, count } = quickNodes(table, roots[tree]!, leaves.subarray(tree * size));
    // Nodes that test one column stand together, where its ranks are in the first cache.
    nodes.sort(
      (a, b) =>
        ranks.columnOf[a.node]! - ranks.columnOf[b.node]! || ranks.placeOf[a.node]! - ranks.placeOf[b.node]!,
    );
    const bytes = (count + 7) >> 3;
    words.push(treeGroups[tree]! * groupBytes, bytes);
    for (let byte = bytes - 1; byte >= 0; byte--) {
      const concerned = nodes.filter(({ low, high }) => low < byte * 8 + 8 && high > byte * 8);
      words.push(concerned.length);
      for (const { node, low, high, isInverted } of concerned) {
        // A rank is at most `place` if its inverted rank is above 254 - `place`.
        const place = isInverted ? 254 - ranks.placeOf[node]! : ranks.placeOf[node]!;
        words.push(
          columnAt(ranks.columnOf[node]!, isInverted),
          (place ^ 0x80) | (leafBits(byte * 8, low, high) << 8),
        );
      }
    }
  }
  return { bytes: new Uint8Array(Uint32Array.from(words).buffer), leaves, inverted: [...inverted.keys()] };
}

/** A node, and the leaves on the side that its test, or the inverted one, does not lead to: those from `low` to `high`. */
interface QuickNode {
  readonly node: number;
  readonly low: number;
  readonly high: number;
  readonly isInverted: boolean;
}

/** Numbers the leaves of a tree into `leaves`, at each node the side with fewer leaves first, and returns its nodes. */
function quickNodes(
  { nodes, leaves: values, leafWidth }: TreeTable,
  root: number,
  leaves: Float64Array,
): { readonly nodes: QuickNode[]; readonly count: number } {
  const found: QuickNode[] = [];
  let count = 0;
  const sizes = new Map<number, number>();
  const sizeOf = (at: number): number => {
    if (at < 0) return 1;
    const size = sizes.get(at) ?? sizeOf(nodes.left[at]!) + sizeOf(nodes.right[at]!);
    sizes.set(at, size);
    return size;
  };
  const visit = (at: number): void => {
    if (at < 0) {
      for (let i = 0; i < leafWidth; i++) leaves[i * quickLeaves + count] = values[~at * leafWidth + i]!;
      count++;
      return;
    }
    const [left, right] = [nodes.left[at]!, nodes.right[at]!];
    const isInverted = sizeOf(left) > sizeOf(right);
    const low = count;
    visit(isInverted ? right : left);
    found.push({ node: at, low, high: count, isInverted });
    visit(isInverted ? left : right);
  };
  visit(root);
  return { nodes: found, count };
}

function leafBits(from: number, low: number, high: number): number {
  let bits = 0;
  for (let i = 0; i < 8; i++) if (from + i >= low && from + i < high) bits |= 1 << i;
  return bits;
}

/** The input of `scoreWalk64` and `scoreWalk32`. */
interface WalkProgram {
  /** Root (index of a node), depth and offset of the sums of each tree. */
  readonly heads: Uint32Array;
  /** For each node, the rank of its threshold, its column, and the index of its left child. */
  readonly nodes: Uint32Array;
  /** The values of each node that is a leaf. */
  readonly leaves: Float64Array;
}

/** Returns the program of trees of any size: children stand side by side, a leaf leads to itself. */
export function walkProgram(table: TreeTable, ranks: RankColumns, groupBytes: number): WalkProgram {
  const { roots, treeGroups, nodes: tests, leaves: values, leafWidth } = table;
  const size = roots.length + 2 * tests.feature.length;
  const nodes = new Uint32Array(2 * size);
  const leaves = new Float64Array(size * leafWidth);
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
          // No rank is above this one.
          nodes[2 * at] = 65_535;
          nodes[2 * at + 1] = at;
          for (let i = 0; i < leafWidth; i++) leaves[at * leafWidth + i] = values[~source * leafWidth + i]!;
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
