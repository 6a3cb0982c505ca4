import {
  type AttributeProto,
  decodeTexts,
  type Int64,
  loadCodec,
  type OnnxCodec,
  type TypeProto,
} from './onnx-messages.js';
import { elementTypes, field } from './onnx-schema.js';
import { unreadableModel } from './unreadable-model.js';
import { bytesOf, cutMessage, fieldsOf, textOf, type WireField } from './wire.js';

/** A node of the graph; `attributes` are still encoded, by name. */
export interface GraphNode {
  readonly wire: WireField;
  readonly bytes: Uint8Array;
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Uint8Array>;
}

/**
 * Type of a value of the graph: an element type for a tensor, else a text such as
 * `sequence of map(int64, float32)`.
 */
export interface ValueType {
  readonly kind: 'tensor' | 'sequence' | 'map' | 'optional' | 'sparse tensor' | 'opaque' | 'unknown';
  readonly element: string;
  /** Number, name of a dimension, or null if unspecified; null as a whole if the rank is open. */
  readonly dims: readonly (number | string | null)[] | null;
  readonly text: string;
}

/** A graph input, output or intermediate value with its declared type. */
export interface GraphValue {
  readonly wire: WireField;
  readonly name: string;
  readonly type: ValueType;
}

/** A constant of the graph, still encoded. */
interface Initializer {
  readonly wire: WireField;
  readonly name: string;
  readonly element: string;
  readonly dims: readonly number[];
  /** File that holds its data, relative to the model; null if the model itself does. */
  readonly location: string | null;
  readonly bytes: Uint8Array;
}

/** A model file cut into the parts that rewrites and description need; everything else stays as bytes. */
export interface OnnxModel {
  readonly codec: OnnxCodec;
  readonly bytes: Uint8Array;
  readonly fields: readonly WireField[];
  readonly graph: Uint8Array;
  readonly graphFields: readonly WireField[];
  readonly irVersion: number;
  readonly producer: string;
  readonly graphName: string;
  /** Version by domain; the default domain is the empty name. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly values: readonly GraphValue[];
  readonly initializers: ReadonlyMap<string, Initializer>;
}

/**
 * Cuts the bytes of a model file; costs a step per node and constant. Throws `InvalidError` naming `path` for
 * other files.
 */
export async function readModel(bytes: Uint8Array, path: string): Promise<OnnxModel> {
  const codec = await loadCodec();
  try {
    return cutModel(bytes, codec);
  } catch (cause) {
    throw unreadableModel(path, bytes, cause);
  }
}

function cutModel(bytes: Uint8Array, codec: OnnxCodec): OnnxModel {
  const fields = cutMessage(bytes);
  const graphField = fields.findLast(({ number }) => number === field.model.graph);
  if (graphField === undefined) throw new RangeError('the model has no graph');
  const graph = bytesOf(bytes, graphField);
  const graphFields = cutMessage(graph);
  const text = (number: number): string => {
    const found = fields.findLast((wire) => wire.number === number);
    return found === undefined ? '' : textOf(bytes, found);
  };
  const opsets: Record<string, number> = {};
  for (const wire of of(fields, field.model.opsetImport)) {
    const { domain, version } = codec.decode('OperatorSetIdProto', bytesOf(bytes, wire));
    opsets[plainDomain(domain ?? '')] = toNumber(version ?? 0);
  }
  const metadata: Record<string, string> = {};
  for (const wire of of(fields, field.model.metadataProps)) {
    const { key, value } = codec.decode('StringStringEntryProto', bytesOf(bytes, wire));
    metadata[key ?? ''] = value ?? '';
  }
  const initializers = new Map<string, Initializer>();
  for (const wire of of(graphFields, field.graph.initializer)) {
    const initializer = readInitializer(bytesOf(graph, wire), wire, codec);
    initializers.set(initializer.name, initializer);
  }
  const nameField = graphFields.findLast(({ number }) => number === field.graph.name);
  const values = (number: number): GraphValue[] =>
    of(graphFields, number).map((wire) => readValue(bytesOf(graph, wire), wire, codec));
  return {
    codec,
    bytes,
    fields,
    graph,
    graphFields,
    irVersion: fields.findLast(({ number }) => number === field.model.irVersion)?.varint ?? 0,
    producer: [text(field.model.producerName), text(field.model.producerVersion)].filter(Boolean).join(' '),
    graphName: nameField === undefined ? '' : textOf(graph, nameField),
    opsets,
    metadata,
    nodes: of(graphFields, field.graph.node).map((wire) => readNode(bytesOf(graph, wire), wire)),
    inputs: values(field.graph.input),
    outputs: values(field.graph.output),
    values: values(field.graph.valueInfo),
    initializers,
  };
}

/** Decodes one attribute of a node; undefined if the node has none of that name. */
export function attributeOf(model: OnnxModel, node: GraphNode, name: string): AttributeProto | undefined {
  const bytes = node.attributes.get(name);
  return bytes === undefined ? undefined : model.codec.decode('AttributeProto', bytes);
}

/** Returns the texts of a strings attribute; undefined if the node has none of that name. */
export function textsOf(model: OnnxModel, node: GraphNode, name: string): string[] | undefined {
  const attribute = attributeOf(model, node, name);
  return attribute === undefined ? undefined : decodeTexts(attribute.strings);
}

/** Returns the whole number of an int attribute, or `fallback`. */
export function intOf(model: OnnxModel, node: GraphNode, name: string, fallback: number): number {
  const attribute = attributeOf(model, node, name);
  return attribute === undefined ? fallback : toNumber(attribute.i ?? 0);
}

/** Converts a 64-bit whole number to a JavaScript number. */
export function toNumber(value: Int64): number {
  return typeof value === 'number' ? value : Number(value.toString());
}

/** Normalizes a domain: `ai.onnx` and the empty name are the same. */
function plainDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

/** Cuts one encoded NodeProto; `wire` is its location in its graph. */
function readNode(bytes: Uint8Array, wire: WireField): GraphNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Uint8Array>();
  let op = '';
  let domain = '';
  for (const part of cutMessage(bytes)) {
    if (part.number === field.node.input) inputs.push(textOf(bytes, part));
    else if (part.number === field.node.output) outputs.push(textOf(bytes, part));
    else if (part.number === field.node.opType) op = textOf(bytes, part);
    else if (part.number === field.node.domain) domain = plainDomain(textOf(bytes, part));
    else if (part.number === field.node.attribute) {
      const attribute = bytesOf(bytes, part);
      attributes.set(attributeName(attribute), attribute);
    }
  }
  return { wire, bytes, op, domain, inputs, outputs, attributes };
}

/** Returns the name of an encoded AttributeProto; stops reading once it is found. */
function attributeName(bytes: Uint8Array): string {
  // Exporters write the name first; cutting everything would visit each number of an unpacked list.
  if (bytes[0] === (field.attribute.name << 3) + 2 && bytes[1]! < 0x80) {
    return new TextDecoder().decode(bytes.subarray(2, 2 + bytes[1]!));
  }
  for (const part of fieldsOf(bytes)) if (part.number === field.attribute.name) return textOf(bytes, part);
  return '';
}

function readInitializer(bytes: Uint8Array, wire: WireField, codec: OnnxCodec): Initializer {
  let name = '';
  let element = 'undefined';
  let location: string | null = null;
  const dims: number[] = [];
  for (const part of fieldsOf(bytes)) {
    if (part.number === field.tensor.name) name = textOf(bytes, part);
    else if (part.number === field.tensor.dataType)
      element = elementTypes[part.varint] ?? String(part.varint);
    else if (part.number === field.tensor.dims) {
      if (part.valueStart === part.end) continue;
      const value = bytes.subarray(part.start, part.end);
      dims.push(...(codec.decode('TensorProto', value).dims ?? []).map(toNumber));
    } else if (part.number === field.tensor.externalData) {
      const entry = codec.decode('StringStringEntryProto', bytesOf(bytes, part));
      if (entry.key === 'location') location = entry.value ?? '';
    }
  }
  return { wire, name, element, dims, location, bytes };
}

function readValue(bytes: Uint8Array, wire: WireField, codec: OnnxCodec): GraphValue {
  const info = codec.decode('ValueInfoProto', bytes);
  return { wire, name: info.name ?? '', type: describeType(info.type) };
}

function describeType(type: TypeProto | undefined): ValueType {
  const tensor = type?.tensor_type;
  if (tensor) {
    const element = elementTypes[tensor.elem_type ?? 0] ?? `type ${tensor.elem_type}`;
    const dims = tensor.shape
      ? (tensor.shape.dim ?? []).map((dim) => {
          if (own(dim, 'dim_value')) {
            const value = toNumber(dim.dim_value ?? 0);
            return value < 0 ? null : value;
          }
          return own(dim, 'dim_param') && dim.dim_param !== '' ? (dim.dim_param ?? null) : null;
        })
      : null;
    return { kind: 'tensor', element, dims, text: `tensor of ${element}` };
  }
  const other = (kind: ValueType['kind'], text: string): ValueType => ({
    kind,
    element: '',
    dims: null,
    text,
  });
  if (type?.sequence_type)
    return other('sequence', `sequence of ${describeType(type.sequence_type.elem_type).text}`);
  if (type?.map_type) {
    const key = elementTypes[type.map_type.key_type ?? 0] ?? '?';
    return other('map', `map(${key}, ${describeType(type.map_type.value_type).text})`);
  }
  if (type?.optional_type)
    return other('optional', `optional ${describeType(type.optional_type.elem_type).text}`);
  if (type?.sparse_tensor_type) return other('sparse tensor', 'sparse tensor');
  if (type?.opaque_type) return other('opaque', `opaque ${type.opaque_type.name ?? ''}`.trim());
  return other('unknown', 'a value without a type');
}

function own(object: object, key: string): boolean {
  return Object.hasOwn(object, key);
}

function of(fields: readonly WireField[], number: number): WireField[] {
  return fields.filter((wire) => wire.number === number);
}
