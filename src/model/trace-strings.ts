import { decodeText, decodeTexts } from './onnx-messages.js';
import { elementTypes, field } from './onnx-schema.js';
import {
  attributeOf,
  constantInts,
  constantTexts,
  type GraphNode,
  intOf,
  type OnnxModel,
  textsOf,
} from './read-model.js';
import { bytesOf, cutMessage, textOf } from './wire.js';

/**
 * String tensors that are tied to each other because strings move between them or are compared. Within one component a string can be replaced
 * by a number as long as every node only moves strings or compares them with `dictionary`; `blocked` says what stands against it.
 */
export interface StringComponent {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly tensors: ReadonlySet<string>;
  /** Every string that the component names, in order of first appearance; a string's place is its code. */
  readonly dictionary: readonly string[];
  readonly blocked: string | null;
}

/** What a model does with a string that none of its dictionaries has: all zeros, a default of its own, an error; null where it has no dictionary. */
export type UnknownPolicy = 'zeros' | 'default' | 'error' | null;

/** What one column of a string input is compared with. */
export interface ColumnUse {
  readonly categories: readonly string[];
  readonly unknown: UnknownPolicy;
}

export interface StringTrace {
  readonly components: readonly StringComponent[];
  /** Per string input, one entry per column; null where its columns cannot be told apart. */
  readonly uses: ReadonlyMap<string, readonly ColumnUse[]>;
}

interface Origin {
  readonly categories: Set<string>;
  unknown: UnknownPolicy;
}

/** A string tensor: where its strings may come from, per column of its last axis where that is known. */
interface Flow {
  readonly group: Group;
  readonly columns: readonly (readonly Origin[])[] | null;
  readonly origins: readonly Origin[];
  /** Whether strings from outside may stand in it, so that not all of its values are in the dictionary. */
  readonly open: boolean;
}

interface Group {
  parent: Group | null;
  inputs: string[];
  outputs: string[];
  tensors: string[];
  dictionary: Set<string>;
  blocked: string | null;
}

/** Ops that move the elements of their first input and look at none of them. */
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
const keepsColumns = new Set(['Identity', 'Cast', 'Compress']);
const classifiers = new Set(['LinearClassifier', 'SVMClassifier', 'TreeEnsembleClassifier']);
/** A node's name for tables: ops of the default domain by their own name, others after their domain. */
export function opName(node: GraphNode): string {
  return node.domain === '' ? node.op : `${node.domain} ${node.op}`;
}

const constantLimit = 4_000_000;

/**
 * Follows strings through the graph, from the inputs, constants and dictionaries on. The argument for replacing them: ops that only move
 * elements treat all types alike (Wadler, "Theorems for free!", 1989), and a lookup sees nothing but equality with the dictionary's strings, which
 * an injective code keeps, while all other strings may share one code. One pass over the nodes.
 */
export function traceStrings(model: OnnxModel): StringTrace {
  const flows = new Map<string, Flow>();
  const groups: Group[] = [];
  const inputOrigins = new Map<string, Origin[]>();

  const open = (tensor: string, strings: readonly string[]): Group => {
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
  };
  const source = (tensor: string, strings: readonly string[]): void => {
    flows.set(tensor, { group: open(tensor, strings), columns: null, origins: [], open: false });
  };
  const flowOf = (tensor: string | undefined): Flow | undefined => {
    if (tensor === undefined || tensor === '') return undefined;
    const flow = flows.get(tensor);
    if (flow !== undefined || model.initializers.get(tensor)?.element !== 'string') return flow;
    const strings = constantTexts(model, tensor, constantLimit);
    source(tensor, strings ?? []);
    if (strings === null) block(root(flows.get(tensor)!.group), `the constant "${tensor}" is too large`);
    return flows.get(tensor);
  };
  const derive = (tensor: string | undefined, from: readonly Flow[], columns: Flow['columns']): void => {
    if (tensor === undefined || tensor === '') return;
    const group = from.map((flow) => root(flow.group)).reduce(unite);
    group.tensors.push(tensor);
    const origins = [...new Set(columns?.flat() ?? from.flatMap((flow) => flow.origins))];
    flows.set(tensor, { group, columns, origins, open: from.some((flow) => flow.open) });
  };

  for (const input of model.inputs) {
    if (input.type.kind !== 'tensor' || input.type.element !== 'string') continue;
    const group = open(input.name, []);
    group.inputs.push(input.name);
    const width = columnsOf(input.type.dims);
    const origins = Array.from(
      { length: width ?? 1 },
      (): Origin => ({ categories: new Set(), unknown: null }),
    );
    flows.set(input.name, {
      group,
      columns: width === null ? null : origins.map((origin) => [origin]),
      origins,
      open: true,
    });
    if (width !== null) inputOrigins.set(input.name, origins);
    if (model.initializers.has(input.name)) block(group, `the input "${input.name}" has a default`);
  }
  if (model.fields.some(({ number }) => number === field.model.functions)) {
    for (const group of groups) block(group, 'the model has functions of its own');
  }

  for (const node of model.nodes) {
    const name = opName(node);
    for (const captured of capturedNames(node)) {
      const flow = flowOf(captured);
      if (flow !== undefined) block(root(flow.group), `the body of ${name} uses "${captured}"`);
    }
    const from = node.inputs.map(flowOf);
    const data = from[0];
    const output = node.outputs[0];
    if (name === 'Constant') {
      const strings = constantTexts(model, output!, constantLimit);
      if (strings !== null) source(output!, strings);
    } else if (movers.has(name) && data !== undefined) {
      moveColumns(model, node, data).forEach((columns, i) => {
        derive(node.outputs[i], [data], columns);
      });
    } else if (name === 'Cast' && intOf(model, node, 'to', 0) === stringType) {
      if (data !== undefined) derive(output, [data], data.columns);
      else {
        source(output!, []);
        block(root(flows.get(output!)!.group), 'Cast writes numbers as strings');
      }
    } else if (name === 'Concat' && from.length > 0 && from.every((flow) => flow !== undefined)) {
      derive(output, from, concatColumns(model, node, from));
    } else if (name === 'Where' && from[1] !== undefined && from[2] !== undefined) {
      derive(output, [from[1], from[2]], mergeColumns(from[1], from[2]));
    } else if (name === 'Equal' && data !== undefined && from[1] !== undefined) {
      const group = unite(root(data.group), root(from[1].group));
      if (data.open && from[1].open) block(group, 'Equal compares two inputs with each other');
      for (const origin of [...data.origins, ...from[1].origins]) {
        for (const text of group.dictionary) origin.categories.add(text);
        origin.unknown ??= 'default';
      }
    } else if (name === 'Shape' || name === 'Size') {
      // Looks at no element.
    } else if (name === 'ai.onnx.ml OneHotEncoder' && data !== undefined) {
      const strings = textsOf(model, node, 'cats_strings');
      if (strings === undefined) block(root(data.group), 'OneHotEncoder has no strings');
      else {
        addStrings(root(data.group), strings);
        noteUse(data, strings, intOf(model, node, 'zeros', 1) === 0 ? 'error' : 'zeros');
      }
    } else if (name === 'ai.onnx.ml LabelEncoder') {
      const keys = labelStrings(model, node, 'keys');
      const values = labelStrings(model, node, 'values');
      if (data !== undefined) {
        if (keys === null) block(root(data.group), 'LabelEncoder is of an old form');
        else {
          addStrings(root(data.group), keys);
          noteUse(data, keys, 'default');
        }
      }
      if (values !== null) source(output!, [...values, labelDefault(model, node)]);
    } else {
      for (const flow of from) {
        if (flow !== undefined)
          block(root(flow.group), `${name} does more with strings than move or look them up`);
      }
      const labels = classifierStrings(model, node);
      if (labels !== undefined && output !== undefined && output !== '') source(output, labels);
    }
  }

  for (const { name } of model.outputs) {
    const flow = flowOf(name);
    if (flow === undefined) continue;
    const group = root(flow.group);
    group.outputs.push(name);
    if (flow.open) block(group, `strings of an input reach the output "${name}" as they are`);
  }
  const uses = new Map<string, ColumnUse[]>();
  for (const [input, origins] of inputOrigins) {
    uses.set(
      input,
      origins.map(({ categories, unknown }) => ({ categories: [...categories], unknown })),
    );
  }
  return { components: groups.filter(({ parent }) => parent === null).map(component), uses };
}

/** The strings on one side of a LabelEncoder; null where that side holds none. */
export function labelStrings(model: OnnxModel, node: GraphNode, side: 'keys' | 'values'): string[] | null {
  const strings = textsOf(model, node, `${side}_strings`);
  if (strings !== undefined) return strings;
  const tensor = attributeOf(model, node, `${side}_tensor`)?.t;
  return tensor?.data_type === stringType ? decodeTexts(tensor.string_data) : null;
}

/** What a LabelEncoder that gives strings answers where it finds no key (ai.onnx.ml, LabelEncoder: `default_string`). */
export function labelDefault(model: OnnxModel, node: GraphNode): string {
  const tensor = attributeOf(model, node, 'default_tensor')?.t;
  if (tensor?.string_data?.[0] !== undefined) return decodeText(tensor.string_data[0], '');
  return decodeText(attributeOf(model, node, 'default_string')?.s, '_Unused');
}

/** The string labels of a classifier node; undefined where it has none. */
export function classifierStrings(model: OnnxModel, node: GraphNode): string[] | undefined {
  if (node.domain !== 'ai.onnx.ml' || !classifiers.has(node.op)) return undefined;
  const labels = textsOf(model, node, 'classlabels_strings');
  return labels === undefined || labels.length === 0 ? undefined : labels;
}

/** Names that the graphs inside a node's attributes use; a name of their own among them does no harm. */
function capturedNames(node: GraphNode): string[] {
  const names: string[] = [];
  for (const attribute of node.attributes.values()) {
    if (!mayHoldGraph(attribute)) continue;
    for (const part of cutMessage(attribute)) {
      if (part.number === field.attribute.graph || part.number === field.attribute.graphs) {
        names.push(...graphNames(bytesOf(attribute, part)));
      }
    }
  }
  return names;
}

function graphNames(graph: Uint8Array): string[] {
  const names: string[] = [];
  for (const wire of cutMessage(graph)) {
    if (wire.number === field.graph.output) {
      const value = bytesOf(graph, wire);
      const name = cutMessage(value).find(({ number }) => number === 1);
      if (name !== undefined) names.push(textOf(value, name));
    }
    if (wire.number !== field.graph.node) continue;
    const node = bytesOf(graph, wire);
    for (const part of cutMessage(node)) {
      if (part.number === field.node.input) names.push(textOf(node, part));
      if (part.number !== field.node.attribute) continue;
      const attribute = bytesOf(node, part);
      if (!mayHoldGraph(attribute)) continue;
      for (const inner of cutMessage(attribute)) {
        if (inner.number === field.attribute.graph || inner.number === field.attribute.graphs) {
          names.push(...graphNames(bytesOf(attribute, inner)));
        }
      }
    }
  }
  return names;
}

// The type of an attribute is its last field (20, two bytes of tag) as exporters write it: GRAPH is 5, GRAPHS 10. Anything else is cut to be sure when small.
function mayHoldGraph(attribute: Uint8Array): boolean {
  const end = attribute.length;
  if (end >= 3 && attribute[end - 3] === 0xa0 && attribute[end - 2] === 0x01) {
    const type = attribute[end - 1];
    if (type === 6 || type === 7) return false;
  }
  return true;
}

/** Which columns each output of a mover holds: exact where its indices are constants along the last axis of a matrix, else unknown. */
function moveColumns(model: OnnxModel, node: GraphNode, data: Flow): Flow['columns'][] {
  const outputs = node.outputs.length;
  const unknown = node.outputs.map(() => null);
  const columns = data.columns;
  if (keepsColumns.has(node.op)) return node.outputs.map(() => columns);
  if (columns === null) return unknown;
  const width = columns.length;
  const isColumnAxis = (axis: number): boolean => axis === 1 || axis === -1;
  if (node.op === 'ArrayFeatureExtractor' || node.op === 'Gather') {
    if (node.op === 'Gather' && !isColumnAxis(intOf(model, node, 'axis', 0))) return [columns];
    const picked = constantInts(model, node.inputs[1]!, 10_000)?.map((i) => columns[i < 0 ? i + width : i]);
    return picked?.every((column) => column !== undefined) ? [picked as Origin[][]] : unknown;
  }
  if (node.op === 'Split') {
    if (!isColumnAxis(intOf(model, node, 'axis', 0))) return node.outputs.map(() => columns);
    const sizes =
      attributeOf(model, node, 'split')?.ints?.map(Number) ??
      (node.inputs[1] === undefined ? null : constantInts(model, node.inputs[1], 10_000)) ??
      node.outputs.map(() => Math.ceil(width / outputs));
    let at = 0;
    return node.outputs.map((_, i) => columns.slice(at, (at += sizes[i] ?? 0)));
  }
  return unknown;
}

function concatColumns(model: OnnxModel, node: GraphNode, from: readonly Flow[]): Flow['columns'] {
  const axis = intOf(model, node, 'axis', 0);
  if (axis !== 1 && axis !== -1) return null;
  return from.flatMap((flow) => flow.columns ?? [flow.origins]);
}

function mergeColumns(a: Flow, b: Flow): Flow['columns'] {
  if (a.columns === null || b.columns === null) {
    // A constant adds no origin, whatever its shape.
    if (a.origins.length === 0) return b.columns;
    return b.origins.length === 0 ? a.columns : null;
  }
  if (a.columns.length !== b.columns.length) return null;
  return a.columns.map((column, i) => [...new Set([...column, ...b.columns![i]!])]);
}

function noteUse(data: Flow, strings: readonly string[], unknown: UnknownPolicy): void {
  for (const origin of data.origins) {
    for (const text of strings) origin.categories.add(text);
    // A lookup of the empty string alone marks what is missing; it says nothing of unknown strings.
    if (strings.every((text) => text === '')) continue;
    // The hardest answer counts: a row fails as soon as one encoder refuses it.
    if (origin.unknown !== 'error')
      origin.unknown = unknown === 'error' ? 'error' : (origin.unknown ?? unknown);
  }
}

function addStrings(group: Group, strings: readonly string[]): void {
  for (const text of strings) {
    group.dictionary.add(text);
    // Broken bytes all read as U+FFFD: two strings that the model tells apart could become one.
    if (text.includes('\ufffd')) block(group, 'a string of the model is not valid UTF-8');
  }
}

function block(group: Group, reason: string): void {
  group.blocked ??= reason;
}

function root(group: Group): Group {
  while (group.parent !== null) group = group.parent;
  return group;
}

function unite(a: Group, b: Group): Group {
  if (a === b) return a;
  b.parent = a;
  a.inputs.push(...b.inputs);
  a.outputs.push(...b.outputs);
  a.tensors.push(...b.tensors);
  for (const text of b.dictionary) a.dictionary.add(text);
  a.blocked ??= b.blocked;
  return a;
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

/** Columns of an input: 1 for `[N]` and `[N,1]`, F for `[N,F]`, null where it is open. */
function columnsOf(dims: readonly (number | string | null)[] | null): number | null {
  if (dims === null) return null;
  if (dims.length <= 1) return 1;
  const width = dims[1];
  return dims.length === 2 && typeof width === 'number' ? width : null;
}

const stringType = elementTypes.indexOf('string');
