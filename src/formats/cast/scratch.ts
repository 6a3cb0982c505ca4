/**
 * Typed arrays of one column that are reused for every chunk, and grow for a larger one: each member returns the first `length` elements of
 * its array, with the content of the last chunk. `validity` holds one bit per row, all of them set.
 */
export interface Scratch {
  int32(length: number): Int32Array;
  int64(length: number): BigInt64Array;
  float32(length: number): Float32Array;
  float64(length: number): Float64Array;
  bytes(length: number): Uint8Array;
  validity(rows: number): Uint8Array;
}

/** Creates an empty scratch for one column. */
export function scratch(): Scratch {
  const bits = growing((length) => new Uint8Array(length));
  return {
    int32: growing((length) => new Int32Array(length)),
    int64: growing((length) => new BigInt64Array(length)),
    float32: growing((length) => new Float32Array(length)),
    float64: growing((length) => new Float64Array(length)),
    bytes: growing((length) => new Uint8Array(length)),
    validity: (rows) => bits((rows + 7) >> 3).fill(0xff),
  };
}

interface Growable<T> {
  readonly length: number;
  subarray(start: number, end: number): T;
}

function growing<T extends Growable<T>>(make: (length: number) => T): (length: number) => T {
  let array: T | null = null;
  return (length) => {
    if (array === null || array.length < length) array = make(length);
    return array.subarray(0, length);
  };
}
