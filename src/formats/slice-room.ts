import type { ReadPlan } from '../chunk/read-plan.js';
import type { RowSlice } from '../chunk/slice.js';
import { BudgetError } from '../errors.js';

/** Counts the decoded size of the parts of one slice, before memory is allocated. */
export interface SliceRoom {
  /** Restarts the count for another slice. */
  begin(slice: RowSlice): void;
  /**
   * Adds bytes to the count. Throws `BudgetError` if the slice takes more than it may: nothing else notices
   * growth within a slice in time.
   */
  take(bytes: number): void;
}

/** Room without a bound. */
export const endlessRoom: SliceRoom = { begin() {}, take() {} };

/** Returns the room of the slices of one file. */
export function sliceRoom(path: string, { mostSliceBytes }: ReadPlan): SliceRoom {
  if (mostSliceBytes === undefined) return endlessRoom;
  let taken = 0;
  let rows = '';
  return {
    begin({ firstRow, start, end }) {
      taken = 0;
      rows = `rows ${firstRow} to ${firstRow + end - start - 1}`;
    },
    take(bytes) {
      taken += bytes;
      if (taken <= mostSliceBytes) return;
      const mib = (count: number) => `${Math.ceil(count / 2 ** 20)} MiB`;
      throw new BudgetError(
        'memory-budget',
        `${path}: ${rows} take ${mib(taken)} or more when decoded, but only ${mib(mostSliceBytes)} of memory are available for a slice`,
        {
          file: path,
          hint: 'raise "run.memory" or the limit of the machine, or write the file again with smaller pages, batches or cells',
        },
      );
    },
  };
}
