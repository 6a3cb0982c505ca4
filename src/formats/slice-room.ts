import type { ReadPlan } from '../chunk/read-plan.js';
import type { Slice } from '../chunk/slice.js';
import { BudgetError } from '../errors.js';

/** Counts what the parts of one slice take decoded, before memory is asked for. */
export interface SliceRoom {
  /** Begins the count again for another slice. */
  begin(slice: Slice): void;
  /** Counts some bytes more. Throws `BudgetError` where the slice takes more than it may: growth within a slice is seen by nobody else in time. */
  take(bytes: number): void;
}

/** Room without a bound. */
export const endlessRoom: SliceRoom = { begin() {}, take() {} };

/** The room of the slices of one file. */
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
        `${path}: ${rows} take ${mib(taken)} or more decoded, the memory holds ${mib(mostSliceBytes)} of a slice`,
        {
          file: path,
          hint: 'raise "run.memory" or the limit of the machine, or write the file again with smaller pages, batches or cells',
        },
      );
    },
  };
}
