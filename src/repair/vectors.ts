/** One number per row; NaN if missing. */
export type Numbers = Float64Array;

/** One byte per row: see `truth`. */
export type Truths = Uint8Array;

/** One text per row as its code in a dictionary, which may hold a text twice; -1 if missing. */
export interface Texts {
  readonly codes: Int32Array;
  readonly dictionary: readonly string[];
  /** Texts that stay from one chunk to the next, in a list that only grows, and the index of each entry there. */
  readonly kept?: { readonly texts: readonly string[]; readonly indices: Int32Array };
}

/** Values of a byte of `Truths`. */
export const truth = { no: 0, yes: 1, missing: 2 } as const;

/** Vectors that are reused after `reset`: evaluations allocate nothing while chunks do not grow. */
export interface Scratch {
  numbers(rows: number): Numbers;
  truths(rows: number): Truths;
  codes(rows: number): Int32Array;
  /** Returns what `make` returned at the first call with this key. */
  kept<T>(key: object, make: () => T): T;
  reset(): void;
}

/** Creates an empty scratch space; it keeps the largest vectors that were requested. */
export function scratchSpace(): Scratch {
  const numbers = pool((rows) => new Float64Array(rows));
  const truths = pool((rows) => new Uint8Array(rows));
  const codes = pool((rows) => new Int32Array(rows));
  const kept = new Map<object, unknown>();
  return {
    numbers: numbers.take,
    truths: truths.take,
    codes: codes.take,
    kept<T>(key: object, make: () => T): T {
      if (!kept.has(key)) kept.set(key, make());
      return kept.get(key) as T;
    },
    reset() {
      numbers.reset();
      truths.reset();
      codes.reset();
    },
  };
}

function pool<T extends { readonly length: number; subarray(start: number, end: number): T }>(
  make: (rows: number) => T,
) {
  const vectors: T[] = [];
  let next = 0;
  return {
    take(rows: number): T {
      const index = next++;
      if (index === vectors.length || vectors[index]!.length < rows) vectors[index] = make(rows);
      const vector = vectors[index]!;
      return vector.length === rows ? vector : vector.subarray(0, rows);
    },
    reset(): void {
      next = 0;
    },
  };
}
