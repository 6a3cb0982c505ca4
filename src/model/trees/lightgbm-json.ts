import { type LightgbmFacts, lightgbmMeaning, numberRule } from './lightgbm-model.js';
import { Members, ModelFault, type ModelValue } from './model-value.js';
import { type Rounds, roundsOf, type TreeModel } from './tree-model.js';
import { type FileTree, rule, tableBuilder } from './tree-table.js';

/** Reads the parsed JSON of LightGBM's `Booster.dump_model`. Throws `ModelFault` for anything else. */
export function readLightgbmJson(value: ModelValue, asked: Rounds): TreeModel {
  const model = new Members(value, '');
  const facts = factsOf(model);
  const perRound = facts.treesPerRound;
  const trees = model.list('tree_info');
  const all = Math.floor(trees.length / perRound);
  const rounds = roundsOf(asked, all, null);
  const builder = tableBuilder('float64', facts.names.length, perRound);
  for (const [i, tree] of trees.slice(0, rounds * perRound).entries())
    builder.add(treeOf(new Members(tree, `tree ${i}`), i % perRound));
  const notes =
    rounds < all ? [`the first ${rounds} of ${all} rounds are scored, as "model.rounds" says`] : [];
  return {
    format: 'a LightGBM model in JSON',
    ...lightgbmMeaning(facts, rounds),
    table: builder.build(new Float64Array(perRound)),
    notes,
  };
}

function factsOf(model: Members): LightgbmFacts {
  const names = model.texts('feature_names');
  if (names.length !== model.whole('max_feature_idx') + 1)
    throw new ModelFault(
      `"feature_names" has ${names.length} names, expected ${model.whole('max_feature_idx') + 1}`,
    );
  const infos = model.object('feature_infos');
  const pandas = model.get('pandas_categorical') ?? null;
  return {
    version: model.text('version', ''),
    classes: positive(model, 'num_class'),
    treesPerRound: positive(model, 'num_tree_per_iteration'),
    objective: model.has('objective') ? model.text('objective') : null,
    isAverage: model.get('average_output') === true,
    names,
    isCategorical: names.map((name) => infos.has(name) && infos.object(name).list('values').length > 0),
    pandasCategories: pandas === null ? [] : model.list('pandas_categorical').map(listOf),
  };
}

function positive(model: Members, name: string): number {
  const value = model.whole(name);
  if (value < 1) throw new ModelFault(`"${name}" is ${value}, not 1 or more`);
  return value;
}

function listOf(value: ModelValue): readonly unknown[] {
  if (value instanceof Float64Array) return Array.from(value);
  if (Array.isArray(value)) return value;
  throw new ModelFault('"pandas_categorical" is not a list of lists');
}

/** Nodes and leaves in the order in which they are read. */
interface Flat {
  readonly feature: number[];
  readonly threshold: number[];
  readonly left: number[];
  readonly right: number[];
  readonly rule: number[];
  readonly sets: Map<number, Uint32Array>;
  readonly leaves: number[];
  readonly covers: { readonly nodes: number[]; readonly leaves: number[] };
  readonly constants: number[];
  readonly features: Float64Array[];
  readonly coefficients: Float64Array[];
  isLinear: boolean;
}

function treeOf(tree: Members, group: number): FileTree {
  const flat: Flat = {
    feature: [],
    threshold: [],
    left: [],
    right: [],
    rule: [],
    sets: new Map(),
    leaves: [],
    covers: { nodes: [], leaves: [] },
    constants: [],
    features: [],
    coefficients: [],
    isLinear: false,
  };
  const root = placeNode(tree.object('tree_structure'), flat);
  const expected = tree.whole('num_leaves');
  if (flat.leaves.length !== expected)
    throw new ModelFault(`${tree.where} has ${flat.leaves.length} leaves, but "num_leaves" says ${expected}`);
  const { sets, constants, features, coefficients, isLinear, ...rest } = flat;
  return {
    group,
    root,
    ...rest,
    set: (node) => sets.get(node)!,
    linear: isLinear ? { constants, features, coefficients } : null,
  };
}

/** Adds a node or a leaf with everything below it, and returns its index; the reader bounds the depth. */
function placeNode(node: Members, flat: Flat): number {
  if (!node.has('split_feature')) return placeLeaf(node, flat);
  const index = flat.feature.length;
  flat.feature.push(node.whole('split_feature'));
  flat.covers.nodes.push(coverOf(node, 'internal_count'));
  const isLeft = node.get('default_left') === true;
  const type = node.text('decision_type');
  if (type === '==') {
    flat.rule.push(rule.membersLeft);
    flat.threshold.push(0);
    flat.sets.set(index, setOf(node.text('threshold'), node.where));
  } else if (type === '<=') {
    const missing = ['None', 'Zero', 'NaN'].indexOf(node.text('missing_type'));
    if (missing < 0)
      throw new ModelFault(`${node.where} has the missing type "${node.text('missing_type')}"`);
    flat.rule.push(numberRule(missing, isLeft));
    flat.threshold.push(thresholdOf(node.number('threshold')));
  } else throw new ModelFault(`${node.where} has the decision type "${type}"`);
  flat.left.push(0);
  flat.right.push(0);
  const where = shortened(node.where);
  flat.left[index] = placeNode(new Members(node.get('left_child'), where), flat);
  flat.right[index] = placeNode(new Members(node.get('right_child'), where), flat);
  return index;
}

/** Returns how many rows of the training reached a node or a leaf; NaN where the file does not say it. */
function coverOf(node: Members, key: string): number {
  return node.has(key) ? node.number(key) : Number.NaN;
}

/** Names the tree of a node, not the path to it. */
function shortened(where: string): string {
  return `a node of ${where.replace(/^.* of /, '')}`;
}

function placeLeaf(leaf: Members, flat: Flat): number {
  flat.leaves.push(leaf.number('leaf_value'));
  flat.covers.leaves.push(coverOf(leaf, 'leaf_count'));
  const isLinear = leaf.has('leaf_const');
  flat.isLinear ||= isLinear;
  flat.constants.push(isLinear ? leaf.number('leaf_const') : leaf.number('leaf_value'));
  const features = isLinear ? leaf.numbers('leaf_features') : new Float64Array(0);
  flat.features.push(features);
  flat.coefficients.push(isLinear ? leaf.numbers('leaf_coeff', features.length) : features);
  return ~(flat.leaves.length - 1);
}

/** LightGBM's JSON writes this for infinity: a threshold that splits missing values from all others. */
const largest = 1e300;

function thresholdOf(written: number): number {
  return Math.abs(written) < largest ? written : Math.sign(written) * Number.POSITIVE_INFINITY;
}

const mostCategory = 2 ** 24;

/** Returns the bits of `3||17||20`. */
function setOf(text: string, where: string): Uint32Array {
  const categories = text.split('||').map((word) => (/^\d+$/.test(word) ? Number(word) : Number.NaN));
  if (!categories.every((category) => category < mostCategory))
    throw new ModelFault(`${where} has the categories "${text.slice(0, 40)}"`);
  const words = new Uint32Array((categories.reduce((most, one) => Math.max(most, one), 0) >> 5) + 1);
  for (const category of categories) words[category >> 5]! |= 1 << (category & 31);
  return words;
}
