import { countBefore } from '../chunk/count-before.js';
import type { HeldBytes } from '../chunk/slice.js';

/** Finds pieces of a file by their location. */
export interface PieceIndex<Piece extends HeldBytes> {
  /** Returns the piece that holds the byte at `at` and the most bytes after it, or null. */
  holding(at: number): Piece | null;
  /** Returns the start of the first piece after `at`, or infinity. */
  startAfter(at: number): number;
}

/** Indexes pieces, which may overlap, for lookups by bisection. */
export function indexPieces<Piece extends HeldBytes>(pieces: readonly Piece[]): PieceIndex<Piece> {
  const sorted = [...pieces].sort((a, b) => a.start - b.start);
  /** For each index, the piece up to it that ends last. */
  const lastToEnd: Piece[] = [];
  for (const piece of sorted) {
    const before = lastToEnd.at(-1);
    lastToEnd.push(before === undefined || endOf(before) < endOf(piece) ? piece : before);
  }

  /** Returns the number of pieces that start at `at` or before. */
  function countUpTo(at: number): number {
    return countBefore(sorted.length, (i) => sorted[i]!.start <= at);
  }

  return {
    holding(at) {
      const piece = lastToEnd[countUpTo(at) - 1];
      return piece !== undefined && at < endOf(piece) ? piece : null;
    },
    startAfter: (at) => sorted[countUpTo(at)]?.start ?? Number.POSITIVE_INFINITY,
  };
}

/** Returns the location of the byte after a piece. */
export function endOf({ start, bytes }: HeldBytes): number {
  return start + bytes.length;
}
