import { noBinBytes } from './bin-bytes.js';
import { registers } from './distinct.js';
import type { SketchBytes } from './sketch-sum.js';
import { createSlabs, type Slab } from './slabs.js';

/** A column's registers, if it has any, and its bins after them, in a slab. */
export interface Held extends SketchBytes {
  /** Null for no bytes. */
  readonly slab: Slab | null;
  readonly hasRanks: boolean;
}

/** Memory for the bins of many columns. */
export interface HeldBins {
  /** Copies bins into a slab, with the registers of another sum if it has any, else with zeros. */
  keep(sketch: SketchBytes, hasRanks: boolean, ranks: Uint8Array | null): Held;
  copy(held: Held): Held;
  /** Copies bins and frees the old ones. */
  move(held: Held): Held;
  free(held: Held): void;
  /** Releases unused slabs but so many. */
  release(kept?: number): void;
  /** Returns true if the slabs are mostly unused. */
  isSparse(): boolean;
}

/** Opens an empty store. */
export function openHeldBins(): HeldBins {
  const slabs = createSlabs();
  const store: HeldBins = {
    keep(sketch, hasRanks, ranks) {
      const { precision, bins } = sketch;
      const ranksLength = hasRanks ? registers : 0;
      const length = ranksLength + sketch.end - sketch.start;
      if (length === 0) return none(precision);
      const slab = slabs.allocate(length);
      const { bytes, end: from } = slab;
      const start = from + ranksLength;
      const end = from + length;
      if (ranks !== null) bytes.set(ranks, from);
      else if (hasRanks) bytes.fill(0, from, start);
      bytes.set(sketch.bytes.subarray(sketch.start, sketch.end), start);
      slab.end = (end + 3) & ~3;
      return { precision, bytes, start, end, bins, slab, hasRanks };
    },
    copy: (held) => store.keep(held, held.hasRanks, ranksOf(held)),
    move(held) {
      const moved = store.copy(held);
      store.free(held);
      return moved;
    },
    free(held) {
      if (held.slab !== null) slabs.free(held.slab, lengthOf(held));
    },
    release: (kept) => slabs.release(kept),
    isSparse: () => slabs.isSparse(),
  };
  return store;
}

/** Returns a column without values. */
export function none(precision: number): Held {
  return { precision, ...noBinBytes, slab: null, hasRanks: false };
}

/** Returns the bytes of a column. */
export function lengthOf({ start, end, hasRanks }: Held): number {
  return end - start + (hasRanks ? registers : 0);
}

/** Returns a column's registers; null if it has none. */
export function ranksOf({ bytes, start, hasRanks }: Held): Uint8Array | null {
  return hasRanks ? bytes.subarray(start - registers, start) : null;
}
