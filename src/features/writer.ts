import type { TensorData, TensorType } from '../chunk/tensor.js';
import { toFloat16 } from '../text/float16.js';

/** The memory of a tensor of numbers. */
export type Out = Exclude<TensorData['data'], readonly string[]>;

/** Writes rows `[from, to)` of one column into its elements of a row-major buffer whose rows are `stride` values long. */
export type Writer = (out: Out, stride: number, from: number, to: number) => void;

/** Returns a function that writes a number into a tensor of `type`; values that a narrow type cannot hold were rejected before. */
export function converter(type: TensorType): (out: Out, i: number, value: number) => void {
  if (type === 'float16')
    return (out, i, value) => {
      out[i] = toFloat16(value);
    };
  if (type === 'int64' || type === 'uint64')
    return (out, i, value) => {
      out[i] = BigInt(value);
    };
  return (out, i, value) => {
    out[i] = value;
  };
}

/** Returns the 32-bit words of a 64-bit array; the low word comes first on every machine that the runtime supports. */
export function wordsOf(out: Out): Int32Array {
  return new Int32Array(out.buffer, out.byteOffset, out.length * 2);
}
