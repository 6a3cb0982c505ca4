import { usesOf } from './graph-part.js';
import type { AttributeProto, NodeProto, TensorProto } from './onnx-messages.js';
import { attributeType, dataType, field } from './onnx-schema.js';
import { attributeOf, type GraphNode, intOf, type OnnxModel, readModel } from './read-model.js';
import { replaceInGraph } from './rewrite-graph.js';
import { lengthDelimited } from './wire.js';

/**
 * The int8 version of an ONNX model: made here; or why it is not: `already` in int8; `elsewhere`: it has
 * weights that only a tool for quantization can convert; `none`: no weights, or too few to matter.
 */
export type Int8Version =
  | { readonly kind: 'made'; readonly bytes: Uint8Array }
  | { readonly kind: 'already' | 'elsewhere' | 'none' };

/**
 * Returns a copy of an ONNX model whose large matrices and embedding tables are int8, with one scale for each
 * column of a matrix and each row of a table. The other factor of a matrix product becomes uint8 with one
 * scale for each row, so that a row's answer does not depend on its batch (it does after `quantize_dynamic`).
 * Weights have 7 bits: no processor overflows, and all give the same sums. Throws `InvalidError` for other files.
 */
export async function withInt8Weights(bytes: Uint8Array, path: string): Promise<Int8Version> {
  const model = await readModel(bytes, path);
  if (model.nodes.some(({ op }) => quantized.test(op))) return { kind: 'already' };
  const layers = layersOf(model);
  if (layers.length > 0) return { kind: 'made', bytes: quantize(model, layers) };
  return { kind: model.nodes.some((node) => isWeighted(model, node)) ? 'elsewhere' : 'none' };
}

const quantized =
  /^(?:MatMulInteger|ConvInteger|DynamicQuantize\w+|QLinear\w+|QuantizeLinear|DequantizeLinear)$/;

/** Weights of fewer values are faster as they are: rounding the other factor costs more than it saves. */
const fewestWeights = 4096;

/** Operators from `Round` on. */
const firstOpset = 11;

const weighted = new Set(['MatMul', 'Gemm', 'Gather', 'Conv', 'LSTM', 'GRU', 'Attention']);

function isWeighted(model: OnnxModel, { op, inputs }: GraphNode): boolean {
  const sizes = inputs.map((name) => model.initializers.get(name)?.dims.reduce((all, dim) => all * dim, 1));
  return weighted.has(op) && sizes.some((size) => size !== undefined && size >= fewestWeights);
}

/** A node whose weights become int8. */
interface Layer {
  readonly node: GraphNode;
  readonly weights: string;
  /** Which weights share a scale: a column of a matrix, a row of a transposed matrix, or a row of a table. */
  readonly order: 'columns' | 'transposed' | 'table';
}

function layersOf(model: OnnxModel): Layer[] {
  // A copy elsewhere would not find files beside the model.
  const isWhole = [...model.initializers.values()].every(({ location }) => location === null);
  if (!isWhole || (model.opsets[''] ?? 0) < firstOpset) return [];
  const overridable = new Set(model.inputs.map(({ name }) => name));
  return model.nodes.flatMap((node): Layer[] => {
    const { op, domain, inputs } = node;
    const weights = inputs[op === 'Gather' ? 0 : 1] ?? '';
    const found = model.initializers.get(weights);
    const isMatrix = found?.element === 'float32' && found.dims.length === 2 && !overridable.has(weights);
    if (domain !== '' || !isMatrix || !isWeighted(model, node)) return [];
    if (op === 'Gather')
      return intOf(model, node, 'axis', 0) === 0 ? [{ node, weights, order: 'table' }] : [];
    if (op === 'MatMul') return [{ node, weights, order: 'columns' }];
    if (op !== 'Gemm' || intOf(model, node, 'transA', 0) !== 0) return [];
    if (inputs[2] !== undefined && floatOf(model, node, 'beta') !== 1) return [];
    const order = intOf(model, node, 'transB', 0) === 0 ? 'columns' : 'transposed';
    return [{ node, weights, order }];
  });
}

function floatOf(model: OnnxModel, node: GraphNode, name: string): number {
  return attributeOf(model, node, name)?.f ?? 1;
}

function quantize(model: OnnxModel, layers: readonly Layer[]): Uint8Array {
  const { codec } = model;
  const constants = new Map<string, TensorProto>();
  const nodes = new Map<number, readonly Uint8Array[]>();
  for (const layer of layers) {
    const nodesOf = layer.order === 'table' ? tableNodes : productNodes;
    const made = nodesOf(model, layer, constants);
    nodes.set(
      layer.node.wire.start,
      made.flatMap((node) => lengthDelimited(field.graph.node, [codec.encode('NodeProto', node)])),
    );
  }
  const replaced = new Map(layers.map(({ node, weights }) => [node, weights]));
  const used = new Set([
    ...model.outputs.map(({ name }) => name),
    ...model.nodes.flatMap((node) => usesOf(node).filter((name) => name !== replaced.get(node))),
  ]);
  for (const { weights } of layers) {
    const { wire } = model.initializers.get(weights)!;
    nodes.set(wire.start, used.has(weights) ? [model.graph.subarray(wire.start, wire.end)] : []);
  }
  const [{ weights: first }] = layers as [Layer];
  const at = model.initializers.get(first)!.wire.start;
  const added = [...constants].flatMap(([name, tensor]) =>
    lengthDelimited(field.graph.initializer, [codec.encode('TensorProto', { ...tensor, name })]),
  );
  return replaceInGraph(model, nodes.set(at, [...nodes.get(at)!, ...added]));
}

type Constants = Map<string, TensorProto>;

/** Returns the rows of an int8 table, times their scales. */
function tableNodes(model: OnnxModel, layer: Layer, constants: Constants): NodeProto[] {
  const { codes, scales } = addWeights(model, layer, constants);
  const [, rows = ''] = layer.node.inputs;
  const [output = ''] = layer.node.outputs;
  const at = (part: string) => `${output}:int8:${part}`;
  return [
    op('Gather', [codes, rows], at('code')),
    op('Cast', [at('code')], at('float'), [intAttribute('to', dataType.float32)]),
    op('Gather', [scales, rows], at('scale')),
    op('Mul', [at('float'), at('scale')], output),
  ];
}

/** Returns a matrix product in whole numbers, times the scales of its rows and its columns. */
function productNodes(model: OnnxModel, layer: Layer, constants: Constants): NodeProto[] {
  const { node } = layer;
  const { codes, scales } = addWeights(model, layer, constants, floatOf(model, node, 'alpha'));
  const [factor = '', , bias] = node.inputs;
  const [output = ''] = node.outputs;
  const at = (part: string) => `${output}:int8:${part}`;
  constants.set('int8:127', floats([], [127]));
  constants.set('int8:128', floats([], [128]));
  constants.set('int8:zero', { data_type: dataType.uint8, raw_data: Uint8Array.of(128) });
  const isNew = model.opsets['']! >= 18;
  if (isNew) constants.set('int8:last', { data_type: dataType.int64, dims: [1], int64_data: [-1] });
  const largest = isNew
    ? op('ReduceMax', [at('magnitude'), 'int8:last'], at('largest'))
    : op('ReduceMax', [at('magnitude')], at('largest'), [
        { name: 'axes', type: attributeType.ints, ints: [-1] },
      ]);
  return [
    op('Abs', [factor], at('magnitude')),
    largest,
    // Not multiplied by 1/127: the runtime would take that for the scale of a whole batch.
    op('Div', [at('largest'), 'int8:127'], at('row-scale')),
    op('Div', [factor, at('row-scale')], at('scaled')),
    op('Round', [at('scaled')], at('rounded')),
    op('Add', [at('rounded'), 'int8:128'], at('shifted')),
    op('Cast', [at('shifted')], at('code'), [intAttribute('to', dataType.uint8)]),
    op('MatMulInteger', [at('code'), codes, 'int8:zero'], at('sum')),
    op('Cast', [at('sum')], at('float'), [intAttribute('to', dataType.float32)]),
    op('Mul', [at('float'), at('row-scale')], at('by-row')),
    op('Mul', [at('by-row'), scales], bias === undefined || bias === '' ? output : at('product')),
    ...(bias === undefined || bias === '' ? [] : [op('Add', [at('product'), bias], output)]),
  ];
}

function op(op_type: string, input: string[], output: string, attribute: AttributeProto[] = []): NodeProto {
  return { op_type, input, output: [output], attribute };
}

function intAttribute(name: string, i: number): AttributeProto {
  return { name, type: attributeType.int, i };
}

/** Adds int8 weights and their scales to the constants; returns their names. */
function addWeights(model: OnnxModel, { weights, order }: Layer, constants: Constants, factor = 1): Weights {
  const stored = model.initializers.get(weights)!;
  const [rows, width] = stored.dims as [number, number];
  const values = floatsOf(model.codec.decode('TensorProto', stored.bytes), rows * width);
  const isByRow = order !== 'columns';
  const largest = new Float64Array(isByRow ? rows : width);
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < width; column++, at++) {
      const lane = isByRow ? row : column;
      largest[lane] = Math.max(largest[lane]!, Math.abs(values[at]!));
    }
  const scales = Float32Array.from(largest, (value) => (value === 0 ? 1 : value / 63));
  const codes = new Int8Array(rows * width);
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < width; column++, at++) {
      const code = Math.round(values[at]! / scales[isByRow ? row : column]!);
      codes[order === 'transposed' ? column * rows + row : at] = code;
    }
  const name = `${weights}:int8:${order}`;
  const dims = order === 'transposed' ? [width, rows] : [rows, width];
  constants.set(name, { data_type: dataType.int8, dims, raw_data: new Uint8Array(codes.buffer) });
  const scale = `${name}:scale:${factor}`;
  constants.set(
    scale,
    floats(
      order === 'table' ? [rows, 1] : [scales.length],
      scales.map((each) => each * factor),
    ),
  );
  return { codes: name, scales: scale };
}

/** The names of int8 weights and of their scales. */
interface Weights {
  readonly codes: string;
  readonly scales: string;
}

function floatsOf({ raw_data: raw, float_data: listed }: TensorProto, count: number): Float32Array {
  if (raw === undefined || raw.length === 0) return Float32Array.from(listed ?? []);
  return new Float32Array(Uint8Array.from(raw.subarray(0, 4 * count)).buffer);
}

function floats(dims: readonly number[], values: Iterable<number>): TensorProto {
  return { data_type: dataType.float32, dims: [...dims], float_data: [...values] };
}
