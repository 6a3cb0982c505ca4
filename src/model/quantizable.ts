import { readModel } from './read-model.js';

const ops = new Set(['MatMul', 'Gemm', 'Conv', 'LSTM', 'Attention']);
const quantized =
  /^(?:MatMulInteger|ConvInteger|DynamicQuantize\w+|QLinear\w+|QuantizeLinear|DequantizeLinear)$/;

/**
 * Says whether an ONNX model has weights that `quantize_dynamic` of onnxruntime would store as int8, or has
 * them already. Throws `InvalidError` for other files.
 */
export async function quantizable(bytes: Uint8Array, path: string): Promise<'yes' | 'no' | 'is'> {
  const { nodes, initializers } = await readModel(bytes, path);
  if (nodes.some(({ op }) => quantized.test(op))) return 'is';
  return nodes.some(({ op, inputs }) => ops.has(op) && inputs.some((name) => initializers.has(name)))
    ? 'yes'
    : 'no';
}
