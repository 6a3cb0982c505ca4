import { INPUT, NUMBERS, PAGES, PRESENT } from '../count-layout.js';

/** The memory of the plain counting loops, as arrays of each type. */
export interface CountMemory {
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly floats: Float64Array;
  /** The values of INPUT, by the type of their column. */
  readonly inputs: {
    readonly floats32: Float32Array;
    readonly floats64: Float64Array;
    readonly ints32: Int32Array;
    readonly ints64: BigInt64Array;
  };
  readonly numbers: Float64Array;
  /** Two for each of NUMBERS, the low one first. */
  readonly numberWords: Int32Array;
}

export function openCountMemory(): CountMemory {
  const buffer = new ArrayBuffer(PAGES * 65_536);
  return {
    buffer,
    bytes: new Uint8Array(buffer),
    words: new Int32Array(buffer),
    floats: new Float64Array(buffer),
    inputs: {
      floats32: new Float32Array(buffer, INPUT),
      floats64: new Float64Array(buffer, INPUT),
      ints32: new Int32Array(buffer, INPUT),
      ints64: new BigInt64Array(buffer, INPUT),
    },
    numbers: new Float64Array(buffer, NUMBERS, 8192),
    numberWords: new Int32Array(buffer, NUMBERS),
  };
}

/** Returns true if PRESENT says that a row has no value. */
export function isMissing({ bytes }: CountMemory, row: number, mayMiss: boolean): boolean {
  return mayMiss && (bytes[PRESENT + (row >> 3)]! & (1 << (row & 7))) === 0;
}
