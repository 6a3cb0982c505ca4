import { ModelFault } from './model-value.js';

/**
 * How a node decides. `x <= t` and its treatment of missing values are LightGBM's, `x < t` is XGBoost's; a
 * set of categories sends its members to the left in LightGBM and to the right in XGBoost.
 */
export const rule = {
  /** NaN counts as 0. */
  atMost: 0,
  /** NaN and every value near 0 take the default side. */
  atMostZeroMissing: 1,
  /** NaN takes the default side. */
  atMostNanMissing: 2,
  /** NaN takes the default side. */
  below: 3,
  /** Cut to a whole number; members go left; NaN and all others right. */
  membersLeft: 4,
  /** Members go right, all others left; NaN takes the default side. */
  membersRight: 5,
  /** The threshold itself, or a value of the node's set, goes left, all others right; NaN takes the default side. */
  equal: 6,
  /** Cut to a whole number; those of its set go left, all others right; NaN takes the default side. */
  among: 7,
} as const;

/** Added to a rule where the default side is the left one. */
export const defaultLeft = 8;

/** LightGBM treats values up to this one, of either sign, as zero. */
export const nearZero = Math.fround(1e-35);

/** Trees of any trainer, all nodes in one table. A child is the index of a node, or `~` that of a leaf. */
export interface TreeTable {
  /** The type in which the trainer compares, adds and answers. */
  readonly numbers: 'float64' | 'float32';
  readonly features: number;
  /** Sums per row. */
  readonly groups: number;
  /** Sums that a leaf adds to: that of its tree and those after it. */
  readonly leafWidth: number;
  readonly roots: Int32Array;
  /** The sum that a tree adds to, by tree. */
  readonly treeGroups: Int32Array;
  readonly nodes: {
    readonly feature: Int32Array;
    readonly threshold: Float64Array;
    readonly left: Int32Array;
    readonly right: Int32Array;
    /** A rule, and whether missing values go left. */
    readonly rule: Uint8Array;
    /** Index of the set of a node that tests for categories or for several values, else -1. */
    readonly set: Int32Array;
  };
  /**
   * Sets of categories as bits, of values as their ascending float64: set `i` is the words from `setStarts[i]`
   * to `setStarts[i + 1]`.
   */
  readonly setStarts: Int32Array;
  readonly setWords: Uint32Array;
  /** `leafWidth` values for each leaf. */
  readonly leaves: Float64Array;
  readonly linear: LinearLeaves | null;
  /** The weight of the training rows that reached each node and leaf; null if a tree does not say it. */
  readonly covers: { readonly nodes: Float64Array; readonly leaves: Float64Array } | null;
  /** How a sum combines the leaves of its trees: adds them up, or keeps the least. */
  readonly takes: 'sum' | 'least';
  /** Start values of the sums, by group. */
  readonly base: Float64Array;
  /** Leaves and nodes of the largest tree. */
  readonly mostLeaves: number;
}

/**
 * Leaves that are linear functions: leaf `i` has terms `starts[i]` to `starts[i + 1]`; missing: the plain
 * leaf.
 */
interface LinearLeaves {
  readonly isLinear: Uint8Array;
  readonly constants: Float64Array;
  readonly starts: Int32Array;
  readonly features: Int32Array;
  readonly coefficients: Float64Array;
}

/** One tree as stored in a file: nodes and leaves counted from 0, children as in the table. */
export interface FileTree {
  readonly group: number;
  /** The root: 0, or -1 for a tree of one leaf. */
  readonly root: number;
  readonly feature: ArrayLike<number>;
  readonly threshold: ArrayLike<number>;
  readonly left: ArrayLike<number>;
  readonly right: ArrayLike<number>;
  readonly rule: ArrayLike<number>;
  /** The categories or values of a node that tests for them, else empty. */
  readonly set: (node: number) => Uint32Array;
  /** As many values for each leaf as its table says. */
  readonly leaves: ArrayLike<number>;
  readonly linear: {
    readonly constants: ArrayLike<number>;
    readonly features: readonly ArrayLike<number>[];
    readonly coefficients: readonly ArrayLike<number>[];
  } | null;
  /** The weight of the training rows that reached each node and leaf, if the file says it. */
  readonly covers?: { readonly nodes: ArrayLike<number>; readonly leaves: ArrayLike<number> } | null;
}

/** The most trees and nodes of a model. */
const most = { trees: 500_000, nodes: 50_000_000, features: 1_000_000 } as const;

/** Collects trees one by one into a table. */
interface TableBuilder {
  /** Adds a tree. Throws `ModelFault` naming it if its nodes form no tree, or have invalid values. */
  add(tree: FileTree): void;
  build(base: Float64Array): TreeTable;
}

/**
 * Returns a builder of a table for rows of `features` values and `groups` sums; each leaf adds to `leafWidth`
 * of the sums. A leaf of infinity says nothing where sums take the least.
 */
export function tableBuilder(
  numbers: TreeTable['numbers'],
  features: number,
  groups: number,
  leafWidth = 1,
  takes: TreeTable['takes'] = 'sum',
): TableBuilder {
  if (features < 1 || features > most.features)
    throw new ModelFault(`the number of features is ${features}, not one from 1 to ${most.features}`);
  if (groups < 1 || groups > most.trees)
    throw new ModelFault(`the number of classes or targets is ${groups}, not one from 1 to ${most.trees}`);
  const [roots, treeGroups] = [new Growing(Int32Array), new Growing(Int32Array)];
  const nodes = nodeLists();
  const leaves = leafLists(leafWidth);
  let hasCovers = true;
  let mostLeaves = 1;

  return {
    add(tree) {
      const where = `tree ${roots.length}`;
      if (roots.length === most.trees) throw new ModelFault(`there are more than ${most.trees} trees`);
      const order = checkTree(tree, where, features, groups, leafWidth, takes);
      if (nodes.count() + order.nodes.length > most.nodes)
        throw new ModelFault(`there are more than ${most.nodes} nodes`);
      const [firstNode, firstLeaf] = [nodes.count(), leaves.count()];
      const nodeAt = new Int32Array(tree.left.length);
      const leafAt = new Int32Array(tree.leaves.length / leafWidth);
      for (const [i, node] of order.nodes.entries()) nodeAt[node] = firstNode + i;
      for (const [i, leaf] of order.leaves.entries()) leafAt[leaf] = firstLeaf + i;
      const placed = (child: number) => (child >= 0 ? nodeAt[child]! : ~leafAt[~child]!);
      for (const node of order.nodes) nodes.add(tree, node, placed);
      for (const leaf of order.leaves) leaves.add(tree, leaf);
      roots.push(placed(tree.root));
      treeGroups.push(tree.group);
      mostLeaves = Math.max(mostLeaves, order.leaves.length);
      hasCovers &&= (tree.covers ?? null) !== null;
    },
    build(base) {
      return {
        numbers,
        features,
        groups,
        leafWidth,
        roots: roots.take(),
        treeGroups: treeGroups.take(),
        ...nodes.take(),
        ...leaves.take(),
        covers: hasCovers ? { nodes: nodes.covers(), leaves: leaves.covers() } : null,
        takes,
        base,
        mostLeaves,
      };
    },
  };
}

function testsSet(tree: FileTree, node: number): boolean {
  const kind = tree.rule[node]! & ~defaultLeft;
  if (kind === rule.equal) return tree.set(node).length > 0;
  return kind === rule.membersLeft || kind === rule.membersRight || kind === rule.among;
}

/** Collects the nodes of all trees. */
function nodeLists() {
  const list = () => new Growing(Int32Array);
  const [feature, left, right, set, setStarts] = [list(), list(), list(), list(), list()];
  const [threshold, covers] = [new Growing(Float64Array), new Growing(Float64Array)];
  const rules = new Growing(Uint8Array);
  const setWords = new Growing(Uint32Array);
  setStarts.push(0);
  return {
    count: () => feature.length,
    /** Adds a node of a tree; `placed` gives the index of a child in the table. */
    add(tree: FileTree, node: number, placed: (child: number) => number): void {
      const isSet = testsSet(tree, node);
      feature.push(tree.feature[node]!);
      covers.push(tree.covers?.nodes[node] ?? Number.NaN);
      threshold.push(isSet ? 0 : tree.threshold[node]!);
      left.push(placed(tree.left[node]!));
      right.push(placed(tree.right[node]!));
      rules.push(tree.rule[node]!);
      set.push(isSet ? setStarts.length - 1 : -1);
      if (!isSet) return;
      for (const word of tree.set(node)) setWords.push(word);
      setStarts.push(setWords.length);
    },
    take: () => ({
      nodes: {
        feature: feature.take(),
        threshold: threshold.take(),
        left: left.take(),
        right: right.take(),
        rule: rules.take(),
        set: set.take(),
      },
      setStarts: setStarts.take(),
      setWords: setWords.take(),
    }),
    covers: () => covers.take(),
  };
}

/** Collects the leaves of all trees, of `leafWidth` values each. */
function leafLists(leafWidth: number) {
  const [leaves, constants, coefficients] = [
    new Growing(Float64Array),
    new Growing(Float64Array),
    new Growing(Float64Array),
  ];
  const [starts, features] = [new Growing(Int32Array), new Growing(Int32Array)];
  const isLinear = new Growing(Uint8Array);
  const covers = new Growing(Float64Array);
  let hasLinear = false;
  starts.push(0);
  return {
    count: () => leaves.length / leafWidth,
    add(tree: FileTree, leaf: number): void {
      for (let i = leaf * leafWidth; i < (leaf + 1) * leafWidth; i++) leaves.push(tree.leaves[i]!);
      covers.push(tree.covers?.leaves[leaf] ?? Number.NaN);
      isLinear.push(tree.linear === null ? 0 : 1);
      constants.push(tree.linear?.constants[leaf] ?? 0);
      const terms = tree.linear?.features[leaf] ?? [];
      for (let i = 0; i < terms.length; i++) {
        features.push(terms[i]!);
        coefficients.push(tree.linear!.coefficients[leaf]![i]!);
      }
      starts.push(features.length);
      hasLinear ||= tree.linear !== null;
    },
    take: () => ({
      leaves: leaves.take(),
      linear: hasLinear
        ? {
            isLinear: isLinear.take(),
            constants: constants.take(),
            starts: starts.take(),
            features: features.take(),
            coefficients: coefficients.take(),
          }
        : null,
    }),
    covers: () => covers.take(),
  };
}

/**
 * Returns the nodes and leaves that are reached from a tree's root, depth first from left to right. Throws
 * `ModelFault` if a node is reached twice (a cycle), if a child, a feature or a group does not exist, and if
 * a threshold or a leaf is not a number.
 */
function checkTree(
  tree: FileTree,
  where: string,
  features: number,
  groups: number,
  leafWidth: number,
  takes: TreeTable['takes'],
): { readonly nodes: readonly number[]; readonly leaves: readonly number[] } {
  const fail = (what: string): never => {
    throw new ModelFault(`${where}: ${what}`);
  };
  const whole = (value: number, below: number): boolean =>
    Number.isInteger(value) && value >= 0 && value < below;
  if (!whole(tree.group, groups - leafWidth + 1))
    fail(`it adds to class or target ${tree.group}, but there are ${groups}`);
  const seenNodes = new Uint8Array(tree.left.length);
  const seenLeaves = new Uint8Array(tree.leaves.length / leafWidth);
  const nodes: number[] = [];
  const leaves: number[] = [];
  const open = [tree.root];
  while (open.length > 0) {
    const at = open.pop()!;
    // Also true of a number that is not whole, or beyond 32 bits.
    if (at !== (at | 0)) fail(`a child is node ${at}, outside of the tree`);
    const isLeaf = at < 0;
    const [index, seen] = isLeaf ? [~at, seenLeaves] : [at, seenNodes];
    if (!whole(index, seen.length)) fail(`a child is ${nameOf(at)}, outside of the tree`);
    if (seen[index] === 1) fail(`${nameOf(at)} is reached twice, so it is not a tree`);
    seen[index] = 1;
    if (isLeaf) {
      const fault = leafFault(tree, index, leafWidth, features, takes);
      if (fault !== null) fail(`${nameOf(at)} ${fault}`);
      leaves.push(index);
      continue;
    }
    if (!whole(tree.feature[index]!, features))
      fail(`${nameOf(at)} tests feature ${tree.feature[index]}, but there are ${features}`);
    if (!testsSet(tree, index) && Number.isNaN(tree.threshold[index]!))
      fail(`the threshold of ${nameOf(at)} is not a number`);
    nodes.push(index);
    open.push(tree.right[index]!, tree.left[index]!);
  }
  return { nodes, leaves };
}

function nameOf(at: number): string {
  return at < 0 ? `leaf ${~at}` : `node ${at}`;
}

/** Returns what is wrong with a leaf; null if nothing. */
function leafFault(
  { leaves, linear }: FileTree,
  leaf: number,
  leafWidth: number,
  features: number,
  takes: TreeTable['takes'],
): string | null {
  for (let i = leaf * leafWidth; i < (leaf + 1) * leafWidth; i++)
    if (!Number.isFinite(leaves[i]) && !(takes === 'least' && leaves[i] === Number.POSITIVE_INFINITY))
      return 'has a value that is not a number';
  if (linear === null) return null;
  const terms = linear.features[leaf]!;
  if (!Number.isFinite(linear.constants[leaf])) return 'has a constant that is not a number';
  for (let i = 0; i < terms.length; i++) {
    if (!(Number.isInteger(terms[i]) && terms[i]! >= 0 && terms[i]! < features))
      return `uses feature ${terms[i]}, but there are ${features}`;
    if (!Number.isFinite(linear.coefficients[leaf]![i])) return 'has a coefficient that is not a number';
  }
  return null;
}

type Numbers = Int32Array | Uint32Array | Float64Array | Uint8Array;

/** A typed array that grows. */
class Growing<T extends Numbers> {
  #array: T;
  readonly #type: new (
    size: number,
  ) => T;
  length = 0;

  constructor(type: new (size: number) => T) {
    this.#type = type;
    this.#array = new type(64);
  }

  push(value: number): void {
    if (this.length === this.#array.length) {
      const wider = new this.#type(this.length * 2);
      wider.set(this.#array);
      this.#array = wider;
    }
    this.#array[this.length++] = value;
  }

  take(): T {
    return this.#array.slice(0, this.length) as T;
  }
}
