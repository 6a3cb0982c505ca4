import type { TensorData, TensorType } from '../chunk/tensor.js';
import { toFloat16 } from '../text/float16.js';

/** The memory of a tensor of numbers. */
export type Out = Exclude<TensorData['data'], readonly string[]>;

/** Writes rows `[from, to)` of a column into a row-major buffer whose rows are `stride` values long. */
export type Writer = (out: Out, stride: number, from: number, to: number) => void;

/** Returns a function that writes a number into a tensor of `type`; unfit values were rejected before. */
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

/** Returns the 32-bit words of a 64-bit array, low word first on every supported machine. */
export function wordsOf(out: Out): Int32Array {
  return new Int32Array(out.buffer, out.byteOffset, out.length * 2);
}
