import type { ReadPlan } from '../chunk/read-plan.js';
import { type CarriedBytes, type RowSlice, type Slice, sliceOf } from '../chunk/slice.js';
import type { FetchedFile } from './file-access.js';
import type { SourceDescription } from './format.js';
import { slicesByGroup } from './row-slices.js';

/** Adds to slices of a remote file the bytes that a worker needs to decode them. */
export interface SliceCarrier {
  carry(slice: Slice, read: ReadPlan | null): Promise<Slice>;
  /** Drops the bytes that are kept for the next slice. */
  release(): void;
}

/**
 * Creates the carrier of one file from `carry`, which gets a slice and the indexes of the columns that are
 * read: all readable ones without a plan. Slices are carried one after the other, so that none fetches what
 * another is fetching.
 */
export function sliceCarrier(
  file: FetchedFile,
  columns: SourceDescription['columns'],
  carry: (slice: RowSlice, sources: readonly number[]) => Promise<RowSlice>,
): SliceCarrier {
  let turn: Promise<unknown> = Promise.resolve();

  /** Carries each group of a slice. */
  async function carryAll(slice: RowSlice, sources: readonly number[]): Promise<RowSlice> {
    if (slice.groupRows === undefined) return carry(slice, sources);
    const parts: CarriedBytes[] = [];
    for (const part of slicesByGroup(slice)) parts.push((await carry(part, sources)).carried!);
    const bytes = parts.flatMap((part) => part.bytes);
    const windows = parts.flatMap((part) => part.windows ?? []);
    return { ...slice, carried: windows.length === 0 ? { bytes } : { bytes, windows } };
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work);
    turn = next.catch(() => {});
    return next;
  }

  return {
    carry(slice, read) {
      const sources =
        read?.columns.map(({ source }) => source) ??
        columns.flatMap(({ readable }, i) => (readable ? [i] : []));
      return inTurn(() => carryAll(sliceOf('rows', slice), [...new Set(sources)]));
    },
    release() {
      void inTurn(async () => file.clear());
    },
  };
}
