import { decodeText } from '../onnx-messages.js';
import { field } from '../onnx-schema.js';
import { attributeOf, type GraphNode, type OnnxModel, readModel } from '../read-model.js';
import { replaceInGraph } from '../rewrite-graph.js';
import { lengthDelimited } from '../wire.js';
import { intsOf } from './node-numbers.js';
import { isEnsemble } from './read-ensemble.js';

/** A copy of an ONNX model that scores only the first trees of its ensemble. */
interface SmallerModel {
  readonly trees: number;
  readonly bytes: Uint8Array;
}

/**
 * Returns copies of an ONNX model with these shares of its trees, in whole rounds of training, each the model
 * as it was after those rounds. Empty for a model whose first trees are no such model: it has no ensemble or
 * several, or its trees are not those of a boosted classifier, whose sums become probabilities at the end
 * (those of a forest are divided by their number beforehand).
 */
export async function withFewerTrees(
  bytes: Uint8Array,
  path: string,
  shares: readonly number[],
): Promise<readonly SmallerModel[]> {
  const model = await readModel(bytes, path);
  const ensembles = model.nodes.filter(isEnsemble);
  const [node] = ensembles;
  const isWhole = [...model.initializers.values()].every(({ location }) => location === null);
  if (node === undefined || ensembles.length > 1 || !isWhole || !isBoosted(model, node)) return [];
  const trees = [...new Set(intsOf(node, 'nodes_treeids'))];
  const eachRound = new Set(intsOf(node, 'class_ids')).size;
  const counts = shares.map((share) => Math.floor((trees.length * share) / eachRound) * eachRound);
  return [...new Set(counts)]
    .filter((count) => count > 0 && count < trees.length)
    .map((count) => ({ trees: count, bytes: cut(model, node, new Set(trees.slice(0, count))) }));
}

const boosted = new Set(['LOGISTIC', 'SOFTMAX']);

function isBoosted(model: OnnxModel, node: GraphNode): boolean {
  const transform = decodeText(attributeOf(model, node, 'post_transform')?.s, 'NONE');
  const hasTensors = [...node.attributes.keys()].some((name) => name.endsWith('_as_tensor'));
  return node.op === 'TreeEnsembleClassifier' && boosted.has(transform) && !hasTensors;
}

/** Returns the model's bytes with only these trees. */
function cut(model: OnnxModel, node: GraphNode, kept: ReadonlySet<number>): Uint8Array {
  const nodes = intsOf(node, 'nodes_treeids');
  const leaves = intsOf(node, 'class_treeids');
  const proto = model.codec.decode('NodeProto', node.bytes);
  const attribute = (proto.attribute ?? []).map((one) => {
    const trees = /^nodes_/.test(one.name ?? '') ? nodes : /^class_/.test(one.name ?? '') ? leaves : null;
    if (trees === null) return one;
    const those = <T>(list: readonly T[] | undefined): T[] =>
      (list ?? []).filter((_, i) => kept.has(trees[i]!));
    return { ...one, ints: those(one.ints), floats: those(one.floats), strings: those(one.strings) };
  });
  const smaller = model.codec.encode('NodeProto', { ...proto, attribute });
  return replaceInGraph(model, new Map([[node.wire.start, lengthDelimited(field.graph.node, [smaller])]]));
}
