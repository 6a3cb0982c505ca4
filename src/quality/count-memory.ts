import { INPUT, PRESENT } from '../kernels/count-layout.js';
import type { CountLoops } from '../kernels/count-loops.js';
import { openCountLoops } from '../kernels/open-count-loops.js';

/** The memory for counting columns, one block of one column at a time, and the loops over it. */
export interface CountMemory {
  readonly loops: CountLoops;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly floats: Float64Array;
  /** Copies `values[start..end)` to `address`. */
  load(
    values: ArrayBufferView & { readonly BYTES_PER_ELEMENT: number },
    start: number,
    end: number,
    address?: number,
  ): void;
  /** Copies the validity bits of rows `[start, end)`, where `start` is a multiple of 8. */
  loadBits(validity: Uint8Array, start: number, end: number): void;
}

/** Returns the memory of such loops. */
export function countMemory(loops: CountLoops): CountMemory {
  const bytes = new Uint8Array(loops.buffer);
  return {
    loops,
    bytes,
    words: new Int32Array(loops.buffer),
    floats: new Float64Array(loops.buffer),
    load({ buffer, byteOffset, BYTES_PER_ELEMENT: width }, start, end, address = INPUT) {
      bytes.set(new Uint8Array(buffer, byteOffset + start * width, (end - start) * width), address);
    },
    loadBits(validity, start, end) {
      bytes.set(validity.subarray(start >> 3, (end + 7) >> 3), PRESENT);
    },
  };
}

/** Returns this thread's counting memory, opened on first use. */
export function sharedCountMemory(): CountMemory {
  shared ??= countMemory(openCountLoops());
  return shared;
}

let shared: CountMemory | null = null;
