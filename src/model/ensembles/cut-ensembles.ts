import { framed, nodesBefore, partOf, producersOf, usesOf, valueInfo } from '../graph-part.js';
import { dataType, elementTypes, field } from '../onnx-schema.js';
import { attributeOf, type GraphNode, intOf, type OnnxModel, textsOf } from '../read-model.js';
import { isEnsemble } from './read-ensemble.js';

/** An ensemble that is cut out of a graph. */
export interface CutEnsemble {
  readonly node: GraphNode;
  /**
   * The tensor of its features; `isFed` is true if it is fed, so that nothing needs to be computed before.
   */
  readonly input: string;
  readonly isFed: boolean;
  /** The inputs of the rest of the graph that take its scores and labels; null where nothing uses them. */
  readonly scores: string | null;
  readonly labels: string | null;
}

/** A graph without some of its ensembles: the part before them, if any, and the part after them. */
interface CutGraph {
  readonly ensembles: readonly CutEnsemble[];
  /** Computes the features; null if all of them are fed. */
  readonly head: Uint8Array | null;
  /** Takes scores and labels in place of the ensembles. */
  readonly tail: Uint8Array;
}

/** Returns the ensembles of the main graph, in order. */
export function findEnsembles(model: OnnxModel): GraphNode[] {
  return model.nodes.filter(isEnsemble);
}

/** Returns the element type of an ensemble's features; `float32` if the graph does not say it. */
export function featureElement(model: OnnxModel, node: GraphNode): string {
  const producers = producersOf(model);
  let name = node.inputs[0] ?? '';
  for (let steps = 0; steps < 100; steps++) {
    const value = [...model.inputs, ...model.values].find((one) => one.name === name);
    if (value?.type.kind === 'tensor' && value.type.element !== 'undefined') return value.type.element;
    const made = producers.get(name);
    if (made === undefined) return 'float32';
    if (made.op === 'Cast') return elementTypes[intOf(model, made, 'to', 1)] ?? 'float32';
    if (!keepsType.has(made.op)) return 'float32';
    name = made.inputs[0] ?? '';
  }
  return 'float32';
}

const keepsType = new Set([
  ...[
    'Identity',
    'Concat',
    'Reshape',
    'Gather',
    'Slice',
    'Transpose',
    'Flatten',
    'Squeeze',
    'Unsqueeze',
    'Where',
  ],
  ...['Add', 'Sub', 'Mul', 'Div', 'MatMul', 'Gemm', 'Imputer', 'ArrayFeatureExtractor'],
]);

/** Returns an ensemble that another's features depend on, which cannot be cut out with it; null if none. */
export function chainedEnsemble(model: OnnxModel, nodes: readonly GraphNode[]): GraphNode | null {
  const producers = producersOf(model);
  const needed = new Set(
    nodesBefore(
      producers,
      nodes.map(({ inputs }) => inputs[0] ?? ''),
      new Set(),
    ),
  );
  return nodes.find((node) => needed.has(node)) ?? null;
}

/** Cuts `nodes` out of the graph; no other part changes. */
export function cutEnsembles(model: OnnxModel, nodes: readonly GraphNode[]): CutGraph {
  const producers = producersOf(model);
  const fed = new Set([...model.inputs.map(({ name }) => name), ...model.initializers.keys()]);
  const cut = new Set(nodes);
  const outputs = model.outputs.map(({ name }) => name);
  const after = new Set(nodesBefore(producers, outputs, cut));
  const used = new Set([...outputs, ...[...after].flatMap(usesOf)]);
  const prefix = freePrefix(model);
  const ensembles = nodes.map((node, i): CutEnsemble => {
    const isClassifier = node.op === 'TreeEnsembleClassifier';
    const [scores, labels] = [node.outputs[isClassifier ? 1 : 0] ?? '', isClassifier ? node.outputs[0]! : ''];
    const input = node.inputs[0] ?? '';
    return {
      node,
      input,
      isFed: fed.has(input),
      scores: used.has(scores) ? `${prefix}scores_${i}` : null,
      labels: labels !== '' && used.has(labels) ? `${prefix}labels_${i}` : null,
    };
  });
  const computed = [...new Set(ensembles.filter(({ isFed }) => !isFed).map(({ input }) => input))];
  const elements = new Map(ensembles.map(({ input, node }) => [input, featureElement(model, node)]));
  const before = new Set(nodesBefore(producers, computed, new Set()));
  const head = computed.map((name) =>
    framed(field.graph.output, valueInfo(model, name, elements.get(name)!)),
  );
  return {
    ensembles,
    head: computed.length === 0 ? null : partOf(model, before, computed, [], head),
    tail: partOf(model, after, outputs, ...replaced(model, ensembles)),
  };
}

/** Returns a graph of one ensemble alone: its features in, its answers out. */
export function graphOfOne(model: OnnxModel, node: GraphNode): Uint8Array {
  const input = node.inputs[0] ?? '';
  const element = featureElement(model, node);
  const isClassifier = node.op === 'TreeEnsembleClassifier';
  const scores = node.op === 'TreeEnsemble' ? element : 'float32';
  const labels = (textsOf(model, node, 'classlabels_strings')?.length ?? 0) > 0 ? 'string' : 'int64';
  const outputs = node.outputs.map((name, i) =>
    framed(field.graph.output, valueInfo(model, name, isClassifier && i === 0 ? labels : scores)),
  );
  const alone = { ...model, inputs: [], values: [], initializers: new Map() };
  return partOf(
    alone,
    new Set([node]),
    [],
    [],
    [framed(field.graph.input, valueInfo(model, input, element)), ...outputs],
  );
}

/** Returns the nodes and inputs that hand an ensemble's answers to the rest, and the rest's own outputs. */
function replaced(
  model: OnnxModel,
  ensembles: readonly CutEnsemble[],
): [first: Uint8Array[], last: Uint8Array[]] {
  const { codec } = model;
  const first: Uint8Array[] = [];
  const last: Uint8Array[] = [];
  const node = (op: string, input: string[], output: string) =>
    first.push(framed(field.graph.node, codec.encode('NodeProto', { op_type: op, input, output: [output] })));
  for (const { node: ensemble, scores, labels } of ensembles) {
    const isClassifier = ensemble.op === 'TreeEnsembleClassifier';
    if (scores !== null) {
      const element =
        isClassifier || ensemble.op === 'TreeEnsembleRegressor' ? 'float32' : featureElement(model, ensemble);
      last.push(framed(field.graph.input, valueInfo(model, scores, element)));
      node('Identity', [scores], ensemble.outputs[isClassifier ? 1 : 0]!);
    }
    if (labels === null) continue;
    last.push(framed(field.graph.input, valueInfo(model, labels, 'int64')));
    const texts = textsOf(model, ensemble, 'classlabels_strings') ?? [];
    if (texts.length === 0) node('Identity', [labels], ensemble.outputs[0]!);
    else {
      const known = attributeOf(model, ensemble, 'classlabels_strings')!.strings!;
      const tensor = {
        name: `${labels}_texts`,
        dims: [known.length],
        data_type: dataType.string,
        string_data: known,
      };
      first.push(framed(field.graph.initializer, codec.encode('TensorProto', tensor)));
      node('Gather', [tensor.name, labels], ensemble.outputs[0]!);
    }
  }
  for (const { wire } of model.outputs) last.push(model.graph.subarray(wire.start, wire.end));
  return [first, last];
}

/** Returns a name prefix that no value of the graph has. */
function freePrefix({ inputs, nodes, initializers }: OnnxModel): string {
  const names = [
    ...inputs.map(({ name }) => name),
    ...initializers.keys(),
    ...nodes.flatMap(({ outputs }) => outputs),
  ];
  let prefix = 'nightshift_';
  while (names.some((name) => name.startsWith(prefix))) prefix += '_';
  return prefix;
}
