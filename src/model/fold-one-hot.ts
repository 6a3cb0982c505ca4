import { type Replacements, withAttributes } from './encode-strings.js';
import { attributeType, dataType, field } from './onnx-schema.js';
import { constantInts } from './read-constant.js';
import { attributeOf, type GraphNode, intOf, type OnnxModel, textsOf } from './read-model.js';
import type { StringTrace } from './trace-strings.js';
import { lengthDelimited } from './wire.js';

/** A string input fed as the weights of its one-hot columns: `width` float32 per string; zeros for others. */
export interface FoldedInput {
  readonly input: string;
  readonly dictionary: readonly string[];
  readonly width: number;
  /** `dictionary.length * width` values, one string after another. */
  readonly values: readonly number[];
}

/** A linear model whose one-hot inputs can be folded into it. */
interface Fold {
  /** The linear node's first output, which names it. */
  readonly output: string;
  readonly node: GraphNode;
  readonly inputs: readonly FoldedInput[];
  /** Inputs of the linear node in order, and its coefficients for them, class by class. */
  readonly parts: readonly string[];
  readonly coefficients: readonly number[];
  /** Nodes that became unused, and the values they produced. */
  readonly removed: readonly GraphNode[];
}

/** A range of consecutive columns of the linear node's input. */
type Segment =
  | { readonly kind: 'leaf'; readonly tensor: string; readonly width: number | null }
  | { readonly kind: 'one-hot'; readonly input: string; readonly categories: readonly string[] };

/**
 * Finds linear nodes fed by OneHotEncoders of string inputs through nothing but Concat and Reshape. A one-hot
 * column adds exactly one weight to a class's sum, and its zeros add nothing, so the weight itself can be
 * fed: `sum + 1 * w` instead of `sum + 0 * w1 + ... + 1 * w + ... + 0 * wn`. The sums are equal as long as
 * the runtime adds the columns in order, which the proof verifies.
 */
export function findFolds(model: OnnxModel, trace: StringTrace): Fold[] {
  const users = countUsers(model);
  return model.nodes.flatMap((node) => {
    if (node.domain !== 'ai.onnx.ml') return [];
    if (node.op !== 'LinearClassifier' && node.op !== 'LinearRegressor') return [];
    return planFold(model, trace, users, node) ?? [];
  });
}

/** Applies folds: writes the replacements of the linear nodes, of the inputs, and of the removed nodes. */
export function foldOneHots(model: OnnxModel, folds: readonly Fold[], replacements: Replacements): void {
  for (const { node, inputs, parts, coefficients, removed } of folds) {
    for (const gone of removed) replacements.set(gone.wire.start, []);
    const values = new Set(removed.flatMap(({ outputs }) => outputs));
    for (const { name, wire } of model.values) if (values.has(name)) replacements.set(wire.start, []);
    const concat = model.codec.encode('NodeProto', {
      op_type: 'Concat',
      input: [...parts],
      output: [node.inputs[0]!],
      attribute: [{ name: 'axis', type: attributeType.int, i: 1 }],
    });
    const linear = withAttributes(
      model,
      node,
      ['coefficients'],
      [{ name: 'coefficients', type: attributeType.floats, floats: [...coefficients] }],
    );
    replacements.set(node.wire.start, [
      ...lengthDelimited(field.graph.node, [concat]),
      ...lengthDelimited(field.graph.node, [linear]),
    ]);
    for (const { input, width } of inputs) {
      const value = model.inputs.find(({ name }) => name === input)!;
      const rows = value.type.dims?.[0];
      const dim = [
        typeof rows === 'string' ? { dim_param: rows } : typeof rows === 'number' ? { dim_value: rows } : {},
      ];
      const info = model.codec.encode('ValueInfoProto', {
        name: input,
        type: {
          tensor_type: { elem_type: dataType.float32, shape: { dim: [...dim, { dim_value: width }] } },
        },
      });
      replacements.set(value.wire.start, lengthDelimited(field.graph.input, [info]));
    }
  }
}

function planFold(
  model: OnnxModel,
  trace: StringTrace,
  users: ReadonlyMap<string, number>,
  node: GraphNode,
): Fold | null {
  const coefficients = attributeOf(model, node, 'coefficients')?.floats ?? [];
  const classes =
    node.op === 'LinearRegressor'
      ? intOf(model, node, 'targets', 1)
      : (attributeOf(model, node, 'intercepts')?.floats?.length ?? 0);
  const features = coefficients.length / classes;
  if (classes === 0 || !Number.isInteger(features) || !coefficients.every(Number.isFinite)) return null;
  const removed: GraphNode[] = [];
  const segments = segmentsOf({ model, trace, users, removed }, node.inputs[0] ?? '');
  const known = segments.reduce((sum, segment) => sum + (widthOf(segment) ?? 0), 0);
  const open = segments.filter((segment) => widthOf(segment) === null).length;
  if (open > 1 || (open === 0 && known !== features) || known > features) return null;
  const rows = Array.from({ length: classes }, (_, c) =>
    coefficients.slice(c * features, (c + 1) * features),
  );
  const folded: number[][] = rows.map(() => []);
  const inputs: FoldedInput[] = [];
  let at = 0;
  for (const segment of segments) {
    const width = widthOf(segment) ?? features - known;
    const weights = rows.map((row) => row.slice(at, at + width));
    at += width;
    if (segment.kind === 'leaf') {
      for (const [c, part] of weights.entries()) folded[c]!.push(...part);
      continue;
    }
    const signs = signsOf(weights);
    const elements = signs === null ? classes : 1;
    if (elements >= width) return null;
    for (let c = 0; c < classes; c++) {
      if (signs !== null) folded[c]!.push(signs[c]!);
      else for (let element = 0; element < elements; element++) folded[c]!.push(element === c ? 1 : 0);
    }
    const last = weights.at(-1)!;
    const values = segment.categories.flatMap((_, i) =>
      signs === null ? weights.map((row) => row[i]!) : [last[i]!],
    );
    inputs.push({ input: segment.input, dictionary: segment.categories, width: elements, values });
  }
  if (inputs.length === 0) return null;
  return {
    output: node.outputs[0] ?? '',
    node,
    inputs,
    parts: segments.map((segment) => (segment.kind === 'leaf' ? segment.tensor : segment.input)),
    coefficients: folded.flat(),
    removed,
  };
}

/**
 * Returns the value of each string in each class: itself alone, or itself and its negative; null if the
 * classes' weights differ in any other way.
 */
function signsOf(weights: readonly (readonly number[])[]): readonly number[] | null {
  if (weights.length === 1) return [1];
  const [first, second] = weights;
  return weights.length === 2 && first!.every((weight, i) => weight === -second![i]!) ? [-1, 1] : null;
}

interface Search {
  readonly model: OnnxModel;
  readonly trace: StringTrace;
  readonly users: ReadonlyMap<string, number>;
  /** Collects the nodes in front of the segments. */
  readonly removed: GraphNode[];
}

/** Returns the columns of a matrix, in order; a producer that is not understood is a leaf. */
function segmentsOf(search: Search, tensor: string): Segment[] {
  const { model, users, removed } = search;
  const leaf: Segment = { kind: 'leaf', tensor, width: knownWidth(model, tensor) };
  const node = model.nodes.find(({ outputs }) => outputs.includes(tensor));
  if (node === undefined || users.get(tensor) !== 1) return [leaf];
  if (node.op === 'Concat' && node.domain === '') {
    const axis = intOf(model, node, 'axis', 0);
    if (axis !== 1 && axis !== -1) return [leaf];
    const before = removed.length;
    const segments = node.inputs.flatMap((input) => segmentsOf(search, input));
    if (!segments.some(({ kind }) => kind === 'one-hot')) {
      removed.length = before;
      return [leaf];
    }
    removed.push(node);
    return segments;
  }
  if (node.op === 'Reshape' && node.domain === '') {
    const shape = constantInts(model, node.inputs[1] ?? '', 4);
    const found = oneHotsOf(search, node.inputs[0] ?? '');
    const width = found?.segments.reduce((sum, segment) => sum + widthOf(segment)!, 0);
    if (found === null || shape?.length !== 2 || shape[0] !== -1 || shape[1] !== width) return [leaf];
    removed.push(...found.nodes, node);
    return found.segments;
  }
  return [leaf];
}

/** Returns OneHotEncoders of string inputs, alone or concatenated along the last axis; else null. */
function oneHotsOf(
  search: Search,
  tensor: string,
): { readonly segments: Segment[]; readonly nodes: readonly GraphNode[] } | null {
  const { model, trace, users } = search;
  const node = model.nodes.find(({ outputs }) => outputs.includes(tensor));
  if (node === undefined || users.get(tensor) !== 1) return null;
  if (node.op === 'Concat' && node.domain === '') {
    const axis = intOf(model, node, 'axis', 0);
    if (axis !== -1 && axis !== 2) return null;
    const parts = node.inputs.map((input) => oneHotsOf(search, input));
    if (parts.some((part) => part === null)) return null;
    return {
      segments: parts.flatMap((part) => part!.segments),
      nodes: [...parts.flatMap((part) => part!.nodes), node],
    };
  }
  if (node.op !== 'OneHotEncoder' || node.domain !== 'ai.onnx.ml') return null;
  const input = model.inputs.find(({ name }) => name === node.inputs[0]);
  const categories = textsOf(model, node, 'cats_strings') ?? [];
  const component = trace.components.find(({ inputs }) => inputs.includes(input?.name ?? ''));
  const isPlain =
    input !== undefined &&
    users.get(input.name) === 1 &&
    input.type.dims?.length === 2 &&
    input.type.dims[1] === 1 &&
    component?.blocked === null &&
    intOf(model, node, 'zeros', 1) !== 0 &&
    categories.length > 0 &&
    new Set(categories).size === categories.length;
  if (!isPlain) return null;
  return { segments: [{ kind: 'one-hot', input: input.name, categories }], nodes: [node] };
}

function widthOf(segment: Segment): number | null {
  return segment.kind === 'leaf' ? segment.width : segment.categories.length;
}

/** Returns a matrix's width from its declared shape or the node that produces it; null if unknown. */
function knownWidth(model: OnnxModel, tensor: string): number | null {
  const value = [...model.inputs, ...model.values].find(({ name }) => name === tensor);
  const dims = value?.type.dims;
  if (dims?.length === 2 && typeof dims[1] === 'number') return dims[1];
  const node = model.nodes.find(({ outputs }) => outputs.includes(tensor));
  if (node === undefined) return null;
  if (node.op === 'Concat' && node.domain === '') {
    const widths = node.inputs.map((input) => knownWidth(model, input));
    return widths.includes(null) ? null : widths.reduce<number>((sum, width) => sum + width!, 0);
  }
  if (node.op === 'Scaler' || node.op === 'Imputer') return knownWidth(model, node.inputs[0] ?? '');
  return null;
}

/** Counts the uses of each value: by nodes, and as an output of the graph. */
function countUsers(model: OnnxModel): Map<string, number> {
  const users = new Map<string, number>();
  const add = (name: string): void => {
    users.set(name, (users.get(name) ?? 0) + 1);
  };
  for (const { inputs } of model.nodes) for (const name of inputs) add(name);
  for (const { name } of model.outputs) add(name);
  return users;
}
