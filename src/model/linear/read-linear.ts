import { floatsOf } from '../ensembles/node-numbers.js';
import { nodesBefore, producersOf, usesOf } from '../graph-part.js';
import { constantFloats, constantInts } from '../read-constant.js';
import { attributeOf, type GraphNode, intOf, type OnnxModel } from '../read-model.js';

/** A graph with one linear function of its inputs: sums of weights times values, and an intercept. */
export interface LinearForm {
  /**
   * The node that computes the sums, or multiplies; its answer before the intercepts are added has no other
   * use.
   */
  readonly node: GraphNode;
  /** The values that are multiplied by weights. */
  readonly values: string;
  /** The tensor of the sums; null if a link hides the node's own answer. */
  readonly raw: string | null;
  readonly sums: number;
  /** Sum by sum: one weight for each value. */
  readonly weights: Float64Array;
  readonly intercepts: Float64Array;
  /** Where each value comes from. */
  readonly origins: readonly Origin[];
}

/** An element of an input's rows. */
interface Origin {
  readonly input: string;
  readonly element: number;
}

const mostWeights = 2 ** 22;

/** Returns the linear form of a graph, or why it has none: a clause with `it` for the model. */
export function readLinear(model: OnnxModel): LinearForm | string {
  const linear = model.nodes.filter(({ op, domain }) =>
    (domain === 'ai.onnx.ml' ? learned : products).has(op),
  );
  if (linear.length === 0) return 'it has no LinearClassifier, LinearRegressor, Gemm or MatMul';
  if (linear.length > 1) return `it computes with weights in ${linear.length} steps`;
  const found = weightsOf(model, linear[0]!);
  if (typeof found === 'string') return found;
  const { node, raw } = found;
  const producers = producersOf(model);
  const made = new Set([...node.outputs, ...(raw === null ? [] : [raw])]);
  const outputs = model.outputs.map(({ name }) => name);
  const last = raw === null ? null : producers.get(raw)!;
  const after = nodesBefore(producers, outputs, new Set(last === null ? [node] : [node, last]));
  const other = after.find(({ op }) => !links.has(op));
  if (other !== undefined)
    return `its answers do not come from its linear model alone: there is a ${other.op}`;
  const fed = new Set(model.inputs.map(({ name }) => name).filter((name) => !model.initializers.has(name)));
  const around = [...outputs, ...after.flatMap(usesOf)].find((name) => fed.has(name));
  if (around !== undefined) return `its answers depend on input "${around}" beside its linear model`;
  if (
    !outputs.some((name) => made.has(name)) &&
    !after.some((one) => usesOf(one).some((name) => made.has(name)))
  )
    return 'its answers do not depend on its linear model';
  const origins = originsOf(model, producers, found.values, found.weights.length / found.sums);
  return typeof origins === 'string' ? origins : { ...found, origins };
}

type Found = Omit<LinearForm, 'origins'>;

/** Operators of ai.onnx.ml with weights of their own, and others that multiply by weights. */
const learned = new Set([
  ...['LinearClassifier', 'LinearRegressor', 'SVMClassifier', 'SVMRegressor'],
  ...['TreeEnsembleClassifier', 'TreeEnsembleRegressor', 'TreeEnsemble'],
]);
const products = new Set([
  ...['MatMul', 'Gemm', 'Conv', 'Einsum', 'LSTM', 'GRU', 'RNN'],
  ...[
    'MatMulInteger',
    'QLinearMatMul',
    'QGemm',
    'DynamicQuantizeMatMul',
    'MatMulIntegerToFloat',
    'FusedGemm',
    'FusedMatMul',
  ],
]);

function weightsOf(model: OnnxModel, node: GraphNode): Found | string {
  const values = node.inputs[0] ?? '';
  switch (node.op) {
    case 'LinearClassifier':
    case 'LinearRegressor': {
      const weights = floatsOf(model, node, 'coefficients') ?? new Float64Array(0);
      const isClassifier = node.op === 'LinearClassifier';
      const given = floatsOf(model, node, 'intercepts');
      const sums = isClassifier ? (given?.length ?? 0) : intOf(model, node, 'targets', 1);
      const intercepts = given === null || given.length === 0 ? new Float64Array(sums) : given;
      if (sums === 0 || weights.length % sums !== 0 || intercepts.length !== sums)
        return `its ${node.op} has ${weights.length} coefficients for ${intercepts.length} intercepts`;
      return { node, values, raw: null, sums, weights, intercepts };
    }
    case 'Gemm': {
      const scales = ['alpha', 'beta'].map((name) => attributeOf(model, node, name)?.f ?? 1);
      const matrix = constantFloats(model, node.inputs[1] ?? '', mostWeights);
      const isPlain = scales.every((scale) => scale === 1) && intOf(model, node, 'transA', 0) === 0;
      const bias = node.inputs[2] ? constantFloats(model, node.inputs[2], mostWeights)?.values : null;
      if (!isPlain || matrix?.dims.length !== 2 || bias === undefined)
        return 'its Gemm has no constant weights';
      const isTurned = intOf(model, node, 'transB', 0) === 1;
      return matrixForm(node, values, node.outputs[0]!, matrix, isTurned, bias);
    }
    case 'MatMul': {
      const matrix = constantFloats(model, node.inputs[1] ?? '', mostWeights);
      const users = model.nodes.filter(({ inputs }) => inputs.includes(node.outputs[0]!));
      const add = users.length === 1 && users[0]!.op === 'Add' ? users[0]! : null;
      const added = add?.inputs.find((name) => name !== node.outputs[0]);
      const bias =
        added === undefined ? null : (constantFloats(model, added, mostWeights)?.values ?? undefined);
      if (matrix?.dims.length !== 2 || bias === undefined) return 'its MatMul has no constant weights';
      return matrixForm(node, values, add?.outputs[0] ?? node.outputs[0]!, matrix, false, bias);
    }
    default:
      return `it computes with ${node.op}`;
  }
}

/** `matrix` has a row for each value, or `isTurned`, for each sum. */
function matrixForm(
  node: GraphNode,
  values: string,
  raw: string,
  { values: numbers, dims }: { readonly values: Float64Array; readonly dims: readonly number[] },
  isTurned: boolean,
  bias: Float64Array | null,
): Found | string {
  const [sums, count] = (isTurned ? dims : [...dims].reverse()) as [number, number];
  const weights = new Float64Array(sums * count);
  for (let s = 0; s < sums; s++)
    for (let i = 0; i < count; i++)
      weights[s * count + i] = numbers[isTurned ? s * count + i : i * sums + s]!;
  const intercepts = new Float64Array(sums);
  if (bias !== null && bias.length !== 1 && bias.length !== sums)
    return `its ${node.op} adds ${bias.length} numbers to ${sums} sums`;
  if (bias !== null) for (let s = 0; s < sums; s++) intercepts[s] = bias[bias.length === 1 ? 0 : s]!;
  return { node, values, raw, sums, weights, intercepts };
}

/** Operators that turn raw scores into answers. */
const links = new Set([
  ...[
    'ZipMap',
    'Normalizer',
    'Cast',
    'Identity',
    'Softmax',
    'Sigmoid',
    'ArgMax',
    'Reshape',
    'Flatten',
    'Squeeze',
  ],
  ...[
    'Unsqueeze',
    'Concat',
    'Add',
    'Sub',
    'Mul',
    'Div',
    'Neg',
    'Exp',
    'Clip',
    'Gather',
    'ArrayFeatureExtractor',
  ],
  ...[
    'Slice',
    'LabelEncoder',
    'Where',
    'Greater',
    'GreaterOrEqual',
    'Less',
    'LessOrEqual',
    'Equal',
    'Not',
    'Constant',
  ],
  ...['Shape', 'ConstantOfShape', 'Max', 'Min', 'Abs', 'Sign', 'TopK', 'Erf', 'Binarizer'],
]);

/** Operators that compute each element from the one at the same index; other inputs are constants. */
const elementwise = new Set([
  ...[
    'Identity',
    'Cast',
    'Imputer',
    'Scaler',
    'Binarizer',
    'LabelEncoder',
    'Add',
    'Sub',
    'Mul',
    'Div',
    'Pow',
    'Abs',
    'Neg',
  ],
  ...[
    'Exp',
    'Log',
    'Sqrt',
    'Clip',
    'Floor',
    'Ceil',
    'Round',
    'Sigmoid',
    'Tanh',
    'Relu',
    'Sign',
    'Reciprocal',
  ],
]);

/**
 * A matrix with the origin of each column or, with a third axis, of each element; null if the width of its
 * input is open.
 */
interface Columns {
  readonly origins: readonly Origin[] | null;
  readonly input: string;
  readonly rank: 2 | 3;
}

/** Returns the origin of each of `count` values, or why it is unknown. */
function originsOf(
  model: OnnxModel,
  producers: ReadonlyMap<string, GraphNode>,
  tensor: string,
  count: number,
): readonly Origin[] | string {
  const fed = new Map(
    model.inputs.filter(({ name }) => !model.initializers.has(name)).map((one) => [one.name, one]),
  );
  const isConstant = (name: string): boolean =>
    name === '' || model.initializers.has(name) || producers.get(name)?.op === 'Constant';
  const trace = (name: string): Columns | string => {
    const value = fed.get(name);
    if (value !== undefined) {
      const width = value.type.dims?.length === 1 ? 1 : value.type.dims?.[1];
      const origins =
        typeof width === 'number'
          ? Array.from({ length: width }, (_, element) => ({ input: name, element }))
          : null;
      return { origins, input: name, rank: 2 };
    }
    const node = producers.get(name);
    if (node === undefined) return `the values "${name}" of its linear model do not come from its inputs`;
    const several = `its linear model takes values that ${node.op} computes from several others`;
    const open = node.inputs.filter((input) => !isConstant(input));
    if (node.op === 'Concat') {
      const parts = open.length === node.inputs.length ? open.map(trace) : ['a constant'];
      const refused = parts.find((part) => typeof part === 'string');
      if (refused !== undefined) return refused === 'a constant' ? several : refused;
      const columns = parts as readonly Columns[];
      const axis = intOf(model, node, 'axis', 0);
      const rank = columns[0]!.rank;
      const isLast = axis === -1 || axis === rank - 1;
      // Along the third axis, only matrices of one column each can be joined.
      if (!isLast || columns.some((one) => one.rank !== rank || (rank === 3 && widthOf(one) !== 1)))
        return several;
      if (columns.some(({ origins }) => origins === null))
        return open.length === 1
          ? columns[0]!
          : `the width of input "${columns.find(({ origins }) => origins === null)!.input}" is not declared`;
      return { origins: columns.flatMap(({ origins }) => origins!), input: columns[0]!.input, rank };
    }
    if (open.length !== 1) return several;
    const from = trace(open[0]!);
    if (typeof from === 'string' || elementwise.has(node.op)) return from;
    if (node.op === 'Reshape' || node.op === 'Flatten' || node.op === 'Unsqueeze')
      return { ...from, rank: 2 };
    if (from.origins === null) return `the width of input "${from.input}" is not declared`;
    if (node.op === 'OneHotEncoder' && from.rank === 2) {
      const known =
        attributeOf(model, node, 'cats_strings')?.strings ?? attributeOf(model, node, 'cats_int64s')?.ints;
      const each = from.origins.flatMap((origin) => Array.from({ length: known?.length ?? 0 }, () => origin));
      return { origins: each, input: from.input, rank: 3 };
    }
    const axis = node.op === 'ArrayFeatureExtractor' ? 1 : intOf(model, node, 'axis', 0);
    if (
      (node.op === 'Gather' || node.op === 'ArrayFeatureExtractor') &&
      (axis === 1 || axis === -1) &&
      from.rank === 2
    ) {
      const places = constantInts(model, node.inputs[1] ?? '', mostWeights);
      const { origins } = from;
      if (places?.every((place) => origins[place] !== undefined))
        return { ...from, origins: places.map((place) => origins[place]!) };
    }
    return several;
  };
  const traced = trace(tensor);
  if (typeof traced === 'string') return traced;
  const { origins, input } = traced;
  // One input whose width is open has as many columns as there are weights.
  if (origins === null) return Array.from({ length: count }, (_, element) => ({ input, element }));
  return origins.length === count
    ? origins
    : `its linear model takes ${count} values, and its inputs give ${origins.length}`;
}

/** Columns of a matrix whose rows are lists. */
function widthOf({ origins }: Columns): number {
  return new Set(origins?.map(({ input, element }) => `${element} ${input}`)).size;
}
