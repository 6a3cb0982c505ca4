/**
 * Memory for byte strings that are constantly replaced by longer ones, such as the bins of a thousand
 * columns. With a separate buffer for each, every slice would leave one buffer a column to be collected, and
 * a fragmented C heap.
 */
export interface Slabs {
  /** Finds room for a string, from `slab.end` on, which is a multiple of 4; the bytes there are not zero. */
  allocate(length: number): Slab;
  /** Releases a string of a slab, which is reused once all of its strings are released. */
  free(slab: Slab, length: number): void;
  /** True if strings that stay where they are hold so much memory that it pays to move all of them. */
  isSparse(): boolean;
  /** Releases the memory that holds no string, except for a few slabs. */
  release(kept?: number): void;
}

/** A buffer that is filled from the start. */
export interface Slab {
  readonly bytes: Uint8Array;
  /** Offset of the next string. */
  end: number;
  /** Number of its strings. */
  strings: number;
}

/**
 * From this size on, the C library maps memory separately, and returns it to the system when it is released.
 */
const slabBytes = 256 * 1024;

/** Number of slabs allowed beyond twice the used ones; with more, strings are moved to new slabs. */
const mostSpare = 8;

/** No slabs. */
export function createSlabs(): Slabs {
  const spare: Slab[] = [];
  let current: Slab | null = null;
  let slabs = 0;
  let used = 0;

  function next(length: number): Slab {
    if (length > slabBytes) throw new RangeError(`a slab has ${slabBytes} bytes`);
    const reused = spare.pop();
    if (reused !== undefined) return reused;
    slabs++;
    return { bytes: new Uint8Array(slabBytes), end: 0, strings: 0 };
  }

  return {
    allocate(length) {
      const room = (length + 3) & ~3;
      if (current === null || current.end + room > slabBytes) current = next(room);
      current.strings++;
      used += room;
      return current;
    },
    free(slab, length) {
      used -= (length + 3) & ~3;
      if (--slab.strings > 0) return;
      slab.end = 0;
      if (slab !== current) spare.push(slab);
    },
    isSparse: () => (slabs - spare.length - mostSpare) * slabBytes > 2 * used,
    release(kept = 0) {
      slabs -= spare.splice(kept).length;
    },
  };
}
