import { constantInts, constantTexts } from './read-constant.js';
import { attributeOf, type GraphNode, type OnnxModel, textsOf } from './read-model.js';
import type { DroppedZipMap, Rewrite } from './rewrite-graph.js';

/** Ops that keep the classes of columns of probabilities. */
const transparent = new Set([
  'Identity',
  'Cast',
  'Softmax',
  'LogSoftmax',
  'Sigmoid',
  'Clip',
  'Normalizer',
  'Mul',
  'Div',
]);
const labelLimit = 100_000;

/**
 * Finds class labels by output, as texts: of a ZipMap, of the classifier node that the output comes from, or,
 * for the only float matrix next to a label that is picked from a constant list, that list (scikit-learn's
 * MLP, voting and Bayes classifiers). Only names depend on it.
 */
export function findClassLabels(
  model: OnnxModel,
  rewrites: readonly Rewrite[],
): ReadonlyMap<string, readonly string[]> {
  const producers = new Map<string, GraphNode>();
  for (const node of model.nodes) for (const output of node.outputs) producers.set(output, node);
  const found = new Map<string, readonly string[]>();
  for (const rewrite of rewrites) {
    if (isZipMap(rewrite)) found.set(rewrite.output, rewrite.classLabels);
  }
  let picked: readonly string[] | null = null;
  const unnamed: string[] = [];
  for (const { name, type } of model.outputs) {
    if (found.has(name) || type.kind !== 'tensor') continue;
    const node = origin(name, producers);
    const labels = node === undefined ? null : classifierLabels(model, node.node);
    if (labels !== null && node!.output === 1) found.set(name, labels);
    else if (labels === null) {
      const list = pickedLabels(model, name, producers);
      if (list !== null) picked = list;
      else if (isMatrix(type.element, type.dims)) unnamed.push(name);
    }
  }
  if (picked !== null && unnamed.length === 1) found.set(unnamed[0]!, picked);
  return found;
}

function isZipMap(rewrite: Rewrite): rewrite is DroppedZipMap {
  return rewrite.kind === 'drop-zip-map';
}

function isMatrix(element: string, dims: readonly (number | string | null)[] | null): boolean {
  return (
    (element === 'float32' || element === 'float64') &&
    (dims === null || (dims.length === 2 && dims[1] !== 1))
  );
}

/** Returns the node that produces a value, skipping ops that keep columns separate. */
function origin(
  name: string,
  producers: ReadonlyMap<string, GraphNode>,
): { node: GraphNode; output: number } | undefined {
  for (let steps = 0; steps < 20; steps++) {
    const node = producers.get(name);
    if (node === undefined) return undefined;
    if (!transparent.has(node.op)) return { node, output: node.outputs.indexOf(name) };
    name = node.inputs[0] ?? '';
  }
  return undefined;
}

/** Returns the labels of a linear, SVM or tree classifier node; null for any other node. */
function classifierLabels(model: OnnxModel, node: GraphNode): readonly string[] | null {
  if (node.domain !== 'ai.onnx.ml') return null;
  const strings = textsOf(model, node, 'classlabels_strings');
  if (strings !== undefined && strings.length > 0) return strings;
  const ints =
    attributeOf(model, node, 'classlabels_int64s')?.ints ??
    attributeOf(model, node, 'classlabels_ints')?.ints;
  return ints === undefined || ints.length === 0 ? null : ints.map(String);
}

/**
 * Returns the constant list from which a label is picked by index (ArrayFeatureExtractor or Gather), else
 * null.
 */
function pickedLabels(
  model: OnnxModel,
  name: string,
  producers: ReadonlyMap<string, GraphNode>,
): readonly string[] | null {
  for (let steps = 0; steps < 20; steps++) {
    const node = producers.get(name);
    if (node === undefined) return null;
    if (node.op === 'ArrayFeatureExtractor' || node.op === 'Gather') {
      const list = node.inputs[0] ?? '';
      return (
        constantTexts(model, list, labelLimit) ?? constantInts(model, list, labelLimit)?.map(String) ?? null
      );
    }
    if (!['Identity', 'Cast', 'Reshape', 'Squeeze', 'Flatten'].includes(node.op)) return null;
    name = node.inputs[0] ?? '';
  }
  return null;
}
