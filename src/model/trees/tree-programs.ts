import type { TreeLoops } from '../../kernels/tree-loops.js';
import type { RankColumns } from './rank-columns.js';
import type { TreeTable } from './tree-table.js';

/** Where ranks and sums are. */
export interface Place {
  readonly rankAt: number;
  /** Of a column. */
  readonly rows: number;
  readonly sumsAt: number;
  readonly groupBytes: number;
}

/**
 * Takes addresses for a program; the returned function writes the program, and returns the function that adds
 * the leaves of a number of rows to their sums.
 */
export type Placed = (loops: TreeLoops) => (rows: number) => void;

/** Trees of more leaves are walked instead. */
export const quickLeaves = 64;

/** The input of `scoreQuick64` and `scoreQuick32`: heads and nodes of all trees. */
export interface QuickProgram {
  readonly heads: Uint32Array;
  readonly bytes: Uint8Array;
  /**
   * Columns that some nodes test inverted: their inverted ranks are columns of their own, after all others.
   */
  readonly inverted: readonly number[];
  /** For each column, how many leaves its tests exclude. */
  readonly weights: Float64Array;
}

const [nodeBytes, leafHeadBytes] = [16, 8];

/**
 * Returns the program of trees of up to 64 leaves; `rows` is a column's size, `groupBytes` the sums'
 * distance.
 */
export function quickProgram(
  table: TreeTable,
  ranks: RankColumns,
  groupBytes: number,
  rows: number,
): QuickProgram {
  const { roots, treeGroups, nodes, leaves, leafWidth } = table;
  const sizes = leafCounts(table);
  const sizeOf = (at: number) => (at < 0 ? 1 : sizes[at]!);
  const count = nodes.feature.length;
  const buffer = new ArrayBuffer(
    count * nodeBytes + (count + roots.length) * (leafHeadBytes + 8 * leafWidth),
  );
  const [words, doubles] = [new Uint32Array(buffer), new Float64Array(buffer)];
  const heads = new Uint32Array(2 * roots.length);
  const inverted = new Map<number, number>();
  const columnOf = (column: number, isInverted: boolean): number => {
    if (!isInverted) return column;
    const known = inverted.get(column) ?? inverted.size;
    inverted.set(column, known);
    return ranks.columns.length + known;
  };
  const weights = new Float64Array(ranks.columns.length);
  let end = 0;
  const place = (at: number): void => {
    const start = end;
    if (at < 0) {
      end += leafHeadBytes + 8 * leafWidth;
      for (let i = 0; i < leafWidth; i++)
        doubles[(start + leafHeadBytes) / 8 + i] = leaves[~at * leafWidth + i]!;
      return;
    }
    end += nodeBytes;
    const [left, right] = [nodes.left[at]!, nodes.right[at]!];
    // The side with fewer leaves comes first: it is the one that the test excludes.
    const isInverted = sizeOf(left) > sizeOf(right);
    weights[ranks.columnOf[at]!]! += Math.min(sizeOf(left), sizeOf(right));
    place(isInverted ? right : left);
    const second = end - start;
    place(isInverted ? left : right);
    // A rank is at most `place` if its inverted rank is above 254 - `place`.
    const rank = isInverted ? 254 - ranks.placeOf[at]! : ranks.placeOf[at]!;
    const column = columnOf(ranks.columnOf[at]!, isInverted);
    words.set([column * rows, second, rank - 128, column], start / 4);
  };
  for (const [tree, root] of roots.entries()) {
    heads.set([end, treeGroups[tree]! * groupBytes], 2 * tree);
    place(root);
  }
  return { heads, bytes: new Uint8Array(buffer, 0, end), inverted: [...inverted.keys()], weights };
}

/** Returns the number of leaves below each node; children stand after their parents. */
function leafCounts({ nodes: { left, right } }: TreeTable): Int32Array {
  const counts = new Int32Array(left.length);
  const countOf = (at: number) => (at < 0 ? 1 : counts[at]!);
  for (let at = left.length - 1; at >= 0; at--) counts[at] = countOf(left[at]!) + countOf(right[at]!);
  return counts;
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
