import type { LimitFunction } from 'p-limit';
import type { Slice } from '../../chunk/slice.js';
import type { PackedBins } from '../../quality/column-bins.js';
import { unpackLight } from '../../quality/light-quality.js';
import { createQualitySum } from '../../quality/quality-sum.js';
import type { SliceQuality } from '../../quality/slice-quality.js';
import { trimWhereGrown } from '../../workers/trim-memory.js';
import type { HeldBins } from '../slice/slice-result.js';
import type { ScoredSlice } from './score-with-retries.js';

/**
 * The profiles of a partition's slices. Everything that depends on the order of the input comes with each
 * slice; bins, which are much larger, are added up in the workers and come for many slices at a time. Each
 * slice counts once: slices that a worker held when it ended are counted again.
 */
export interface PartitionProfiles {
  /** Returns true if this slice's worker must hand over its bins at once. */
  handOver(slice: Slice): boolean;
  /**
   * Takes the `HeldBins` that a worker handed over when it closed the partition's context (null if they come
   * with a slice), and bins sent earlier.
   */
  gathered(held: unknown, parts?: readonly unknown[]): void;
  /** Adds the next slice in the order of the input. */
  add(slice: Slice, scored: ScoredSlice): void;
  /**
   * Returns the quality of all slices. `drop` makes the workers hand over the bins that they hold; slices
   * whose bins are then missing are scored again, as `limit` has room.
   */
  finish(drop: () => Promise<void>, limit: LimitFunction): Promise<SliceQuality>;
}

/** The profiles of no slices, of an input of so many bytes. */
export function createPartitionProfiles(inputBytes: number): PartitionProfiles {
  const sum = createQualitySum();
  const added = new Set<number>();
  /** Slices that are written while a worker holds their bins. */
  const waiting = new Map<number, ScoredSlice['again']>();
  let isLate = false;
  let twice: number | null = null;

  function take({ slices, bins }: HeldBins): void {
    for (const index of slices) {
      if (added.has(index)) twice ??= index;
      added.add(index);
      waiting.delete(index);
    }
    sum.addBins(bins);
  }

  return {
    // A file of one slice needs no second request; for more slices, the workers can hold the bins. Bytes that
    // cannot be read again are not kept for a second attempt.
    handOver: (slice) =>
      (slice.index === 0 && slice.inputBytes >= inputBytes / 2) ||
      (slice.kind === 'bytes' && slice.bytes !== null),
    gathered(held, parts = []) {
      if (isLate) return;
      for (const part of parts) sum.addBins(part as PackedBins);
      if (held !== null) take(held as HeldBins);
    },
    add(slice, { result, again }) {
      sum.add(unpackLight(result.quality));
      if (result.bins !== null) take(result.bins);
      if (!added.has(slice.index)) waiting.set(slice.index, again);
    },
    async finish(drop, limit) {
      if (waiting.size > 0) await drop();
      isLate = true;
      const lost = [...waiting.values()];
      await Promise.all(lost.map((again) => limit(async () => take((await again()).bins!))));
      if (twice !== null) throw new Error(`the bins of slice ${twice} came twice`);
      const quality = sum.quality();
      trimWhereGrown();
      return quality;
    },
  };
}
