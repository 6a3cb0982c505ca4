import type { NodeProto, TensorProto } from '../../../src/model/onnx-messages.js';
import { elementTypes } from '../../../src/model/onnx-schema.js';
import { mlNode, type Sketch } from '../make-model.js';

/** A random tree ensemble in a few words. */
export interface EnsembleShape {
  readonly op: 'TreeEnsembleClassifier' | 'TreeEnsembleRegressor' | 'TreeEnsemble';
  readonly element: 'float32' | 'float64';
  readonly seed: number;
  readonly trees: number;
  readonly leaves: number;
  readonly features: number;
  /** Classes or targets. */
  readonly groups: number;
  /** The weights of a leaf: of one class of its tree, of every class, or of the given class alone. */
  readonly weights: 'one' | 'all' | number;
  readonly isPositive: boolean;
  readonly modes: readonly string[];
  readonly tracks: boolean;
  readonly base: number;
  readonly transform: string;
  readonly aggregate: string;
  readonly labels: 'ints' | 'strings';
}

export const branchModes = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ'];
/** Of TreeEnsemble alone; its place is its number. */
export const member = 'BRANCH_MEMBER';
const listedModes = [...branchModes, member];
export const transforms = ['NONE', 'LOGISTIC', 'SOFTMAX', 'SOFTMAX_ZERO', 'PROBIT'];
export const aggregates = ['AVERAGE', 'SUM', 'MIN', 'MAX'];

/** A graph of one ensemble, `x` in and its own outputs out. */
export function randomEnsemble(shape: EnsembleShape, next: () => number): Sketch {
  const { op, element, groups } = shape;
  const isClassifier = op === 'TreeEnsembleClassifier';
  const node = op === 'TreeEnsemble' ? listedNode(shape, next) : attributeNode(shape, next);
  const scores = [op === 'TreeEnsemble' ? element : 'float32', 'N', groups] as const;
  return {
    opsets: { '': 18, 'ai.onnx.ml': op === 'TreeEnsemble' ? 5 : 3 },
    inputs: { x: [element, 'N', shape.features] },
    outputs: {
      ...(isClassifier ? { label: [shape.labels === 'ints' ? 'int64' : 'string', 'N'] as const } : {}),
      scores,
    },
    nodes: [node],
  };
}

interface Grown {
  /** Tree, number, feature, value, mode, true and false child of each node, in order. */
  readonly rows: {
    tree: number;
    id: number;
    feature: number;
    value: number;
    mode: string;
    whenTrue: number;
    whenFalse: number;
    track: number;
  }[];
  readonly weights: { tree: number; node: number; id: number; weight: number }[];
}

function grow(shape: EnsembleShape, next: () => number): Grown {
  const grown: Grown = { rows: [], weights: [] };
  const pick = (below: number) => Math.floor(next() * below);
  const value = () => (next() < 0.3 ? pick(5) - 2 : Math.fround((next() - 0.5) * 4));
  for (let tree = 0; tree < shape.trees; tree++) {
    let used = 0;
    const group = typeof shape.weights === 'number' ? shape.weights : tree % shape.groups;
    const add = (size: number): number => {
      const id = used++;
      const row = { tree, id, feature: 0, value: 0, mode: 'LEAF', whenTrue: 0, whenFalse: 0, track: 0 };
      grown.rows.push(row);
      if (size === 1) {
        const ids = shape.weights === 'all' ? Array.from({ length: shape.groups }, (_, i) => i) : [group];
        for (const one of ids) {
          const drawn = Math.fround(shape.isPositive ? next() / 4 : (next() - 0.5) * 2);
          const weight = pick(8) === 0 ? 0 : drawn;
          grown.weights.push({ tree, node: id, id: one, weight });
        }
        return id;
      }
      row.feature = pick(shape.features);
      row.value = value();
      row.mode = shape.modes[pick(shape.modes.length)]!;
      row.track = shape.tracks ? pick(2) : 0;
      const first = 1 + pick(size - 1);
      row.whenTrue = add(first);
      row.whenFalse = add(size - first);
      return id;
    };
    add(1 + pick(shape.leaves));
  }
  return grown;
}

function attributeNode(shape: EnsembleShape, next: () => number): NodeProto {
  const { rows, weights } = grow(shape, next);
  const isClassifier = shape.op === 'TreeEnsembleClassifier';
  const prefix = isClassifier ? 'class' : 'target';
  const classes = Array.from({ length: shape.groups }, (_, i) =>
    shape.labels === 'ints' ? 7 - 3 * i : `c${i}`,
  );
  const base = Float32Array.from({ length: shape.base }, () => next() - 0.5);
  const node = mlNode(shape.op, ['x'], isClassifier ? ['label', 'scores'] : ['scores'], {
    nodes_treeids: rows.map(({ tree }) => tree),
    nodes_nodeids: rows.map(({ id }) => id),
    nodes_featureids: rows.map(({ feature }) => feature),
    nodes_values: Float32Array.from(rows, ({ value }) => value),
    nodes_modes: rows.map(({ mode }) => mode),
    nodes_truenodeids: rows.map(({ whenTrue }) => whenTrue),
    nodes_falsenodeids: rows.map(({ whenFalse }) => whenFalse),
    ...(shape.tracks ? { nodes_missing_value_tracks_true: rows.map(({ track }) => track) } : {}),
    [`${prefix}_treeids`]: weights.map(({ tree }) => tree),
    [`${prefix}_nodeids`]: weights.map(({ node: id }) => id),
    [`${prefix}_ids`]: weights.map(({ id }) => id),
    [`${prefix}_weights`]: Float32Array.from(weights, ({ weight }) => weight),
    ...(base.length > 0 ? { base_values: base } : {}),
    ...(isClassifier
      ? { [shape.labels === 'ints' ? 'classlabels_int64s' : 'classlabels_strings']: classes as number[] }
      : { n_targets: shape.groups }),
  });
  const text = (name: string, value: string) => ({ name, type: 3, s: Buffer.from(value) });
  node.attribute!.push(text('post_transform', shape.transform));
  if (!isClassifier) node.attribute!.push(text('aggregate_function', shape.aggregate));
  return node;
}

/** Up to six whole numbers (the runtime refuses others) for each node that tests for members, then NaN. */
function membersOf(nodes: readonly { readonly mode: string }[], next: () => number): number[] {
  const value = () => Math.floor(next() * 40) - 4;
  return nodes
    .filter(({ mode }) => mode === member)
    .flatMap(() => [...Array.from({ length: 1 + Math.floor(next() * 6) }, value), Number.NaN]);
}

/** A TreeEnsemble of ai.onnx.ml 5: nodes and leaves in lists of their own. */
function listedNode(shape: EnsembleShape, next: () => number): NodeProto {
  const { rows, weights } = grow(
    { ...shape, weights: shape.weights === 'all' ? 'one' : shape.weights },
    next,
  );
  const inner = rows.filter(({ mode }) => mode !== 'LEAF');
  const nodeAt = new Map(inner.map((row, i) => [`${row.tree} ${row.id}`, i]));
  const leafAt = new Map(weights.map((weight, i) => [`${weight.tree} ${weight.node}`, i]));
  const roots: number[] = [];
  const nodes = inner.map((row) => {
    const child = (id: number) => {
      const key = `${row.tree} ${id}`;
      const leaf = leafAt.get(key);
      return leaf === undefined ? { isLeaf: 0, at: nodeAt.get(key)! } : { isLeaf: 1, at: leaf };
    };
    return { ...row, whenTrue: child(row.whenTrue), whenFalse: child(row.whenFalse) };
  });
  for (const row of rows.filter(({ id }) => id === 0)) {
    const key = `${row.tree} 0`;
    const leaf = leafAt.get(key);
    if (leaf === undefined) roots.push(nodeAt.get(key)!);
    else {
      roots.push(nodes.length);
      const same = { isLeaf: 1, at: leaf };
      nodes.push({ ...row, mode: 'BRANCH_LEQ', whenTrue: same, whenFalse: same });
    }
  }
  const tensor = (name: string, t: TensorProto) => ({ name, type: 4, t });
  const type = elementTypes.indexOf(shape.element);
  const floats = (name: string, values: number[]) =>
    tensor(name, {
      dims: [values.length],
      data_type: type,
      ...(shape.element === 'float32' ? { float_data: values } : { double_data: values }),
    });
  const node = mlNode('TreeEnsemble', ['x'], ['scores'], {
    n_targets: shape.groups,
    aggregate_function: aggregates.indexOf(shape.aggregate),
    post_transform: transforms.indexOf(shape.transform),
    tree_roots: roots,
    nodes_featureids: nodes.map(({ feature }) => feature),
    nodes_truenodeids: nodes.map(({ whenTrue }) => whenTrue.at),
    nodes_falsenodeids: nodes.map(({ whenFalse }) => whenFalse.at),
    nodes_trueleafs: nodes.map(({ whenTrue }) => whenTrue.isLeaf),
    nodes_falseleafs: nodes.map(({ whenFalse }) => whenFalse.isLeaf),
    ...(shape.tracks ? { nodes_missing_value_tracks_true: nodes.map(({ track }) => track) } : {}),
    leaf_targetids: weights.map(({ id }) => id),
  });
  node.attribute!.push(
    floats(
      'nodes_splits',
      nodes.map(({ value }) => value),
    ),
    floats(
      'leaf_weights',
      weights.map(({ weight }) => weight),
    ),
    ...(shape.modes.includes(member) ? [floats('membership_values', membersOf(nodes, next))] : []),
    tensor('nodes_modes', {
      dims: [nodes.length],
      data_type: elementTypes.indexOf('uint8'),
      raw_data: Uint8Array.from(nodes, ({ mode }) => listedModes.indexOf(mode)),
    }),
  );
  return node;
}
