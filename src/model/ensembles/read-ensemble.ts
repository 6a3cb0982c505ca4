import { decodeText } from '../onnx-messages.js';
import { attributeOf, type GraphNode, intOf, type OnnxModel } from '../read-model.js';
import { ModelFault } from '../trees/model-value.js';
import { defaultLeft, type FileTree, rule, type TreeTable, tableBuilder } from '../trees/tree-table.js';
import { type Aggregate, type Finish, finishOf, type PostTransform } from './finish-sums.js';
import { floatsOf, intsOf, stringsOf, tensorOf } from './node-numbers.js';

/**
 * A tree ensemble of a graph: its trees, whose sums start at 0, and how the runtime turns the sums into
 * answers.
 */
export interface Ensemble {
  readonly table: TreeTable;
  readonly finish: Finish;
}

/** True for the operators whose trees are read. */
export function isEnsemble({ op, domain }: GraphNode): boolean {
  return domain === 'ai.onnx.ml' && ensembleOps.has(op);
}

const ensembleOps = new Set(['TreeEnsembleClassifier', 'TreeEnsembleRegressor', 'TreeEnsemble']);

/**
 * Reads a tree ensemble (ai.onnx.ml 1 to 5) of `element` inputs as the runtime does: the root of a tree is
 * its first node in the list, sums are added tree by tree in the type of the input. Throws `ModelFault` for
 * features that the loops over trees do not support.
 */
export function readEnsemble(model: OnnxModel, node: GraphNode, element: string): Ensemble {
  if (element !== 'float32' && element !== 'float64') throw new ModelFault(`its features are ${element}`);
  return node.op === 'TreeEnsemble' ? readListed(model, node, element) : readAttributes(model, node, element);
}

/** `nodes_modes` of a node that tests for members of a set. */
const branchMember = 6;
const member: Mode = { rule: rule.equal, isTrueLeft: true };
const cutMember: Mode = { rule: rule.among, isTrueLeft: true };

/**
 * Returns an ensemble's first node with a NaN threshold, which the runtime would score silently; else null.
 */
export function nodeWithoutThreshold(model: OnnxModel, node: GraphNode): string | null {
  try {
    if (node.op === 'TreeEnsemble') {
      // A node that tests for members of a set has no threshold.
      const modes = tensorOf(model, node, 'nodes_modes')?.values;
      const splits = tensorOf(model, node, 'nodes_splits')?.values;
      const at = splits?.findIndex((split, i) => Number.isNaN(split) && modes?.[i] !== branchMember) ?? -1;
      return at === -1 ? null : `node ${at}`;
    }
    const names = stringsOf(node, 'nodes_modes');
    const values = floatsOf(model, node, 'nodes_values') ?? new Float64Array(0);
    const at = values.findIndex((value, i) => Number.isNaN(value) && names[i] !== 'LEAF');
    if (at === -1) return null;
    return `node ${intsOf(node, 'nodes_nodeids')[at]} of tree ${intsOf(node, 'nodes_treeids')[at]}`;
  } catch (error) {
    // The runtime refuses an ensemble that cannot be read here, with its own message.
    if (error instanceof ModelFault) return null;
    throw error;
  }
}

/**
 * A test as in ONNX: whether `true` is the left child, and the rule; `equals`: BRANCH_NEQ (missing: unequal).
 */
interface Mode {
  readonly rule: number;
  readonly isTrueLeft: boolean;
}

const modes: readonly (readonly [name: string, mode: Mode])[] = [
  ['BRANCH_LEQ', { rule: rule.atMostNanMissing, isTrueLeft: true }],
  ['BRANCH_LT', { rule: rule.below, isTrueLeft: true }],
  ['BRANCH_GTE', { rule: rule.below, isTrueLeft: false }],
  ['BRANCH_GT', { rule: rule.atMostNanMissing, isTrueLeft: false }],
  ['BRANCH_EQ', { rule: rule.equal, isTrueLeft: true }],
  ['BRANCH_NEQ', { rule: rule.equal, isTrueLeft: false }],
];
const modeOf = new Map(modes);

/** The nodes of all trees; a child is the index of a node, or `~` that of a leaf. */
interface Listed {
  readonly features: Int32Array;
  readonly values: Float64Array;
  readonly modes: readonly (Mode | null)[];
  readonly tracks: Int32Array;
  /** The values of nodes that test for several. */
  readonly members: ReadonlyMap<number, Float64Array>;
  readonly whenTrue: Int32Array;
  readonly whenFalse: Int32Array;
  readonly roots: readonly number[];
  /** Class or target and weight of leaf `i`: those from `starts[i]` to `starts[i + 1]`. */
  readonly starts: Int32Array;
  readonly ids: Int32Array;
  readonly weights: Float64Array;
  readonly groups: number;
}

/** Reads the attributes of TreeEnsembleClassifier and TreeEnsembleRegressor. */
function readAttributes(model: OnnxModel, node: GraphNode, element: 'float32' | 'float64'): Ensemble {
  const isClassifier = node.op === 'TreeEnsembleClassifier';
  const prefix = isClassifier ? 'class' : 'target';
  const treeIds = intsOf(node, 'nodes_treeids');
  const nodeIds = intsOf(node, 'nodes_nodeids');
  const names = stringsOf(node, 'nodes_modes');
  const count = treeIds.length;
  const features = intsOf(node, 'nodes_featureids');
  const [trues, falses] = [intsOf(node, 'nodes_truenodeids'), intsOf(node, 'nodes_falsenodeids')];
  const values = floatsOf(model, node, 'nodes_values') ?? new Float64Array(0);
  const lists = [nodeIds, names, features, trues, falses, values];
  if (lists.some(({ length }) => length !== count))
    throw new ModelFault('its lists of nodes differ in length');
  const isLeaf = (i: number) => names[i] === 'LEAF';
  const places = placesOf(treeIds, nodeIds);
  const child = (from: number, id: number): number => {
    const at = places.find(treeIds[from]!, id);
    if (at === -1) throw new ModelFault(`tree ${treeIds[from]} has no node ${id}`);
    return isLeaf(at) ? ~at : at;
  };
  const [whenTrue, whenFalse] = [new Int32Array(count), new Int32Array(count)];
  for (let i = 0; i < count; i++) {
    if (isLeaf(i)) continue;
    whenTrue[i] = child(i, trues[i]!);
    whenFalse[i] = child(i, falses[i]!);
  }
  const strings = stringsOf(node, 'classlabels_strings');
  const labels = strings.length > 0 ? null : intsOf(node, 'classlabels_int64s');
  const groups = isClassifier ? (labels?.length ?? strings.length) : intOf(model, node, 'n_targets', 0);
  const listed: Listed = {
    features,
    values,
    modes: names.map((name) => (name === 'LEAF' ? null : (modeOf.get(name) ?? fail(`a node is ${name}`)))),
    tracks: intsOf(node, 'nodes_missing_value_tracks_true'),
    members: new Map(),
    whenTrue,
    whenFalse,
    roots: places.roots.map((at) => (isLeaf(at) ? ~at : at)),
    ...weightsOf(
      count,
      places.find,
      intsOf(node, `${prefix}_treeids`),
      intsOf(node, `${prefix}_nodeids`),
      intsOf(node, `${prefix}_ids`),
      floatsOf(model, node, `${prefix}_weights`) ?? new Float64Array(0),
    ),
    groups,
  };
  const text = (name: string, fallback: string) => decodeText(attributeOf(model, node, name)?.s, fallback);
  const aggregate = isClassifier ? 'SUM' : (text('aggregate_function', 'SUM') as Aggregate);
  const { table, scored } = tableOf(listed, element, aggregate);
  const weights = listed.weights;
  const finish = finishOf({
    groups,
    trees: places.roots.length,
    base: floatsOf(model, node, 'base_values') ?? new Float64Array(0),
    aggregate,
    transform: text('post_transform', 'NONE') as PostTransform,
    output: 'float32',
    scored,
    classes: !isClassifier
      ? null
      : {
          labels,
          isBinary: groups === 2 && new Set(listed.ids).size === 1,
          isPositive: weights.every((weight) => !(weight < 0)),
        },
  });
  return { table, finish };
}

/** Finds nodes by tree and number. */
interface Places {
  readonly roots: readonly number[];
  /** Returns -1 if there is none. */
  find(tree: number, node: number): number;
}

function placesOf(treeIds: Int32Array, nodeIds: Int32Array): Places {
  const trees = new Map<number, { readonly start: number; readonly at: Int32Array }>();
  const roots: number[] = [];
  for (let start = 0; start < treeIds.length; ) {
    const tree = treeIds[start]!;
    let end = start;
    let most = 0;
    while (end < treeIds.length && treeIds[end] === tree) most = Math.max(most, nodeIds[end++]!);
    if (trees.has(tree)) throw new ModelFault(`the nodes of tree ${tree} are not consecutive`);
    if (most >= 4 * (end - start) + 64) throw new ModelFault(`tree ${tree} has a node ${most}`);
    const at = new Int32Array(most + 1).fill(-1);
    for (let i = start; i < end; i++) {
      const id = nodeIds[i]!;
      if (id < 0 || at[id] !== -1) throw new ModelFault(`tree ${tree} has two nodes ${id}, or one below 0`);
      at[id] = i;
    }
    trees.set(tree, { start, at });
    roots.push(start);
    start = end;
  }
  return { roots, find: (tree, node) => trees.get(tree)?.at[node] ?? -1 };
}

/** Sorts weights by leaf; those of one leaf stay in their order. */
function weightsOf(
  count: number,
  find: Places['find'],
  treeIds: Int32Array,
  nodeIds: Int32Array,
  ids: Int32Array,
  weights: Float64Array,
): Pick<Listed, 'starts' | 'ids' | 'weights'> {
  if ([treeIds, nodeIds, weights].some(({ length }) => length !== ids.length))
    throw new ModelFault('its lists of weights differ in length');
  const starts = new Int32Array(count + 1);
  const leafOf = ids.map((_, i) => {
    const at = find(treeIds[i]!, nodeIds[i]!);
    if (at === -1)
      throw new ModelFault(
        `a weight belongs to node ${nodeIds[i]} of tree ${treeIds[i]}, which does not exist`,
      );
    return at;
  });
  for (const leaf of leafOf) starts[leaf + 1]!++;
  for (let i = 0; i < count; i++) starts[i + 1]! += starts[i]!;
  const next = starts.slice();
  const [sortedIds, sorted] = [new Int32Array(ids.length), new Float64Array(ids.length)];
  for (const [i, leaf] of leafOf.entries()) {
    const at = next[leaf]!++;
    sortedIds[at] = ids[i]!;
    sorted[at] = weights[i]!;
  }
  return { starts, ids: sortedIds, weights: sorted };
}

/** Reads the attributes of TreeEnsemble (ai.onnx.ml 5): leaves have a list of their own. */
function readListed(model: OnnxModel, node: GraphNode, element: 'float32' | 'float64'): Ensemble {
  const numbers = (name: string) => tensorOf(model, node, name)?.values ?? new Float64Array(0);
  const features = intsOf(node, 'nodes_featureids');
  const count = features.length;
  const codes = numbers('nodes_modes');
  const leafIds = intsOf(node, 'leaf_targetids');
  const leafWeights = numbers('leaf_weights');
  const [trues, falses] = [intsOf(node, 'nodes_truenodeids'), intsOf(node, 'nodes_falsenodeids')];
  const [trueLeafs, falseLeafs] = [intsOf(node, 'nodes_trueleafs'), intsOf(node, 'nodes_falseleafs')];
  const values = numbers('nodes_splits');
  const lists = [codes, trues, falses, trueLeafs, falseLeafs, values];
  if (lists.some(({ length }) => length !== count) || leafIds.length !== leafWeights.length)
    throw new ModelFault('its lists of nodes or leaves differ in length');
  const child = (isLeafs: Int32Array, ids: Int32Array) => ids.map((id, i) => (isLeafs[i] === 1 ? ~id : id));
  const [whenTrue, whenFalse] = [child(trueLeafs, trues), child(falseLeafs, falses)];
  const groups = intOf(model, node, 'n_targets', 0);
  const roots = [...intsOf(node, 'tree_roots')].map((root) =>
    // A tree of one leaf is a node whose two leaves are the same.
    trueLeafs[root] === 1 && falseLeafs[root] === 1 && trues[root] === falses[root] ? whenTrue[root]! : root,
  );
  const members = membersOf(codes, numbers('membership_values'));
  const listed: Listed = {
    features,
    values,
    modes: Array.from(codes, (code, i) =>
      code === branchMember
        ? modeOfMembers(members.get(i)!)
        : (modes[code]?.[1] ?? fail(`a node has the mode ${code}`)),
    ),
    tracks: intsOf(node, 'nodes_missing_value_tracks_true'),
    members,
    whenTrue,
    whenFalse,
    roots,
    starts: Int32Array.from({ length: leafIds.length + 1 }, (_, i) => i),
    ids: leafIds,
    weights: leafWeights,
    groups,
  };
  const aggregate =
    aggregates[intOf(model, node, 'aggregate_function', 1)] ?? fail('its trees are not added');
  const { table, scored } = tableOf(listed, element, aggregate);
  const finish = finishOf({
    groups,
    trees: roots.length,
    base: new Float64Array(0),
    aggregate,
    transform:
      (['NONE', 'LOGISTIC', 'SOFTMAX', 'SOFTMAX_ZERO', 'PROBIT'] as const)[
        intOf(model, node, 'post_transform', 0)
      ] ?? 'PROBIT',
    output: element,
    scored,
    classes: null,
  });
  return { table, finish };
}

const aggregates: readonly Aggregate[] = ['AVERAGE', 'SUM', 'MIN', 'MAX'];

/** Returns the ascending values of each node that tests for several: a NaN in the list ends those of a node. */
function membersOf(modes: Float64Array, values: Float64Array): ReadonlyMap<number, Float64Array> {
  const members = new Map<number, Float64Array>();
  let from = 0;
  for (let i = 0; i < modes.length; i++) {
    if (modes[i] !== branchMember) continue;
    const end = values.findIndex((value, at) => at >= from && Number.isNaN(value));
    const to = end === -1 ? values.length : end;
    const list = Float64Array.from(new Set(values.subarray(from, to))).sort();
    // The runtime cuts a row's value to 32 bits, so that what is beyond may become the outermost number.
    if (list.some((value) => !Number.isInteger(value) || Math.abs(value) >= 2 ** 31 - 1))
      throw new ModelFault('a node tests for a member that is not a whole number of 32 bits');
    members.set(i, list);
    from = to + 1;
  }
  return members;
}

/**
 * The runtime looks up members from 0 to 30 in a mask, where only whole values are found; for others it cuts a
 * row's value to a whole number first.
 */
function modeOfMembers(members: Float64Array): Mode {
  return members.every((value) => value >= 0 && value <= 30) ? member : cutMember;
}

/** Builds the table; `scored`: every row gets a score of the class, none does, or some do (null). */
function tableOf(
  listed: Listed,
  element: 'float32' | 'float64',
  aggregate: Aggregate,
): { readonly table: TreeTable; readonly scored: readonly (boolean | null)[] } {
  const { features, roots, groups, starts, ids, weights } = listed;
  const trees = roots.map((root) => reach(listed, root));
  const single = trees.map(({ leaves }) => groupOf(listed, leaves));
  const isSingle = single.every((group) => group !== null);
  const width = isSingle ? 1 : groups;
  let most = 0;
  for (const feature of features) most = Math.max(most, feature);

  const round = element === 'float32' ? Math.fround : (value: number) => value;
  const takes = aggregate === 'MIN' || aggregate === 'MAX' ? 'least' : 'sum';
  const sign = aggregate === 'MAX' ? -1 : 1;
  const start = takes === 'least' ? Number.POSITIVE_INFINITY : 0;
  const builder = tableBuilder(element, most + 1, groups, width, takes);
  const always = new Uint8Array(groups);
  const sometimes = new Uint8Array(groups);
  /** By class, the last visit of a leaf that had a weight of it. */
  const seen = new Int32Array(groups);
  let visits = 0;
  for (const [t, { nodes, leaves, childOf }] of trees.entries()) {
    const values = new Float64Array(leaves.length * width).fill(start);
    const counts = new Int32Array(groups);
    for (const [l, leaf] of leaves.entries()) {
      const [first, end] = [starts[leaf]!, starts[leaf + 1]!];
      if (first === end) throw new ModelFault(`tree ${t} has a leaf without a weight`);
      visits++;
      for (let i = first; i < end; i++) {
        const id = ids[i]!;
        if (!(id >= 0 && id < groups))
          throw new ModelFault(`a weight is for class or target ${id}, but there are ${groups}`);
        if (seen[id] === visits) throw new ModelFault(`tree ${t} has a leaf with two weights of ${id}`);
        seen[id] = visits;
        values[l * width + (isSingle ? 0 : id)] = sign * round(weights[i]!);
        counts[id]!++;
      }
    }
    for (let id = 0; id < groups; id++) {
      if (counts[id] === leaves.length) always[id] = 1;
      else if (counts[id]! > 0) sometimes[id] = 1;
    }
    builder.add(fileTree(listed, nodes, childOf, values, isSingle ? single[t]! : 0, round));
  }
  const scored = Array.from(always, (isAlways, id) =>
    isAlways === 1 ? true : sometimes[id] === 1 ? null : false,
  );
  return { table: builder.build(new Float64Array(groups).fill(start)), scored };
}

/** The nodes and leaves of one tree, as indices into the lists. */
interface Reached {
  readonly nodes: readonly number[];
  readonly leaves: readonly number[];
  /** Both children of each node as indices into `nodes`, or `~` indices into `leaves`; first for a true test. */
  readonly childOf: readonly number[];
}

function reach({ whenTrue, whenFalse, modes: kinds, starts }: Listed, root: number): Reached {
  const nodes: number[] = [];
  const leaves: number[] = [];
  const childOf: number[] = [];
  const place = (at: number): number => {
    if (at >= 0) {
      if (at >= kinds.length)
        throw new ModelFault(`a child is node ${at}, but there are ${kinds.length} nodes`);
      return nodes.push(at) - 1;
    }
    if (~at >= starts.length - 1)
      throw new ModelFault(`a child is leaf ${~at}, but there are ${starts.length - 1} leaves`);
    return ~(leaves.push(~at) - 1);
  };
  place(root);
  // Children are appended, so that each node is visited once; a cycle would go on for ever.
  for (let i = 0; i < nodes.length; i++) {
    if (nodes.length > kinds.length) throw new ModelFault('a node is reached twice, so it is not a tree');
    const at = nodes[i]!;
    childOf.push(place(whenTrue[at]!), place(whenFalse[at]!));
  }
  return { nodes, leaves, childOf };
}

/** Returns the only class or target for which all leaves of a tree have one weight; null if several. */
function groupOf({ starts, ids }: Listed, leaves: readonly number[]): number | null {
  const group = ids[starts[leaves[0]!]!] ?? null;
  return leaves.every((leaf) => starts[leaf + 1]! - starts[leaf]! === 1 && ids[starts[leaf]!] === group)
    ? group
    : null;
}

function fileTree(
  { features, values, modes: kinds, tracks, members }: Listed,
  nodes: readonly number[],
  childOf: Reached['childOf'],
  leaves: Float64Array,
  group: number,
  round: (value: number) => number,
): FileTree {
  const [left, right] = [new Int32Array(nodes.length), new Int32Array(nodes.length)];
  const codes = new Uint8Array(nodes.length);
  for (const [i, at] of nodes.entries()) {
    const { rule: kind, isTrueLeft } = kinds[at]!;
    const [whenTrue, whenFalse] = [childOf[2 * i]!, childOf[2 * i + 1]!];
    left[i] = isTrueLeft ? whenTrue : whenFalse;
    right[i] = isTrueLeft ? whenFalse : whenTrue;
    // A missing value fails every test but that for inequality, unless the node says that it passes.
    const passes = tracks[at] === 1 || (kind === rule.equal && !isTrueLeft);
    codes[i] = kind + (passes === isTrueLeft ? defaultLeft : 0);
  }
  return {
    group,
    root: nodes.length === 0 ? -1 : 0,
    feature: nodes.map((at) => features[at]!),
    threshold: nodes.map((at) => round(values[at]!)),
    left,
    right,
    rule: codes,
    set: (node) => new Uint32Array((members.get(nodes[node]!) ?? new Float64Array(0)).slice().buffer),
    leaves,
    linear: null,
  };
}

function fail(what: string): never {
  throw new ModelFault(what);
}
