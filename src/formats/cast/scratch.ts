/**
 * Typed arrays of one column that are reused for every chunk, and grow for a larger one: each member returns
 * the first `length` elements of its array, with the content of the last chunk. `validity` holds one bit per
 * row, all of them set.
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
  return new GrowingScratch();
}

/** A class, because closures for each of a thousand columns took more memory than their arrays. */
class GrowingScratch implements Scratch {
  #int32: Int32Array | null = null;
  #int64: BigInt64Array | null = null;
  #float32: Float32Array | null = null;
  #float64: Float64Array | null = null;
  #bytes: Uint8Array | null = null;
  #validity: Uint8Array | null = null;

  int32(length: number): Int32Array {
    if (this.#int32 === null || this.#int32.length < length) this.#int32 = new Int32Array(length);
    return this.#int32.subarray(0, length);
  }
  int64(length: number): BigInt64Array {
    if (this.#int64 === null || this.#int64.length < length) this.#int64 = new BigInt64Array(length);
    return this.#int64.subarray(0, length);
  }
  float32(length: number): Float32Array {
    if (this.#float32 === null || this.#float32.length < length) this.#float32 = new Float32Array(length);
    return this.#float32.subarray(0, length);
  }
  float64(length: number): Float64Array {
    if (this.#float64 === null || this.#float64.length < length) this.#float64 = new Float64Array(length);
    return this.#float64.subarray(0, length);
  }
  bytes(length: number): Uint8Array {
    if (this.#bytes === null || this.#bytes.length < length) this.#bytes = new Uint8Array(length);
    return this.#bytes.subarray(0, length);
  }
  validity(rows: number): Uint8Array {
    const length = (rows + 7) >> 3;
    if (this.#validity === null || this.#validity.length < length) this.#validity = new Uint8Array(length);
    return this.#validity.subarray(0, length).fill(0xff);
  }
}
