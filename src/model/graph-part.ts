import { capturedNames } from './captured-names.js';
import { elementTypes, field } from './onnx-schema.js';
import type { GraphNode, OnnxModel } from './read-model.js';
import { lengthDelimited } from './wire.js';

/** Returns the model with `nodes` alone, their inputs and constants, and `first` and `last` around them. */
export function partOf(
  model: OnnxModel,
  nodes: ReadonlySet<GraphNode>,
  outputs: readonly string[],
  first: readonly Uint8Array[],
  last: readonly Uint8Array[],
): Uint8Array {
  const used = new Set([...outputs, ...[...nodes].flatMap(usesOf)]);
  const made = new Set([...nodes].flatMap((node) => node.outputs));
  const kept = new Set<number>();
  for (const { wire } of nodes) kept.add(wire.start);
  for (const { name, wire } of model.initializers.values()) if (used.has(name)) kept.add(wire.start);
  for (const { name, wire } of model.inputs) if (used.has(name)) kept.add(wire.start);
  for (const { name, wire } of model.values) if (made.has(name)) kept.add(wire.start);
  const graph: Uint8Array[] = [...first];
  const sorted: ReadonlySet<number> = new Set([
    field.graph.node,
    field.graph.initializer,
    field.graph.input,
    field.graph.output,
    field.graph.valueInfo,
  ]);
  for (const wire of model.graphFields)
    if (!sorted.has(wire.number) || kept.has(wire.start))
      graph.push(model.graph.subarray(wire.start, wire.end));
  graph.push(...last);
  const pieces: Uint8Array[] = [];
  for (const wire of model.fields) {
    if (wire.number !== field.model.graph) pieces.push(model.bytes.subarray(wire.start, wire.end));
    else if (wire.end - wire.valueStart === model.graph.length)
      pieces.push(...lengthDelimited(wire.number, graph));
  }
  return Buffer.concat(pieces);
}

/** Returns the nodes that some values need, except `without` and what only they need. */
export function nodesBefore(
  producers: ReadonlyMap<string, GraphNode>,
  names: readonly string[],
  without: ReadonlySet<GraphNode>,
): GraphNode[] {
  const found = new Set<GraphNode>();
  const open = [...names];
  while (open.length > 0) {
    const node = producers.get(open.pop()!);
    if (node === undefined || without.has(node) || found.has(node)) continue;
    found.add(node);
    open.push(...usesOf(node));
  }
  return [...found];
}

/** Returns the values that a node uses, or the graphs inside it. */
export function usesOf(node: GraphNode): string[] {
  return [...node.inputs, ...capturedNames(node)];
}

/** Returns the node that produces each value. */
export function producersOf({ nodes }: OnnxModel): ReadonlyMap<string, GraphNode> {
  return new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
}

/** Returns a declaration of a value without its shape. */
export function valueInfo(model: OnnxModel, name: string, element: string): Uint8Array {
  const elem_type = elementTypes.indexOf(element as (typeof elementTypes)[number]);
  return model.codec.encode('ValueInfoProto', { name, type: { tensor_type: { elem_type } } });
}

/** Returns a message as a field of another. */
export function framed(number: number, value: Uint8Array): Uint8Array {
  return Buffer.concat(lengthDelimited(number, [value]));
}
