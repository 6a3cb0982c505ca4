import { loadCodec } from '../onnx-messages.js';
import { attributeType, elementTypes, field } from '../onnx-schema.js';
import { lengthDelimited } from '../wire.js';
import type { Link } from './finish-sums.js';

/** The input and output of a link's model. */
export const linkInput = 'sums';
export const linkOutput = 'scores';

/**
 * Returns a model of one node that applies a link to rows of `width` scores: the runtime's linear models with
 * coefficients of 1 call the same functions on them as its tree ensembles do (`ComputeLogistic`,
 * `ComputeProbit`, `ComputeSoftmax`, `ComputeSoftmaxZero`). One sum per row gives two answers of `logistic`: of
 * the sum with the other sign, and of the sum; and one of `probit`.
 *
 * The softmax of five classes and more is another one there, but `ComputeSoftmaxZero` takes the same steps for
 * rows without a score near 0, see `isNearZero`.
 */
export async function linkModel(link: Link, width: number): Promise<Uint8Array> {
  const codec = await loadCodec();
  const isLogistic = link === 'logistic';
  const isProbit = link === 'probit';
  const columns = isLogistic || isProbit ? 1 : width;
  const labels = isLogistic ? 2 : columns;
  const identity = Array.from({ length: columns * columns }, (_, i) => Number(i % (columns + 1) === 0));
  const classes = {
    name: 'classlabels_ints',
    type: attributeType.ints,
    ints: Array.from({ length: labels }, (_, i) => i),
  };
  const node = codec.encode('NodeProto', {
    op_type: isProbit ? 'LinearRegressor' : 'LinearClassifier',
    domain: 'ai.onnx.ml',
    input: [linkInput],
    output: isProbit ? [linkOutput] : ['label', linkOutput],
    attribute: [
      ...(isProbit ? [] : [classes]),
      { name: 'coefficients', type: attributeType.floats, floats: identity },
      { name: 'intercepts', type: attributeType.floats, floats: new Array<number>(columns).fill(0) },
      { name: 'post_transform', type: 3, s: Buffer.from(transforms[link]) },
    ],
  });
  const value = (name: string, dims: number) =>
    codec.encode('ValueInfoProto', {
      name,
      type: {
        tensor_type: {
          elem_type: elementTypes.indexOf('float32'),
          shape: { dim: [{}, { dim_value: dims }] },
        },
      },
    });
  const graph = [
    ...lengthDelimited(field.graph.node, [node]),
    ...lengthDelimited(field.graph.name, [Buffer.from('link')]),
    ...lengthDelimited(field.graph.input, [value(linkInput, columns)]),
    ...lengthDelimited(field.graph.output, [value(linkOutput, labels)]),
  ];
  const opset = (domain: string, version: number) =>
    lengthDelimited(field.model.opsetImport, [codec.encode('OperatorSetIdProto', { domain, version })]);
  return Buffer.concat([
    Uint8Array.from([field.model.irVersion << 3, 8]),
    ...opset('', 17),
    ...opset('ai.onnx.ml', 1),
    ...lengthDelimited(field.model.graph, graph),
  ]);
}

const transforms = {
  logistic: 'LOGISTIC',
  probit: 'PROBIT',
  softmax: 'SOFTMAX',
  'wide-softmax': 'SOFTMAX_ZERO',
  'softmax-zero': 'SOFTMAX_ZERO',
};

/** Returns true for scores that `ComputeSoftmaxZero` takes for 0. */
export function isNearZero(score: number): boolean {
  return !(Math.abs(score) > nearZero);
}

const nearZero = Math.fround(1e-7);

/** Rows of a link's run: the runtime computes another softmax from 16,384 scores on. */
export const mostLinkRows = 2048;
