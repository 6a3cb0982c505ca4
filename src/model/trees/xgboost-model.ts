import { Members, ModelFault, type ModelValue } from './model-value.js';
import {
  type Answer,
  categoriesOf,
  identity,
  type Link,
  type Rounds,
  roundsOf,
  type TreeFeature,
  type TreeModel,
  uniqueNames,
} from './tree-model.js';
import { defaultLeft, type FileTree, rule, tableBuilder } from './tree-table.js';

/**
 * Reads XGBoost's model as `Booster.save_model` writes it to `.json` and `.ubj`, already parsed. Throws
 * `ModelFault` for what XGBoost does not write, and for boosters and trees that this program does not score.
 */
export function readXgboost(value: ModelValue, format: 'JSON' | 'UBJSON', asked: Rounds): TreeModel {
  const file = new Members(value, '');
  const learner = file.object('learner');
  const parameters = learner.object('learner_model_param');
  const booster = learner.object('gradient_booster');
  const { model, weights } = boosterOf(booster);
  const objective = learner.object('objective').text('name');
  const classes = atLeast(0, parameters, 'num_class', 0);
  const groups = Math.max(atLeast(1, parameters, 'num_target', 1), classes);
  const features = parameters.whole('num_feature');
  const meaning = meaningOf(objective, groups, classes);
  const { trees, notes } = roundsToScore(model, learner, asked, groups);
  const groupOf = model.numbers('tree_info');
  const files = model.list('trees');
  if (files.length !== groupOf.length)
    throw new ModelFault(`"tree_info" has ${groupOf.length} entries for ${files.length} trees`);
  const ordered = inOrder(files);
  const builder = tableBuilder('float32', features, groups);
  for (let i = 0; i < trees; i++) builder.add(treeOf(ordered[i]!, groupOf[i]!, weights?.[i] ?? 1));
  const version = versionOf(file);
  const named = featuresOf(learner, model, features, version);
  return {
    format: `an XGBoost model in ${format}`,
    producer: `XGBoost ${version.join('.')}`.trim(),
    objective,
    table: builder.build(basesOf(parameters, groups, meaning.toMargin)),
    features: named,
    isUnnamed: named.every(({ name }, i) => name === `f${i}`),
    divisor: 1,
    answer: meaning.answer,
    notes,
  };
}

function atLeast(low: number, parameters: Members, name: string, fallback: number): number {
  const value = parameters.whole(name, fallback);
  if (value < low) throw new ModelFault(`"${name}" is ${value}, not ${low} or more`);
  return value;
}

function versionOf(file: Members): readonly number[] {
  return file.has('version') ? Array.from(file.numbers('version')) : [];
}

/** Returns the trees of a booster, and the weights of DART. */
function boosterOf(booster: Members): { readonly model: Members; readonly weights: Float64Array | null } {
  const name = booster.text('name');
  if (name === 'gbtree') return { model: booster.object('model'), weights: null };
  if (name !== 'dart')
    throw new ModelFault(`its booster is "${name}", but only trees ("gbtree" and "dart") are supported`);
  const trees = booster.object('gbtree').object('model');
  return { model: trees, weights: booster.numbers('weight_drop', trees.list('trees').length) };
}

/**
 * Returns how many trees to score. By default as the trainer's own `predict`: scikit-learn's classes stop at
 * the best round of early stopping, `Booster.predict` does not.
 */
function roundsToScore(
  model: Members,
  learner: Members,
  asked: Rounds,
  groups: number,
): { readonly trees: number; readonly notes: readonly string[] } {
  const attributes = learner.has('attributes') ? learner.object('attributes') : null;
  const counts = model.object('gbtree_model_param');
  const parallel = atLeast(0, counts, 'num_parallel_tree', 1);
  const trees = model.list('trees').length;
  const declared = counts.whole('num_trees', trees);
  if (declared !== trees) throw new ModelFault(`"num_trees" is ${declared}, and there are ${trees} trees`);
  const ends = model.has('iteration_indptr')
    ? model.numbers('iteration_indptr')
    : Float64Array.from(
        { length: Math.floor(trees / (groups * Math.max(1, parallel))) + 1 },
        (_, i) => i * groups * parallel,
      );
  if (
    ends.length === 0 ||
    ends[0] !== 0 ||
    ends.at(-1) !== trees ||
    !ends.every((end, i) => i === 0 || end >= ends[i - 1]!)
  )
    throw new ModelFault(`"iteration_indptr" does not count the ${trees} trees`);
  const all = ends.length - 1;
  const best = attributes?.has('best_iteration') ? attributes.whole('best_iteration') + 1 : null;
  const isSklearn = attributes?.has('scikit_learn') ?? false;
  const usable = best !== null && best >= 1 && best <= all ? best : null;
  const rounds = roundsOf(asked, all, isSklearn ? usable : null);
  const notes: string[] = [];
  if (asked === 'auto' && usable !== null && usable < all) {
    notes.push(
      isSklearn
        ? `the first ${rounds} of ${all} rounds are scored, up to the best of early stopping, as scikit-learn's classes of XGBoost do; "model.rounds: all" scores all of them`
        : `all ${all} rounds are scored, as Booster.predict does, though round ${usable} was the best of early stopping; "model.rounds: ${usable}" stops there`,
    );
  } else if (rounds < all)
    notes.push(`the first ${rounds} of ${all} rounds are scored, as "model.rounds" says`);
  return { trees: ends[rounds]!, notes };
}

/** Returns the trees by their "id", which is the order in which they are added. */
function inOrder(files: readonly ModelValue[]): readonly Members[] {
  const ordered = new Array<Members | undefined>(files.length);
  for (const [i, file] of files.entries()) {
    const tree = new Members(file, `tree ${i}`);
    const id = tree.whole('id', i);
    if (id < 0 || id >= files.length || ordered[id] !== undefined)
      throw new ModelFault(`the "id" ${id} of tree ${i} is taken or too large`);
    ordered[id] = tree;
  }
  return ordered as readonly Members[];
}

function treeOf(tree: Members, group: number, weight: number): FileTree {
  const { where } = tree;
  const parameters = tree.object('tree_param');
  if (parameters.whole('size_leaf_vector', 1) > 1)
    throw new ModelFault(
      `${where} has several values in a leaf ("multi_output_tree"), which is not supported`,
    );
  const size = parameters.whole('num_nodes');
  const lefts = tree.numbers('left_children', size);
  const rights = tree.numbers('right_children', size);
  const conditions = tree.numbers('split_conditions', size);
  const defaults = tree.numbers('default_left', size);
  const types = tree.has('split_type') ? tree.numbers('split_type', size) : new Float64Array(size);
  const sets = setsOf(tree);
  const covers = tree.has('sum_hessian') ? tree.numbers('sum_hessian', size) : null;
  const [threshold, leaves] = [new Float64Array(size), new Float64Array(size)];
  const [left, right] = [new Float64Array(size), new Float64Array(size)];
  const rules = new Uint8Array(size);
  // A node is a leaf if it has no left child; its right child is the node after the left one.
  const placed = (child: number) => (lefts[child] === -1 ? ~child : child);
  for (let node = 0; node < size; node++) {
    const condition = Math.fround(conditions[node]!);
    if (!Number.isFinite(condition))
      throw new ModelFault(
        `${where}: the threshold or value of node ${node} is ${conditions[node]}, not a number of float32`,
      );
    threshold[node] = condition;
    // DART multiplies each leaf by the weight of its tree, in float32.
    leaves[node] = Math.fround(condition * Math.fround(weight));
    const type = types[node]!;
    if (type !== 0 && type !== 1) throw new ModelFault(`${where}: node ${node} has the type ${type}`);
    rules[node] = (type === 1 ? rule.membersRight : rule.below) + (defaults[node] === 0 ? 0 : defaultLeft);
    if (lefts[node] !== -1 && rights[node] !== lefts[node]! + 1)
      throw new ModelFault(`${where}: the children of node ${node} are not neighbors`);
    left[node] = placed(lefts[node]!);
    right[node] = placed(rights[node]!);
  }
  return {
    group,
    root: placed(0),
    feature: tree.numbers('split_indices', size),
    threshold,
    left,
    right,
    rule: rules,
    set(node) {
      const found = sets.get(node);
      if (found === undefined) throw new ModelFault(`${where}: node ${node} has no categories`);
      return found;
    },
    leaves,
    linear: null,
    covers: covers === null ? null : { nodes: covers, leaves: covers },
  };
}

const mostCategory = 2 ** 24;

/** Returns the categories of the nodes that test for them, as bits. */
function setsOf(tree: Members): ReadonlyMap<number, Uint32Array> {
  const sets = new Map<number, Uint32Array>();
  if (!tree.has('categories_nodes')) return sets;
  const nodes = tree.numbers('categories_nodes');
  const starts = tree.numbers('categories_segments', nodes.length);
  const sizes = tree.numbers('categories_sizes', nodes.length);
  const categories = tree.numbers('categories');
  for (const [i, node] of nodes.entries()) {
    if (sets.has(node)) throw new ModelFault(`${tree.where}: node ${node} has two sets of categories`);
    const [start, end] = [starts[i]!, starts[i]! + sizes[i]!];
    const listed = categories.subarray(start, end);
    if (!(start >= 0 && end <= categories.length && listed.length === sizes[i]))
      throw new ModelFault(`${tree.where}: the categories of node ${node} lie outside of the list`);
    if (!listed.every((one) => Number.isInteger(one) && one >= 0 && one < mostCategory))
      throw new ModelFault(
        `${tree.where}: a category of node ${node} is not a whole number from 0 to ${mostCategory}`,
      );
    const words = new Uint32Array((listed.reduce((most, one) => Math.max(most, one), 0) >> 5) + 1);
    for (const one of listed) words[one >> 5]! |= 1 << (one & 31);
    sets.set(node, words);
  }
  return sets;
}

function featuresOf(
  learner: Members,
  model: Members,
  count: number,
  version: readonly number[],
): TreeFeature[] {
  const names = uniqueNames(learner.has('feature_names') ? learner.texts('feature_names') : []);
  if (names.length !== 0 && names.length !== count)
    throw new ModelFault(`"feature_names" has ${names.length} names for ${count} features`);
  const encodings = model.has('cats') ? model.object('cats').list('enc') : [];
  return Array.from({ length: count }, (_, i) => {
    const name = names[i] ?? `f${i}`;
    return {
      name,
      categories: encodings[i] === undefined ? null : encodedCategories(encodings[i]!, name, version),
    };
  });
}

/**
 * Returns the stored categories of a data frame's column: texts as bytes and offsets, or numbers; or null.
 */
function encodedCategories(
  value: ModelValue,
  name: string,
  version: readonly number[],
): TreeFeature['categories'] {
  const encoding = new Members(value, `the categories of "${name}"`);
  const values = encoding.numbers('values');
  if (!encoding.has('offsets'))
    return values.length === 0 ? null : categoriesOf(Array.from(values), `"${name}"`);
  const offsets = encoding.numbers('offsets');
  if (offsets.length === 0) return null;
  const bytes = Buffer.from(Uint8Array.from(values, (byte) => byte & 255));
  if (bytes.some((byte) => byte > 127) && isBefore(version, damagedUntil))
    throw new ModelFault(
      `the categories of "${name}" have letters beyond ASCII, which XGBoost ${version.join('.')} saves damaged`,
      `train with ASCII names or codes, or with XGBoost ${damagedUntil.join('.')}`,
    );
  const texts = Array.from({ length: offsets.length - 1 }, (_, i) =>
    bytes.toString('utf8', offsets[i], offsets[i + 1]),
  );
  return categoriesOf(texts, `"${name}"`);
}

/** Before this version, XGBoost cut the texts of categories by letters, not bytes, and lost the last. */
const damagedUntil = [3, 4] as const;

function isBefore(
  [major = 0, minor = 0]: readonly number[],
  [high, low]: readonly [number, number],
): boolean {
  return major < high || (major === high && minor < low);
}

/** Returns the sums' start values: `base_score` is a number, or a list since 3.1, on the answer's scale. */
function basesOf(parameters: Members, groups: number, toMargin: (score: number) => number): Float64Array {
  const text = parameters.text('base_score');
  const words = text.replace(/^\[(.*)\]$/s, '$1').split(',');
  const scores = words.map((word) => (word.trim() === '' ? Number.NaN : Math.fround(Number(word))));
  if (!scores.every(Number.isFinite))
    throw new ModelFault(`"base_score" is "${text.slice(0, 40)}", not numbers`);
  if (scores.length !== 1 && scores.length !== groups)
    throw new ModelFault(`"base_score" has ${scores.length} values for ${groups} classes or targets`);
  const margins = Float64Array.from({ length: groups }, (_, i) => toMargin(scores[i] ?? scores[0]!));
  if (!margins.every(Number.isFinite))
    throw new ModelFault(`"base_score" is "${text.slice(0, 40)}", which its objective does not allow`);
  return margins;
}

interface Meaning {
  readonly answer: Answer;
  /** Turns `base_score` into a sum, in float32. */
  readonly toMargin: (score: number) => number;
}

function meaningOf(objective: string, groups: number, classes: number): Meaning {
  const score = (link: Link, toMargin = unchanged): Meaning => ({
    answer: { kind: 'score', link },
    toMargin,
  });
  const sigmoid: Link = { kind: 'sigmoid', slope: 1 };
  const oneSum = (meaning: Meaning): Meaning => {
    if (groups === 1 || meaning.answer.kind === 'score') return meaning;
    // Several labels, each yes or no: one probability for each.
    if (meaning.answer.kind === 'binary')
      return { ...meaning, answer: { kind: 'score', link: meaning.answer.link } };
    throw new ModelFault(`its objective "${objective}" has ${groups} targets, which is not supported`);
  };
  switch (objective) {
    case 'reg:squarederror':
    case 'reg:linear':
    case 'reg:squaredlogerror':
    case 'reg:pseudohubererror':
    case 'reg:absoluteerror':
    case 'reg:quantileerror':
    case 'binary:logitraw':
    case 'rank:ndcg':
    case 'rank:map':
    case 'rank:pairwise':
      return score(identity);
    case 'reg:logistic':
      return score(sigmoid, logit);
    case 'binary:logistic':
      return oneSum({ answer: { kind: 'binary', link: sigmoid }, toMargin: logit });
    case 'binary:hinge':
      return oneSum({ answer: { kind: 'sign' }, toMargin: unchanged });
    case 'count:poisson':
    case 'reg:gamma':
    case 'reg:tweedie':
    case 'survival:cox':
    case 'survival:aft':
      return score({ kind: 'exp' }, (value) => Math.fround(Math.log(value)));
    case 'multi:softprob':
    case 'multi:softmax':
      if (classes === groups && classes > 1)
        return { answer: { kind: 'classes', link: { kind: 'softmax' } }, toMargin: unchanged };
      throw new ModelFault(`its objective "${objective}" has ${classes} classes`);
    default:
      throw new ModelFault(`its objective "${objective}" is not supported`);
  }
}

function unchanged(value: number): number {
  return value;
}

const nearOne = Math.fround(1e-6);

/** Returns the logit of a probability held within (0, 1), step by step in float32 as XGBoost computes it. */
function logit(probability: number): number {
  const { fround } = Math;
  const held = Math.min(Math.max(probability, nearOne), fround(1 - nearOne));
  return -fround(Math.log(fround(fround(1 / held) - 1)));
}
