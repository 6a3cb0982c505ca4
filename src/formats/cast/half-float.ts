import { fromFloat16 } from '../../text/float16.js';

/** Converts 16-bit floats to 32-bit floats, which hold each of them exactly. */
export function halvesToFloat32(bits: ArrayLike<number>): Float32Array {
  const floats = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) floats[i] = fromFloat16(bits[i]!);
  return floats;
}
