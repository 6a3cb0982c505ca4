import type { ReadPlan } from '../../chunk/read-plan.js';
import type { Slice } from '../../chunk/slice.js';
import { NotCarried } from '../../formats/fetched-file.js';
import type { Source } from '../../formats/format.js';

/**
 * Returns a function that calls `work` with a slice that a worker can decode: a slice of a remote source
 * carries the bytes of the columns that `read` names. If a worker needs others, because it shows a whole bad
 * row, calls `work` again with all columns, and from then on carries all of them at once.
 */
export function carrying(
  source: Source,
  read: ReadPlan,
): <T>(slice: Slice, work: (slice: Slice) => Promise<T>) => Promise<T> {
  if (source.carry === undefined) return (slice, work) => work(slice);
  const carry = source.carry.bind(source);
  let needsAll = false;
  return async (slice, work) => {
    const some = needsAll ? null : await carry(slice, read);
    if (some !== null) {
      try {
        return await work(some);
      } catch (error) {
        // The error has crossed from a worker.
        if (!(error instanceof Error) || error.name !== NotCarried.name) throw error;
        needsAll = true;
      }
    }
    return work(await carry(slice, null));
  };
}
