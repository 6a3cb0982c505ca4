import type { Replacements } from './encode-strings.js';
import type { ValueInfoProto } from './onnx-messages.js';
import { dataType, field } from './onnx-schema.js';
import { attributeOf, type GraphNode, type OnnxModel, textsOf } from './read-model.js';
import { lengthDelimited } from './wire.js';

/** A ZipMap whose maps are a graph output: `from` is its matrix of probabilities, one column per label. */
interface ZipMap {
  readonly node: GraphNode;
  readonly output: string;
  readonly from: string;
  readonly classLabels: readonly string[];
}

/** Finds the ZipMaps that end at an output and can be dropped: nothing else uses their maps. */
export function findZipMaps(model: OnnxModel): ZipMap[] {
  const used = new Set(model.nodes.flatMap(({ inputs }) => inputs));
  const found: ZipMap[] = [];
  for (const node of model.nodes) {
    if (node.op !== 'ZipMap' || node.domain !== 'ai.onnx.ml') continue;
    const output = node.outputs[0] ?? '';
    const from = node.inputs[0] ?? '';
    if (used.has(output) || !model.outputs.some(({ name }) => name === output)) continue;
    found.push({ node, output, from, classLabels: labelsOf(model, node) });
  }
  return found;
}

/**
 * Exposes the probabilities as a float matrix under the output's own name (ai.onnx.ml, ZipMap): replaces the
 * node with an Identity, and the output's declared type with a float matrix of one column per label.
 */
export function dropZipMaps(model: OnnxModel, zipMaps: readonly ZipMap[], replacements: Replacements): void {
  for (const { node, output, from, classLabels } of zipMaps) {
    const identity = model.codec.encode('NodeProto', {
      input: [from],
      output: [output],
      op_type: 'Identity',
    });
    replacements.set(node.wire.start, lengthDelimited(field.graph.node, [identity]));
    const value = model.outputs.find(({ name }) => name === output)!;
    const shape = { dim: [{}, { dim_value: classLabels.length }] };
    const info: ValueInfoProto = {
      name: output,
      type: { tensor_type: { elem_type: dataType.float32, shape } },
    };
    replacements.set(
      value.wire.start,
      lengthDelimited(field.graph.output, [model.codec.encode('ValueInfoProto', info)]),
    );
  }
}

function labelsOf(model: OnnxModel, node: GraphNode): string[] {
  const strings = textsOf(model, node, 'classlabels_strings');
  if (strings !== undefined && strings.length > 0) return strings;
  return (attributeOf(model, node, 'classlabels_int64s')?.ints ?? []).map(String);
}
