import { ModelFault } from '../trees/model-value.js';
import type { TreeTable } from '../trees/tree-table.js';
import { findLeaf, goesLeft, linearValue, type Reals } from '../trees/walk-trees.js';

/** Trees, and the divisor of the sums of their leaves. */
export interface SummedTrees {
  readonly table: TreeTable;
  readonly divisor: number;
}

/** The trees of a trainer's file paired with those of its export, and differences independent of rows. */
interface TreePairs {
  readonly trained: SummedTrees;
  readonly exported: SummedTrees;
  /** Trees in both files. */
  readonly count: number;
  /** For each leaf of the trained trees, the exported leaf; -1 in trees of a different shape. */
  readonly leafOf: Int32Array;
  /** 1 for pairs whose nodes and leaves correspond one to one. */
  readonly isAlike: Uint8Array;
  readonly facts: PairFacts;
}

/** The differences between the two files; plain data. */
export interface PairFacts {
  readonly trees: { readonly trained: number; readonly exported: number; readonly alike: number };
  /** Numeric tests in trees of the same shape, and how many have a different threshold. */
  readonly thresholds: { readonly compared: number; readonly different: number };
  /** Leaves in trees of the same shape, and how many differ by more than rounding to float32. */
  readonly leaves: { readonly compared: number; readonly different: number };
}

/** Counts over rows scored with both files; plain data, added up by `addCounts`. */
export interface PairCounts {
  readonly rows: number;
  /** Rows that reach another leaf in some tree, and the largest difference of their raw scores. */
  readonly elsewhere: number;
  readonly elsewhereMost: number;
  /** Rows in the same leaves whose raw scores differ by more than rounding to float32. */
  readonly beyond: number;
  readonly beyondMost: number;
  /** The largest difference of the raw scores of all other rows. */
  readonly roundedMost: number;
  /** The first rows that reach a different leaf, and why. */
  readonly examples: readonly Divergence[];
}

/** A row that reaches different leaves in two paired trees. */
export interface Divergence {
  /** Its index among the rows of the call. */
  readonly row: number;
  readonly tree: number;
  /** The first test with a different result; null if the shapes of the trees differ. */
  readonly test: {
    readonly feature: number;
    readonly threshold: number;
    readonly exportedThreshold: number;
    readonly value: number;
    readonly exportedValue: number;
  } | null;
}

export const noCounts: PairCounts = {
  rows: 0,
  elsewhere: 0,
  elsewhereMost: 0,
  beyond: 0,
  beyondMost: 0,
  roundedMost: 0,
  examples: [],
};

/** Maximum number of examples. */
const mostExamples = 3;

/** Adds up the counts of two sets of rows. */
export function addCounts(one: PairCounts, other: PairCounts): PairCounts {
  return {
    rows: one.rows + other.rows,
    elsewhere: one.elsewhere + other.elsewhere,
    elsewhereMost: Math.max(one.elsewhereMost, other.elsewhereMost),
    beyond: one.beyond + other.beyond,
    beyondMost: Math.max(one.beyondMost, other.beyondMost),
    roundedMost: Math.max(one.roundedMost, other.roundedMost),
    examples: [...one.examples, ...other.examples].slice(0, mostExamples),
  };
}

/** Pairs two files' trees by order. Throws `ModelFault` if they add to different classes or targets. */
export function pairTrees(trained: SummedTrees, exported: SummedTrees): TreePairs {
  const [a, b] = [trained.table, exported.table];
  if (b.takes !== 'sum') throw new ModelFault('its trees are not added');
  if (b.leafWidth !== 1) throw new ModelFault('its leaves have weights of several classes or targets');
  const count = Math.min(a.roots.length, b.roots.length);
  checkGroups(a, b, count);
  const leafOf = new Int32Array(a.leaves.length).fill(-1);
  const isAlike = new Uint8Array(count);
  const thresholds = { compared: 0, different: 0 };
  const leaves = { compared: 0, different: 0 };
  for (let tree = 0; tree < count; tree++) {
    const matched = matchTrees(a, b, a.roots[tree]!, b.roots[tree]!);
    if (matched === null) continue;
    isAlike[tree] = 1;
    for (const [x, y] of matched.leaves) {
      leafOf[x] = y;
      leaves.compared++;
      if (!isSameValue(leafValue(trained, x), leafValue(exported, y))) leaves.different++;
    }
    for (const [x, y] of matched.nodes) {
      thresholds.compared++;
      if (a.nodes.threshold[x] !== b.nodes.threshold[y]) thresholds.different++;
    }
  }
  const alike = isAlike.reduce((sum, one) => sum + one, 0);
  const trees = { trained: a.roots.length, exported: b.roots.length, alike };
  return { trained, exported, count, leafOf, isAlike, facts: { trees, thresholds, leaves } };
}

function checkGroups(a: TreeTable, b: TreeTable, count: number): void {
  const to = new Map<number, number>();
  const from = new Map<number, number>();
  for (let tree = 0; tree < count; tree++) {
    const [x, y] = [a.treeGroups[tree]!, b.treeGroups[tree]!];
    if ((to.get(x) ?? y) !== y || (from.get(y) ?? x) !== x)
      throw new ModelFault(
        `its tree ${tree} adds to class or target ${y}, and that of the trainer's file to ${x}`,
      );
    to.set(x, y);
    from.set(y, x);
  }
}

interface Matched {
  readonly nodes: readonly (readonly [number, number])[];
  readonly leaves: readonly (readonly [number, number])[];
}

/** Returns the corresponding nodes and leaves of two numeric trees; null if shapes or features differ. */
function matchTrees(a: TreeTable, b: TreeTable, rootA: number, rootB: number): Matched | null {
  const nodes: [number, number][] = [];
  const leaves: [number, number][] = [];
  const open: [number, number][] = [[rootA, rootB]];
  while (open.length > 0) {
    const [x, y] = open.pop()!;
    if (x < 0 !== y < 0) return null;
    if (x < 0) {
      leaves.push([~x, ~y]);
      continue;
    }
    // Exporters write a set of categories as a chain of tests, one for each category.
    if (a.nodes.feature[x] !== b.nodes.feature[y] || a.nodes.set[x]! >= 0) return null;
    nodes.push([x, y]);
    open.push([a.nodes.right[x]!, b.nodes.right[y]!], [a.nodes.left[x]!, b.nodes.left[y]!]);
  }
  return { nodes, leaves };
}

function leafValue({ table, divisor }: SummedTrees, leaf: number): number {
  return table.leaves[leaf]! / divisor;
}

/** True if two values differ by no more than roundings to float32. */
function isSameValue(a: number, b: number): boolean {
  return Math.abs(a - b) <= 2 ** -22 * Math.max(Math.abs(a), Math.abs(b)) + 1e-37;
}

/**
 * Compares the leaves and raw scores (the sums of leaves, without base values) of `rows` rows: `trained` and
 * `exported` hold the features of each file's own trees, row by row, `width` of the exported ones. Sets
 * `isEqual` to 1 for rows whose raw scores differ by rounding at most. Costs two walks down each tree for
 * each row.
 */
export function compareRows(
  pairs: TreePairs,
  trained: Reals,
  exported: Reals,
  width: number,
  rows: number,
  isEqual: Uint8Array,
): PairCounts {
  const [a, b] = [pairs.trained.table, pairs.exported.table];
  const { groups } = a;
  const create = ({ numbers }: TreeTable) =>
    numbers === 'float64' ? new Float64Array(groups) : new Float32Array(groups);
  const [sums, exportedSums, sizes] = [create(a), create(b), new Float64Array(groups)];
  // Each addition errs by at most half a step of the sum; errors of many grow like the root of their number.
  const rounding = 2 ** -24 * (2 + 2 * Math.sqrt(pairs.count));
  const counts = { ...noCounts, rows, examples: [] as Divergence[] };
  for (let row = 0; row < rows; row++) {
    const [atA, atB] = [row * a.features, row * width];
    for (const list of [sums, exportedSums, sizes]) list.fill(0);
    let first = -1;
    for (let tree = 0; tree < pairs.count; tree++) {
      const group = a.treeGroups[tree]!;
      const x = findLeaf(a, a.roots[tree]!, trained, atA);
      const y = findLeaf(b, b.roots[tree]!, exported, atB);
      const value = a.linear === null ? a.leaves[x]! : linearValue(a, x, trained, atA);
      // A Float32Array rounds each sum, which is the same as adding in float32.
      sums[group] = sums[group]! + value;
      exportedSums[group] = exportedSums[group]! + b.leaves[y]!;
      sizes[group] = sizes[group]! + Math.abs(value);
      if (first !== -1) continue;
      const isSame =
        pairs.isAlike[tree] === 1
          ? pairs.leafOf[x] === y
          : isSameValue(leafValue(pairs.trained, x), leafValue(pairs.exported, y));
      if (!isSame) first = tree;
    }
    let apart = 0;
    let isBeyond = false;
    for (let group = 0; group < groups; group++) {
      const distance = Math.abs(
        sums[group]! / pairs.trained.divisor - exportedSums[group]! / pairs.exported.divisor,
      );
      apart = Math.max(apart, distance);
      isBeyond ||= !(distance <= (rounding * sizes[group]!) / pairs.trained.divisor);
    }
    isEqual[row] = first === -1 && !isBeyond ? 1 : 0;
    if (first !== -1) {
      counts.elsewhere++;
      counts.elsewhereMost = Math.max(counts.elsewhereMost, apart);
      if (counts.examples.length < mostExamples)
        counts.examples.push({
          row,
          tree: first,
          test: divergingTest(pairs, first, trained, atA, exported, atB),
        });
    } else if (isBeyond) {
      counts.beyond++;
      counts.beyondMost = Math.max(counts.beyondMost, apart);
    } else counts.roundedMost = Math.max(counts.roundedMost, apart);
  }
  return counts;
}

/** Returns the first test that a row passes in one tree of a pair and fails in the other. */
function divergingTest(
  { trained, exported, isAlike }: TreePairs,
  tree: number,
  values: Reals,
  at: number,
  exportedValues: Reals,
  exportedAt: number,
): Divergence['test'] {
  if (isAlike[tree] !== 1) return null;
  const [a, b] = [trained.table, exported.table];
  let [x, y] = [a.roots[tree]!, b.roots[tree]!];
  while (x >= 0) {
    const isLeft = goesLeft(a, x, values, at);
    if (isLeft !== goesLeft(b, y, exportedValues, exportedAt)) {
      const feature = a.nodes.feature[x]!;
      return {
        feature,
        threshold: a.nodes.threshold[x]!,
        exportedThreshold: b.nodes.threshold[y]!,
        value: values[at + feature]!,
        exportedValue: exportedValues[exportedAt + feature]!,
      };
    }
    x = isLeft ? a.nodes.left[x]! : a.nodes.right[x]!;
    y = isLeft ? b.nodes.left[y]! : b.nodes.right[y]!;
  }
  return null;
}
