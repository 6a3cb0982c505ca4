import type { RankColumns } from './rank-columns.js';
import { emptyPath, step, type TreePath } from './tree-path.js';
import type { TreeTable } from './tree-table.js';

/**
 * Leaves below one node, whose contributions to a row depend on a few bits alone: for each feature of the path to the node whether the row
 * fails one of its tests, and for each node below whether it goes right. A table holds them by these bits.
 */
export interface ReasonGroup {
  readonly node: number;
  readonly path: Pick<TreePath, 'features' | 'shares'>;
  /** Nodes below, whose bits follow those of the path. */
  readonly inner: readonly number[];
  /** Features of the path and of the nodes below, each once. */
  readonly features: readonly number[];
  readonly tests: readonly BitTest[];
  readonly bits: number;
}

/** A test of a rank that sets a bit. */
export interface BitTest {
  readonly column: number;
  readonly place: number;
  /** True to set it where the rank is not above the place. */
  readonly isTurned: boolean;
  readonly bit: number;
}

/** An edge of a tree, from a node to a child. */
type Edge = readonly [node: number, child: number];

/** A node whose leaves depend on too many bits, with the edges that lead to it. */
export interface FarNode {
  readonly node: number;
  readonly edges: readonly Edge[];
}

/** Bits of a group of several leaves and of a single leaf: tables are small enough for the first caches. */
const most = { bits: 10, leafBits: 12 } as const;

/** Cuts trees into groups, as large as their bits allow, until their tables have `mostEntries` in all; the rest is far. */
export function reasonGroups(
  table: TreeTable,
  ranks: RankColumns,
  roots: Int32Array,
  mostEntries: number,
): { readonly groups: readonly ReasonGroup[]; readonly far: readonly FarNode[] } {
  const groups: ReasonGroup[] = [];
  const far: FarNode[] = [];
  const { left, right } = table.nodes;
  const sizes = innerCounts(table);
  const path = emptyPath();
  const edges: Edge[] = [];
  let entries = 0;
  const cut = (node: number): void => {
    const bits = path.features.length + (node < 0 ? 0 : sizes[node]!);
    if (bits <= (node < 0 ? most.leafBits : most.bits)) {
      entries += 2 ** bits;
      if (entries <= mostEntries) groups.push(groupOf(table, ranks, node, path, edges));
      else far.push({ node, edges: [...edges] });
      return;
    }
    if (node < 0 || entries > mostEntries) {
      far.push({ node, edges: [...edges] });
      return;
    }
    for (const child of [left[node]!, right[node]!]) {
      const undo = step(table, path, node, child, true);
      edges.push([node, child]);
      cut(child);
      edges.pop();
      undo();
    }
  };
  for (const root of roots) cut(root);
  return { groups, far };
}

/** Returns the number of nodes from each node on. */
function innerCounts({ nodes: { left, right } }: TreeTable): Int32Array {
  const counts = new Int32Array(left.length);
  // Children stand after their parents.
  for (let node = left.length - 1; node >= 0; node--) {
    const below = (child: number) => (child < 0 ? 0 : counts[child]!);
    counts[node] = 1 + below(left[node]!) + below(right[node]!);
  }
  return counts;
}

function groupOf(
  table: TreeTable,
  ranks: RankColumns,
  node: number,
  { features, shares }: TreePath,
  edges: readonly Edge[],
): ReasonGroup {
  const inner = nodesBelow(table, node);
  const tests = [
    ...pathTests(table, ranks, features, edges),
    ...inner.map((at, i) => ({
      column: ranks.columnOf[at]!,
      place: ranks.placeOf[at]!,
      isTurned: false,
      bit: features.length + i,
    })),
  ];
  return {
    node,
    path: { features: [...features], shares: [...shares] },
    inner,
    features: [...new Set([...features, ...inner.map((at) => table.nodes.feature[at]!)])],
    tests,
    bits: features.length + inner.length,
  };
}

function nodesBelow({ nodes: { left, right } }: TreeTable, node: number): number[] {
  const found: number[] = [];
  const open = [node];
  while (open.length > 0) {
    const at = open.pop()!;
    if (at < 0) continue;
    found.push(at);
    open.push(right[at]!, left[at]!);
  }
  return found;
}

/** Returns the tests of a path: of those of a column that go to one side, the strictest. */
function pathTests(
  { nodes }: TreeTable,
  ranks: RankColumns,
  features: readonly number[],
  edges: readonly Edge[],
): BitTest[] {
  const tests = new Map<number, BitTest>();
  for (const [node, child] of edges) {
    const isTurned = child === nodes.right[node]!;
    const column = ranks.columnOf[node]!;
    const key = 2 * column + Number(isTurned);
    const place = ranks.placeOf[node]!;
    const before = tests.get(key)?.place ?? place;
    const strictest = isTurned ? Math.max(before, place) : Math.min(before, place);
    tests.set(key, { column, place: strictest, isTurned, bit: features.indexOf(nodes.feature[node]!) });
  }
  return [...tests.values()];
}
