import { capturedNames } from './captured-names.js';
import { classifierStrings, labelDefault, labelStrings, opName, stringType } from './node-strings.js';
import { field } from './onnx-schema.js';
import { constantTexts } from './read-constant.js';
import { type GraphNode, intOf, type OnnxModel, textsOf } from './read-model.js';
import {
  addStrings,
  block,
  concatColumns,
  type Flow,
  type Group,
  mergeColumns,
  moveColumns,
  noteUse,
  type Origin,
  root,
  type UnknownPolicy,
  unite,
} from './string-flow.js';

/**
 * String tensors that are connected because strings move between them or are compared. Within a component
 * numbers can replace strings as long as every node only moves strings or compares them with `dictionary`;
 * `blocked` names any obstacle.
 */
export interface StringComponent {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly tensors: ReadonlySet<string>;
  /** Every string that the component names, in order of first appearance; a string's index is its code. */
  readonly dictionary: readonly string[];
  readonly blocked: string | null;
}

/** The strings that one column of a string input is compared with. */
export interface ColumnUse {
  readonly categories: readonly string[];
  readonly unknown: UnknownPolicy;
}

/** The strings of a model: connected tensors, and the strings that each input's columns are compared with. */
export interface StringTrace {
  readonly components: readonly StringComponent[];
  /** Per string input, one entry per column; null if its columns cannot be distinguished. */
  readonly uses: ReadonlyMap<string, readonly ColumnUse[]>;
}

/** Ops that move the elements of their first input without looking at them. */
const movers = new Set([
  'Identity',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Expand',
  'Tile',
  'Gather',
  'GatherElements',
  'GatherND',
  'Slice',
  'Split',
  'Compress',
  'ai.onnx.ml ArrayFeatureExtractor',
]);

const constantLimit = 4_000_000;

/**
 * Follows strings through the graph, starting at inputs, constants and dictionaries. Why they can be
 * replaced: ops that only move elements treat all types alike (Wadler, "Theorems for free!", 1989), and a
 * lookup sees nothing but equality with the dictionary's strings, which an injective code preserves, while
 * all other strings may share one code. One pass over the nodes.
 */
export function traceStrings(model: OnnxModel): StringTrace {
  const tracing: Tracing = { model, flows: new Map(), groups: [] };
  const columns = traceInputs(tracing);
  if (model.fields.some(({ number }) => number === field.model.functions)) {
    for (const group of tracing.groups) block(group, 'the model has functions of its own');
  }
  for (const node of model.nodes) traceNode(tracing, node);
  traceOutputs(tracing);
  const uses = [...columns].map(([input, origins]) => {
    const columnUses = origins.map(({ categories, unknown }) => ({ categories: [...categories], unknown }));
    return [input, columnUses] as const;
  });
  const components = tracing.groups.filter(({ parent }) => parent === null).map(component);
  return { components, uses: new Map(uses) };
}

interface Tracing {
  readonly model: OnnxModel;
  /** The string tensors seen so far. */
  readonly flows: Map<string, Flow>;
  readonly groups: Group[];
}

/** Opens a flow for each string input; returns the origins of those whose columns can be distinguished. */
function traceInputs(tracing: Tracing): Map<string, Origin[]> {
  const { model, flows } = tracing;
  const columns = new Map<string, Origin[]>();
  for (const { name, type } of model.inputs) {
    if (type.kind !== 'tensor' || type.element !== 'string') continue;
    const group = openGroup(tracing, name, []);
    group.inputs.push(name);
    const width = columnsOf(type.dims);
    const origins = Array.from(
      { length: width ?? 1 },
      (): Origin => ({ categories: new Set(), unknown: null }),
    );
    const apart = width === null ? null : origins.map((origin) => [origin]);
    flows.set(name, { group, columns: apart, origins, open: true });
    if (width !== null) columns.set(name, origins);
    if (model.initializers.has(name)) block(group, `the input "${name}" has a default`);
  }
  return columns;
}

function traceOutputs(tracing: Tracing): void {
  for (const { name } of tracing.model.outputs) {
    const flow = flowOf(tracing, name);
    if (flow === undefined) continue;
    const group = root(flow.group);
    group.outputs.push(name);
    if (flow.open) block(group, `strings of an input reach the output "${name}" unchanged`);
  }
}

function traceNode(tracing: Tracing, node: GraphNode): void {
  const name = opName(node);
  for (const captured of capturedNames(node)) {
    const flow = flowOf(tracing, captured);
    if (flow !== undefined) block(root(flow.group), `the body of ${name} uses "${captured}"`);
  }
  const from = node.inputs.map((input) => flowOf(tracing, input));
  const trace = movers.has(name) ? traceMove : tracers[name];
  if (trace?.(tracing, node, from) !== true) traceOther(tracing, node, from);
}

/** Follows strings through a node; returns false for a node of unknown form. */
type Tracer = (tracing: Tracing, node: GraphNode, from: readonly (Flow | undefined)[]) => boolean;

const traceMove: Tracer = (tracing, node, [data]) => {
  if (data === undefined) return false;
  for (const [i, columns] of moveColumns(tracing.model, node, data).entries())
    derive(tracing, node.outputs[i], [data], columns);
  return true;
};

const tracers: Readonly<Record<string, Tracer>> = {
  Constant(tracing, node) {
    const strings = constantTexts(tracing.model, node.outputs[0]!, constantLimit);
    if (strings !== null) openSource(tracing, node.outputs[0]!, strings);
    return true;
  },
  Cast(tracing, node, [data]) {
    if (intOf(tracing.model, node, 'to', 0) !== stringType) return false;
    const output = node.outputs[0]!;
    if (data !== undefined) derive(tracing, output, [data], data.columns);
    else block(openSource(tracing, output, []), 'Cast writes numbers as strings');
    return true;
  },
  Concat(tracing, node, from) {
    const known = from.filter((flow) => flow !== undefined);
    if (known.length === 0 || known.length < from.length) return false;
    derive(tracing, node.outputs[0], known, concatColumns(tracing.model, node, known));
    return true;
  },
  Where(tracing, node, [, a, b]) {
    if (a === undefined || b === undefined) return false;
    derive(tracing, node.outputs[0], [a, b], mergeColumns(a, b));
    return true;
  },
  Equal(_, __, [a, b]) {
    if (a === undefined || b === undefined) return false;
    const group = unite(root(a.group), root(b.group));
    if (a.open && b.open) block(group, 'Equal compares two inputs with each other');
    for (const origin of [...a.origins, ...b.origins]) {
      for (const text of group.dictionary) origin.categories.add(text);
      origin.unknown ??= 'default';
    }
    return true;
  },
  // These ops look at no element.
  Shape: () => true,
  Size: () => true,
  'ai.onnx.ml OneHotEncoder'({ model }, node, [data]) {
    if (data === undefined) return false;
    const strings = textsOf(model, node, 'cats_strings');
    if (strings === undefined) block(root(data.group), 'OneHotEncoder has no strings');
    else {
      addStrings(root(data.group), strings);
      noteUse(data, strings, intOf(model, node, 'zeros', 1) === 0 ? 'error' : 'zeros');
    }
    return true;
  },
  'ai.onnx.ml LabelEncoder'(tracing, node, [data]) {
    const { model } = tracing;
    const keys = labelStrings(model, node, 'keys');
    const values = labelStrings(model, node, 'values');
    if (data !== undefined && keys === null)
      block(root(data.group), 'LabelEncoder has the form of an old opset');
    if (data !== undefined && keys !== null) {
      addStrings(root(data.group), keys);
      noteUse(data, keys, 'default');
    }
    if (values !== null) openSource(tracing, node.outputs[0]!, [...values, labelDefault(model, node)]);
    return true;
  },
};

/** Handles a node that may do anything with strings, and a classifier whose labels are strings. */
function traceOther(tracing: Tracing, node: GraphNode, from: readonly (Flow | undefined)[]): void {
  for (const flow of from) {
    if (flow !== undefined)
      block(root(flow.group), `${opName(node)} does more with strings than moving or looking them up`);
  }
  const labels = classifierStrings(tracing.model, node);
  const output = node.outputs[0];
  if (labels !== undefined && output !== undefined && output !== '') openSource(tracing, output, labels);
}

/** Returns the flow of a tensor that holds strings; opens a constant's flow on its first use. */
function flowOf(tracing: Tracing, tensor: string): Flow | undefined {
  if (tensor === '') return undefined;
  const { model, flows } = tracing;
  const flow = flows.get(tensor);
  if (flow !== undefined || model.initializers.get(tensor)?.element !== 'string') return flow;
  const strings = constantTexts(model, tensor, constantLimit);
  const group = openSource(tracing, tensor, strings ?? []);
  if (strings === null) block(group, `the constant "${tensor}" is too large`);
  return flows.get(tensor);
}

/** Opens a tensor whose strings are all in the graph. */
function openSource(tracing: Tracing, tensor: string, strings: readonly string[]): Group {
  const group = openGroup(tracing, tensor, strings);
  tracing.flows.set(tensor, { group, columns: null, origins: [], open: false });
  return group;
}

function openGroup({ groups }: Tracing, tensor: string, strings: readonly string[]): Group {
  const group: Group = {
    parent: null,
    inputs: [],
    outputs: [],
    tensors: [tensor],
    dictionary: new Set(),
    blocked: null,
  };
  groups.push(group);
  addStrings(group, strings);
  return group;
}

/** Adds a tensor whose strings come from other tensors. */
function derive(
  { flows }: Tracing,
  tensor: string | undefined,
  from: readonly Flow[],
  columns: Flow['columns'],
): void {
  if (tensor === undefined || tensor === '') return;
  const group = root(from.map((flow) => flow.group).reduce((a, b) => unite(root(a), root(b))));
  group.tensors.push(tensor);
  const origins = [...new Set(columns?.flat() ?? from.flatMap((flow) => flow.origins))];
  flows.set(tensor, { group, columns, origins, open: from.some((flow) => flow.open) });
}

function component(group: Group): StringComponent {
  return {
    inputs: group.inputs,
    outputs: group.outputs,
    tensors: new Set(group.tensors),
    dictionary: [...group.dictionary],
    blocked: group.blocked,
  };
}

/** Returns the columns of an input: 1 for `[N]` and `[N,1]`, F for `[N,F]`, null if open. */
function columnsOf(dims: readonly (number | string | null)[] | null): number | null {
  if (dims === null) return null;
  if (dims.length <= 1) return 1;
  const width = dims[1];
  return dims.length === 2 && typeof width === 'number' ? width : null;
}
