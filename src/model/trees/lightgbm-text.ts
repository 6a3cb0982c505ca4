import { checkHeapRoom } from '../../process/heap-room.js';
import { parseJson } from '../../text/parse-json.js';
import { type LightgbmFacts, lightgbmMeaning, numberRule } from './lightgbm-model.js';
import { ModelFault } from './model-value.js';
import { type Rounds, roundsOf, type TreeModel } from './tree-model.js';
import { type FileTree, rule, tableBuilder } from './tree-table.js';

/**
 * Reads LightGBM's own text, as `Booster.save_model` writes it. Throws `ModelFault` with the line or the tree
 * for a file that is cut short or does not hold what LightGBM writes.
 */
export function readLightgbmText(bytes: Buffer, asked: Rounds): TreeModel {
  const lines = new Lines(bytes);
  const header = readHeader(lines);
  // A tree is read twice, once to check it and once for the table, so that only one tree's texts are in
  // memory.
  const trees: Position[] = [];
  while (lines.current?.startsWith('Tree=')) {
    trees.push(lines.position);
    if (trees.length % treesBetween === 0) checkHeapRoom('reading the model');
    readSection(lines, trees.length - 1);
  }
  if (lines.current !== 'end of trees')
    throw new ModelFault(`the file ends or breaks off in tree ${trees.length}, ${lines.where}`);
  const rest = readRest(lines, header.text('version', ''));
  const announced = header.text('tree_sizes', '').split(' ').filter(Boolean).length;
  if (header.has('tree_sizes') && announced !== trees.length)
    throw new ModelFault(`the file declares ${announced} trees but has ${trees.length}`);
  const facts = factsOf(header, rest);
  const perRound = facts.treesPerRound;
  const all = Math.floor(trees.length / perRound);
  const rounds = roundsOf(asked, all, null);
  const builder = tableBuilder('float64', facts.names.length, perRound);
  for (const [i, position] of trees.slice(0, rounds * perRound).entries()) {
    lines.goTo(position);
    builder.add(treeOf(readSection(lines, i), i % perRound));
  }
  const notes =
    rounds < all ? [`the first ${rounds} of ${all} rounds are scored, as "model.rounds" says`] : [];
  return {
    format: 'a LightGBM model',
    ...lightgbmMeaning(facts, rounds),
    table: builder.build(new Float64Array(perRound)),
    notes,
  };
}

/** Number of trees between two checks of the memory. */
const treesBetween = 1024;

/** Where a line begins, and its number. */
interface Position {
  readonly start: number;
  readonly number: number;
}

/** The lines of a file, without their ends. */
class Lines {
  readonly #bytes: Buffer;
  #start = 0;
  #next = 0;
  #number = 0;
  /** The current line; null after the last. */
  current: string | null = null;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.advance();
  }

  get where(): string {
    return `at line ${this.#number}`;
  }

  /** The position of the current line. */
  get position(): Position {
    return { start: this.#start, number: this.#number };
  }

  goTo({ start, number }: Position): void {
    this.#next = start;
    this.#number = number - 1;
    this.advance();
  }

  advance(): void {
    this.#start = this.#next;
    if (this.#next >= this.#bytes.length) {
      this.current = null;
      return;
    }
    const found = this.#bytes.indexOf(10, this.#next);
    const end = found < 0 ? this.#bytes.length : found;
    const last = end > this.#next && this.#bytes[end - 1] === 13 ? end - 1 : end;
    this.current = this.#bytes.toString('utf8', this.#next, last);
    this.#next = end + 1;
    this.#number++;
  }

  skipBlank(): void {
    while (this.current === '') this.advance();
  }
}

/** Keys and values of a part of the file, with the lines of the keys. */
class Section {
  readonly #name: string;
  readonly #values = new Map<string, { readonly text: string; readonly where: string }>();

  constructor(name: string) {
    this.#name = name;
  }

  add(line: string, where: string): void {
    const at = line.indexOf('=');
    const key = at < 0 ? line : line.slice(0, at);
    if (this.#values.has(key))
      throw new ModelFault(`"${key.slice(0, 40)}" of ${this.#name} occurs twice, the second time ${where}`);
    this.#values.set(key, { text: at < 0 ? '' : line.slice(at + 1), where });
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  text(key: string, fallback?: string): string {
    const found = this.#values.get(key)?.text ?? fallback;
    if (found === undefined) throw new ModelFault(`${this.#name} has no "${key}"`);
    return found;
  }

  whole(key: string, low: number, high: number, fallback?: number): number {
    const text = this.text(key, fallback === undefined ? undefined : String(fallback)).trim();
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= low && value <= high) return value;
    return this.#fail(key, `"${text.slice(0, 40)}" is not a whole number from ${low} to ${high}`);
  }

  /** Reads `length` numbers; `form` is what each looks like. */
  numbers(key: string, length: number, form = numberForm): Float64Array {
    const text = this.text(key);
    const values = new Float64Array(length);
    let count = 0;
    for (const word of text.split(' ')) {
      if (word === '') continue;
      const value = form.test(word) ? Number(word.replace('inf', 'Infinity')) : Number.NaN;
      if (Number.isNaN(value)) this.#fail(key, `"${word.slice(0, 40)}" is not a number`);
      if (!Number.isFinite(value) && !word.includes('inf'))
        this.#fail(key, `${word.slice(0, 40)} is too large for a number`);
      if (count < length) values[count] = value;
      count++;
    }
    if (count !== length) this.#fail(key, `it has ${count} values, expected ${length}`);
    return values;
  }

  #fail(key: string, what: string): never {
    throw new ModelFault(`"${key}" of ${this.#name}: ${what}, ${this.#values.get(key)?.where}`);
  }
}

const numberForm = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A threshold is infinite where it splits missing values from all others. */
const thresholdForm = /^[+-]?(?:inf|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/;

const mostLeaves = 2 ** 26;

function readHeader(lines: Lines): Section {
  const header = new Section('the header');
  for (; lines.current !== null && !lines.current.startsWith('Tree='); lines.advance()) {
    if (lines.current === 'end of trees') break;
    if (lines.current !== '') header.add(lines.current, lines.where);
  }
  return header;
}

/** Reads the keys of one tree up to the blank line after it. */
function readSection(lines: Lines, number: number): Section {
  const found = lines.current!.slice('Tree='.length);
  if (found !== String(number))
    throw new ModelFault(
      `tree ${found.slice(0, 40)} follows where tree ${number} is expected, ${lines.where}`,
    );
  const section = new Section(`tree ${number}`);
  for (lines.advance(); lines.current !== null && lines.current !== ''; lines.advance()) {
    if (lines.current === 'end of trees') break;
    section.add(lines.current, lines.where);
  }
  lines.skipBlank();
  return section;
}

interface Rest {
  /** The features that the parameters call categorical; null if they name none. */
  readonly categorical: readonly number[] | null;
  readonly pandas: readonly (readonly unknown[])[];
}

/** Reads what follows the trees: parameters, and the categories of a pandas data frame. */
function readRest(lines: Lines, version: string): Rest {
  let categorical: readonly number[] | null = null;
  let pandas: readonly (readonly unknown[])[] = [];
  let isWithin = false;
  // Older versions wrote no parameters.
  let isWhole = !/^v[34]$/.test(version);
  for (; lines.current !== null; lines.advance()) {
    const line = lines.current;
    if (line === 'parameters:') isWithin = true;
    else if (line === 'end of parameters') {
      isWithin = false;
      isWhole = true;
    } else if (isWithin) {
      const listed = /^\[categorical_feature: ([\d,]+)\]$/.exec(line)?.[1];
      if (listed !== undefined) categorical = listed.split(',').map(Number);
    } else if (line.startsWith(pandasKey))
      pandas = pandasCategories(line.slice(pandasKey.length), lines.where);
    else if (line !== '' && pandasKey.startsWith(line))
      throw new ModelFault(`"pandas_categorical" breaks off, ${lines.where}`);
  }
  if (isWithin) throw new ModelFault('the file ends within the parameters');
  if (!isWhole) throw new ModelFault('the file ends before its parameters, so categories may be missing');
  return { categorical, pandas };
}

const pandasKey = 'pandas_categorical:';

function pandasCategories(text: string, where: string): readonly (readonly unknown[])[] {
  try {
    const value = parseJson(text);
    if (value === null) return [];
    if (Array.isArray(value) && value.every(Array.isArray)) return value;
  } catch {}
  throw new ModelFault(`"pandas_categorical" is not a list of lists, or breaks off, ${where}`);
}

function factsOf(header: Section, rest: Rest): LightgbmFacts {
  const names = header.text('feature_names').split(' ');
  const features = header.whole('max_feature_idx', 0, 1_000_000) + 1;
  if (names.length !== features)
    throw new ModelFault(`"feature_names" has ${names.length} names, expected ${features}`);
  const infos = header.text('feature_infos').split(' ');
  if (infos.length !== features)
    throw new ModelFault(`"feature_infos" has ${infos.length} entries, expected ${features}`);
  const listed = rest.categorical;
  const isListed = listed !== null && listed.length === rest.pandas.length;
  const classes = header.whole('num_class', 1, 500_000);
  return {
    version: header.text('version', ''),
    classes,
    treesPerRound: header.whole('num_tree_per_iteration', 1, 500_000, classes),
    objective: header.has('objective') ? header.text('objective') : null,
    isAverage: header.has('average_output'),
    names,
    // Features that are constant in training have no info; the parameters name them all the same.
    isCategorical: infos.map((info, i) =>
      isListed ? listed.includes(i) : info !== 'none' && !info.startsWith('['),
    ),
    pandasCategories: rest.pandas,
  };
}

function treeOf(section: Section, group: number): FileTree {
  const leaves = section.whole('num_leaves', 1, mostLeaves);
  const nodes = leaves - 1;
  const sets = section.whole('num_cat', 0, mostLeaves);
  const numbers = (key: string, form?: RegExp) =>
    nodes === 0 ? new Float64Array(0) : section.numbers(key, nodes, form);
  const decisions = numbers('decision_type');
  const thresholds = numbers('threshold', thresholdForm);
  const bounds = sets === 0 ? null : section.numbers('cat_boundaries', sets + 1);
  const words = bounds === null ? null : wordsOf(section, bounds[sets]!);
  return {
    group,
    root: nodes === 0 ? -1 : 0,
    feature: numbers('split_feature'),
    threshold: thresholds,
    left: numbers('left_child'),
    right: numbers('right_child'),
    rule: Uint8Array.from(decisions, (decision) => ruleOf(decision, sets)),
    set(node) {
      const index = thresholds[node]!;
      const [start, end] = [bounds?.[index], bounds?.[index + 1]];
      if (start === undefined || end === undefined || !(start >= 0 && end >= start))
        throw new ModelFault(`node ${node} of a tree refers to category set ${index}, which does not exist`);
      return Uint32Array.from(words!.subarray(start, end));
    },
    leaves: section.numbers('leaf_value', leaves),
    linear: section.whole('is_linear', 0, 1, 0) === 1 ? linearOf(section, leaves) : null,
    covers: coversOf(section, leaves),
  };
}

function wordsOf(section: Section, length: number): Float64Array {
  if (!(Number.isInteger(length) && length >= 0 && length <= mostLeaves))
    throw new ModelFault(`"cat_boundaries" of a tree end with ${length}`);
  const words = section.numbers('cat_threshold', length);
  if (words.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)) return words;
  throw new ModelFault('"cat_threshold" of a tree is not a list of words of 32 bits');
}

/** Returns the rule of `decision_type`: bit 0 categories, bit 1 default side, bits 2, 3 missing type. */
function ruleOf(decision: number, sets: number): number {
  const missing = (decision >> 2) & 3;
  if (!Number.isInteger(decision) || decision < 0 || decision > 15 || missing === 3)
    throw new ModelFault(`a node has the decision type ${decision}, which LightGBM does not write`);
  if ((decision & 1) === 0) return numberRule(missing, (decision & 2) !== 0);
  if (sets > 0) return rule.membersLeft;
  throw new ModelFault('a node tests for categories in a tree that has none');
}

/** Returns how many rows of the training reached each node and leaf; older files do not say it. */
function coversOf(section: Section, leaves: number): NonNullable<FileTree['covers']> | null {
  if (leaves === 1) return { nodes: [], leaves: [1] };
  if (!section.has('internal_count') || !section.has('leaf_count')) return null;
  return {
    nodes: section.numbers('internal_count', leaves - 1),
    leaves: section.numbers('leaf_count', leaves),
  };
}

function linearOf(section: Section, leaves: number): FileTree['linear'] {
  const counts = section.numbers('num_features', leaves);
  if (!counts.every((count) => Number.isInteger(count) && count >= 0))
    throw new ModelFault('"num_features" of a tree is not a list of counts');
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total > mostLeaves) throw new ModelFault('a linear tree has too many terms');
  const [features, coefficients] = [
    section.numbers('leaf_features', total),
    section.numbers('leaf_coeff', total),
  ];
  const cut = (values: Float64Array) => {
    let start = 0;
    return Array.from(counts, (count) => {
      start += count;
      return values.subarray(start - count, start);
    });
  };
  return {
    constants: section.numbers('leaf_const', leaves),
    features: cut(features),
    coefficients: cut(coefficients),
  };
}
