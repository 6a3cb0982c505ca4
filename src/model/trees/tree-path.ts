import type { TreeTable } from './tree-table.js';
import type { Reals } from './walk-trees.js';

/** Splits one sum of each row into the contributions of its features. */
export interface TreeExplainer {
  /**
   * The sum without knowing any feature: the mean over the training rows, according to the counts of the
   * trees.
   */
  readonly base: number;
  /**
   * Writes the contributions of `rows` rows into `out`, row by row, one for each feature, and what `SumRows`
   * says of them into `sums`.
   */
  explain(values: Reals, rows: number, out: Float64Array, sums: Float64Array): void;
}

/** Writes the sums that are split, of the first `rows` rows of `values`. */
export type SumRows = (values: Reals, rows: number, sums: Float64Array) => void;

/**
 * The path from a root to a node for Shapley values: each feature once, with the share of the training rows
 * that its tests let pass, and whether the current row passes all of them.
 */
interface TreePath {
  readonly features: number[];
  readonly shares: number[];
  readonly passes: boolean[];
}

export function emptyPath(): TreePath {
  return { features: [], shares: [], passes: [] };
}

/**
 * Calls `leaf` for every leaf below `node` with its path, which is reused; `goesLeft` decides for the row.
 */
export function visitLeaves(
  table: TreeTable,
  node: number,
  path: TreePath,
  goesLeft: (node: number) => boolean,
  leaf: (leaf: number, path: TreePath) => void,
): void {
  if (node < 0) {
    leaf(~node, path);
    return;
  }
  const { left, right } = table.nodes;
  const isLeft = goesLeft(node);
  for (const child of [left[node]!, right[node]!]) {
    const undo = step(table, path, node, child, isLeft === (child === left[node]!));
    visitLeaves(table, child, path, goesLeft, leaf);
    undo();
  }
}

/** Follows the edge from `node` to `child` with a path; the returned function takes it back. */
function step(
  { nodes, covers }: TreeTable,
  { features, shares, passes }: TreePath,
  node: number,
  child: number,
  passesEdge: boolean,
): () => void {
  const share = (child >= 0 ? covers!.nodes[child]! : covers!.leaves[~child]!) / covers!.nodes[node]!;
  const feature = nodes.feature[node]!;
  const at = features.indexOf(feature);
  if (at < 0) {
    features.push(feature);
    shares.push(share);
    passes.push(passesEdge);
    return () => {
      features.pop();
      shares.pop();
      passes.pop();
    };
  }
  const [before, passed] = [shares[at]!, passes[at]!];
  shares[at] = before * share;
  passes[at] = passed && passesEdge;
  return () => {
    shares[at] = before;
    passes[at] = passed;
  };
}

/**
 * Adds what each feature of a leaf's path contributes, `value` times its Shapley value (Lundberg and others
 * 2018, "Consistent individualized feature attribution for tree ensembles": a feature that is not known
 * passes with its share). With shares z and passes o of 0 or 1, it is (o_j - z_j) times the integral from 0
 * to 1 of the product of t o_i + (1 - t) z_i over the others: the weights |T|! (n - |T| - 1)! / n! of
 * coalitions are integrals of t^|T| (1 - t)^(n - |T| - 1). Gauss's rule is exact for polynomials of degree
 * n - 1, and all terms are positive, so nothing cancels.
 */
export function addLeaf(
  value: number,
  { features, shares, passes }: TreePath,
  add: (feature: number, contribution: number) => void,
): void {
  const count = features.length;
  const leaf = leafTerms(shares, passes, 0, count);
  for (let i = 0; i < count; i++) add(features[i]!, value * leaf[i]!);
}

/**
 * Returns what `count` features of a path, from `start` on, contribute to a leaf of 1; reused by the next
 * call.
 */
function leafTerms(
  shares: ArrayLike<number>,
  passes: ArrayLike<boolean | number>,
  start: number,
  count: number,
): Float64Array {
  if (terms.length < count) {
    terms = new Float64Array(2 * count);
    factors = new Float64Array(2 * count);
  }
  const { points, weights } = gaussRule((count + 1) >> 1);
  terms.fill(0, 0, count);
  for (let q = 0; q < points.length; q++) {
    const t = points[q]!;
    let product = weights[q]!;
    for (let i = 0; i < count; i++) {
      const factor = (1 - t) * shares[start + i]! + (passes[start + i]! ? t : 0);
      factors[i] = factor;
      product *= factor;
    }
    for (let i = 0; i < count; i++) terms[i]! += product / factors[i]!;
  }
  for (let i = 0; i < count; i++) terms[i]! *= (passes[start + i]! ? 1 : 0) - shares[start + i]!;
  return terms;
}

let terms = new Float64Array(64);
let factors = new Float64Array(64);

interface GaussRule {
  readonly points: Float64Array;
  readonly weights: Float64Array;
}

const rules: GaussRule[] = [];

/** Returns the points and weights of the Gauss-Legendre rule on [0, 1], by Newton's method. */
export function gaussRule(count: number): GaussRule {
  const known = rules[count];
  if (known !== undefined) return known;
  const [points, weights] = [new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let round = 0; round < 100; round++) {
      let [before, value] = [1, x];
      for (let k = 2; k <= count; k++)
        [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
      slope = (count * (x * value - before)) / (x * x - 1);
      const moved = value / slope;
      x -= moved;
      if (Math.abs(moved) < 1e-16) break;
    }
    points[i] = (1 + x) / 2;
    weights[i] = 1 / ((1 - x * x) * slope * slope);
  }
  const made = { points, weights };
  rules[count] = made;
  return made;
}

/** Returns the roots of the trees that add to a sum, in order. */
export function rootsOf({ roots, treeGroups }: TreeTable, group: number): Int32Array {
  return roots.filter((_, tree) => treeGroups[tree] === group);
}

/** Returns the mean of a sum over the training rows. */
export function baseOf(table: TreeTable, group: number): number {
  const { nodes, covers, leaves } = table;
  const means = new Float64Array(nodes.left.length);
  const meanOf = (child: number) => (child < 0 ? leaves[~child]! : means[child]!);
  const coverOf = (child: number) => (child < 0 ? covers!.leaves[~child]! : covers!.nodes[child]!);
  // Children stand after their parents.
  for (let node = means.length - 1; node >= 0; node--) {
    const left = nodes.left[node]!;
    const right = nodes.right[node]!;
    means[node] = (coverOf(left) * meanOf(left) + coverOf(right) * meanOf(right)) / covers!.nodes[node]!;
  }
  return rootsOf(table, group).reduce((base, root) => base + meanOf(root), table.base[group]!);
}
