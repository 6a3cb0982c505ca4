import type { ArrowArray } from '../cast/arrow-array.js';

/**
 * Returns a time column's rows in microseconds, with the nanoseconds left over where any row has some.
 * `nanos` are the same rows in nanoseconds modulo 2^64, as the reader computes them: times outside 1677 to
 * 2262 wrap, but their last digits hold.
 */
export function withNanoseconds(micros: ArrowArray, nanos: ArrowArray): ArrowArray {
  if (micros.store === 'nothing' || nanos.store === 'nothing') return micros;
  if (micros.store !== 'numbers' || nanos.store !== 'numbers') throw new Error('times are stored as numbers');
  const [coarse, fine] = [lowWords(micros.values), lowWords(nanos.values)];
  const rest = new Int16Array(micros.length);
  let isFiner = false;
  for (let row = 0; row < rest.length; row++) {
    const left = (fine[2 * row]! - Math.imul(coarse[2 * row]!, 1000)) | 0;
    if (left === 0) continue;
    rest[row] = left;
    isFiner = true;
  }
  return isFiner ? { ...micros, nanoseconds: rest } : micros;
}

function lowWords({
  buffer,
  byteOffset,
  length,
  BYTES_PER_ELEMENT,
}: ArrayBufferView & ArrayLike<unknown> & { BYTES_PER_ELEMENT: number }) {
  if (BYTES_PER_ELEMENT !== 8) throw new Error('times are stored in 64 bits');
  return new Int32Array(buffer, byteOffset, 2 * length);
}
