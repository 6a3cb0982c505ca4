import { field } from './onnx-schema.js';
import type { GraphNode } from './read-model.js';
import { bytesOf, cutMessage, textOf } from './wire.js';

/** Returns the names that graphs inside a node's attributes use; their own local names do no harm. */
export function capturedNames(node: GraphNode): string[] {
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

// The type of an attribute is its last field (20, two bytes of tag) as exporters write it: GRAPH is 5, GRAPHS
// 10; the long lists FLOATS, INTS and STRINGS are 6 to 8. Attributes of any other form, which are small, are
// parsed to be sure.
function mayHoldGraph(attribute: Uint8Array): boolean {
  const end = attribute.length;
  if (end >= 3 && attribute[end - 3] === 0xa0 && attribute[end - 2] === 0x01) {
    const type = attribute[end - 1]!;
    if (type >= 6 && type <= 8) return false;
  }
  return true;
}
