/** Returns 64-bit numbers as pairs of words, the low one first: reading a number that way makes no bigint. */
export function halvesOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
}

/** Returns the number of a row as the nearest double: exact up to 2^53. */
export function doubleAt(halves: Int32Array, row: number): number {
  return halves[2 * row + 1]! * 4294967296 + (halves[2 * row]! >>> 0);
}
