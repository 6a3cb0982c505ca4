import { decodeText, decodeTexts } from './onnx-messages.js';
import { elementTypes } from './onnx-schema.js';
import { attributeOf, type GraphNode, type OnnxModel, textsOf } from './read-model.js';

const classifiers = new Set(['LinearClassifier', 'SVMClassifier', 'TreeEnsembleClassifier']);

/** Returns a node's key for tables: ops outside the default domain are prefixed with theirs. */
export function opName(node: GraphNode): string {
  return node.domain === '' ? node.op : `${node.domain} ${node.op}`;
}

/** Returns the strings on one side of a LabelEncoder; null if that side has none. */
export function labelStrings(model: OnnxModel, node: GraphNode, side: 'keys' | 'values'): string[] | null {
  const strings = textsOf(model, node, `${side}_strings`);
  if (strings !== undefined) return strings;
  const tensor = attributeOf(model, node, `${side}_tensor`)?.t;
  return tensor?.data_type === stringType ? decodeTexts(tensor.string_data) : null;
}

/** Returns the answer of a string-valued LabelEncoder for an unknown key (`default_string`). */
export function labelDefault(model: OnnxModel, node: GraphNode): string {
  const tensor = attributeOf(model, node, 'default_tensor')?.t;
  if (tensor?.string_data?.[0] !== undefined) return decodeText(tensor.string_data[0], '');
  return decodeText(attributeOf(model, node, 'default_string')?.s, '_Unused');
}

/** Returns the string labels of a classifier node; undefined if it has none. */
export function classifierStrings(model: OnnxModel, node: GraphNode): string[] | undefined {
  if (node.domain !== 'ai.onnx.ml' || !classifiers.has(node.op)) return undefined;
  const labels = textsOf(model, node, 'classlabels_strings');
  return labels === undefined || labels.length === 0 ? undefined : labels;
}

/** TensorProto.DataType of strings. */
export const stringType = elementTypes.indexOf('string');
