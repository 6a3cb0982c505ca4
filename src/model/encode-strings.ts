import { labelDefault, labelStrings, opName } from './node-strings.js';
import type { NodeProto, TensorProto } from './onnx-messages.js';
import { attributeType, dataType, field } from './onnx-schema.js';
import { attributeOf, type GraphNode, type OnnxModel, textsOf } from './read-model.js';
import type { StringComponent } from './trace-strings.js';
import { cutMessage, lengthDelimited } from './wire.js';

/** Code of every string outside the component's dictionary; lookups miss it as they miss the string. */
export const unknownCode = -1;

/** Replacement bytes for parts of the graph, by the offset of the part. */
export type Replacements = Map<number, readonly Uint8Array[]>;

/**
 * Replaces strings with int64 codes in every node, constant and declared type of `components`: a string's
 * code is its index in its component's dictionary. Writes the changed parts into `replacements`; the rest
 * stays.
 */
export function encodeStrings(
  model: OnnxModel,
  components: readonly StringComponent[],
  replacements: Replacements,
): void {
  const codes = new Map<string, ReadonlyMap<string, number>>();
  for (const { tensors, dictionary } of components) {
    const codeOf = new Map(dictionary.map((text, code) => [text, code]));
    for (const tensor of tensors) codes.set(tensor, codeOf);
  }
  for (const node of model.nodes) {
    const bytes = encodeNode(model, node, codes);
    if (bytes !== null) replacements.set(node.wire.start, lengthDelimited(field.graph.node, [bytes]));
  }
  for (const [name, initializer] of model.initializers) {
    const codeOf = codes.get(name);
    if (codeOf === undefined || initializer.element !== 'string') continue;
    const tensor = encodeTensor(model.codec.decode('TensorProto', initializer.bytes), codeOf);
    const bytes = model.codec.encode('TensorProto', tensor);
    replacements.set(initializer.wire.start, lengthDelimited(field.graph.initializer, [bytes]));
  }
  for (const [number, values] of [
    [field.graph.input, model.inputs],
    [field.graph.output, model.outputs],
    [field.graph.valueInfo, model.values],
  ] as const) {
    for (const { name, type, wire } of values) {
      if (!codes.has(name) || type.element !== 'string') continue;
      const info = model.codec.decode('ValueInfoProto', model.graph.subarray(wire.valueStart, wire.end));
      info.type!.tensor_type!.elem_type = dataType.int64;
      replacements.set(wire.start, lengthDelimited(number, [model.codec.encode('ValueInfoProto', info)]));
    }
  }
}

type Codes = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Returns the node with codes for strings; null if nothing in it changes. */
function encodeNode(model: OnnxModel, node: GraphNode, codes: Codes): Uint8Array | null {
  const input = codes.get(node.inputs[0] ?? '');
  const output = codes.get(node.outputs[0] ?? '');
  if (input === undefined && output === undefined) return null;
  const name = opName(node);
  if (name === 'ai.onnx.ml OneHotEncoder' && input !== undefined) {
    const cats = textsOf(model, node, 'cats_strings')!;
    return withAttributes(model, node, ['cats_strings'], [ints('cats_int64s', cats, input)]);
  }
  if (name === 'ai.onnx.ml LabelEncoder') return encodeLabels(model, node, input, output);
  if (name === 'Constant' && output !== undefined) {
    const value = attributeOf(model, node, 'value')?.t;
    const texts = attributeOf(model, node, 'value_strings')?.strings;
    const text = attributeOf(model, node, 'value_string')?.s;
    const tensor: TensorProto = value ?? {
      dims: texts === undefined ? [] : [texts.length],
      string_data: texts ?? (text === undefined ? [] : [text]),
    };
    return withAttributes(
      model,
      node,
      ['value', 'value_strings', 'value_string'],
      [{ name: 'value', type: attributeType.tensor, t: encodeTensor(tensor, output) }],
    );
  }
  if (name === 'Cast' && input !== undefined && output !== undefined) {
    const identity: NodeProto = { input: [node.inputs[0]!], output: [node.outputs[0]!], op_type: 'Identity' };
    return model.codec.encode('NodeProto', identity);
  }
  if (node.domain === 'ai.onnx.ml' && output !== undefined) {
    const labels = textsOf(model, node, 'classlabels_strings');
    if (labels !== undefined) {
      const attribute = node.op === 'TreeEnsembleClassifier' ? 'classlabels_int64s' : 'classlabels_ints';
      return withAttributes(model, node, ['classlabels_strings'], [ints(attribute, labels, output)]);
    }
  }
  return null;
}

function encodeLabels(
  model: OnnxModel,
  node: GraphNode,
  input: ReadonlyMap<string, number> | undefined,
  output: ReadonlyMap<string, number> | undefined,
): Uint8Array | null {
  const dropped: string[] = [];
  const added: Attribute[] = [];
  const put = (side: 'keys' | 'values', codeOf: ReadonlyMap<string, number>): void => {
    const strings = labelStrings(model, node, side);
    if (strings === null) return;
    if (node.attributes.has(`${side}_strings`)) {
      dropped.push(`${side}_strings`);
      added.push(ints(`${side}_int64s`, strings, codeOf));
    } else {
      const tensor = attributeOf(model, node, `${side}_tensor`)!.t!;
      dropped.push(`${side}_tensor`);
      added.push({ name: `${side}_tensor`, type: attributeType.tensor, t: encodeTensor(tensor, codeOf) });
    }
  };
  if (input !== undefined) put('keys', input);
  if (output !== undefined) {
    const fallback = output.get(labelDefault(model, node))!;
    put('values', output);
    dropped.push('default_string', 'default_tensor');
    if (node.attributes.has('values_tensor')) {
      const t: TensorProto = { dims: [1], data_type: dataType.int64, int64_data: [fallback] };
      added.push({ name: 'default_tensor', type: attributeType.tensor, t });
    } else added.push({ name: 'default_int64', type: attributeType.int, i: fallback });
  }
  return added.length === 0 ? null : withAttributes(model, node, dropped, added);
}

type Attribute = NonNullable<NodeProto['attribute']>[number];

function ints(name: string, strings: readonly string[], codeOf: ReadonlyMap<string, number>): Attribute {
  return { name, type: attributeType.ints, ints: strings.map((text) => codeOf.get(text)!) };
}

function encodeTensor(tensor: TensorProto, codeOf: ReadonlyMap<string, number>): TensorProto {
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  const { string_data, ...rest } = tensor;
  return {
    ...rest,
    data_type: dataType.int64,
    int64_data: (string_data ?? []).map((bytes) => codeOf.get(utf8.decode(bytes))!),
  };
}

/** Returns a node's bytes without the attributes `dropped` and with `added` appended. */
export function withAttributes(
  model: OnnxModel,
  node: GraphNode,
  dropped: readonly string[],
  added: readonly Attribute[],
): Uint8Array {
  const gone = new Set<Uint8Array>();
  for (const name of dropped) {
    const bytes = node.attributes.get(name);
    if (bytes !== undefined) gone.add(bytes);
  }
  const pieces: Uint8Array[] = [];
  for (const part of cutMessage(node.bytes)) {
    const value = node.bytes.subarray(part.valueStart, part.end);
    const drop =
      part.number === field.node.attribute &&
      [...gone].some((bytes) => bytes.byteOffset === value.byteOffset);
    if (!drop) pieces.push(node.bytes.subarray(part.start, part.end));
  }
  for (const attribute of added) {
    pieces.push(...lengthDelimited(field.node.attribute, [model.codec.encode('AttributeProto', attribute)]));
  }
  return Buffer.concat(pieces);
}
