/** Calls to the file system or to S3 that are made at once. */
const together = 16;

/**
 * Yields the results of `work` on `items` in order, a group of 16 at a time. A hundred thousand calls one after
 * another take several times the processor time, all at once hundreds of megabytes.
 */
export async function* inGroups<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => R | Promise<R>,
): AsyncGenerator<R[]> {
  for (let from = 0; from < items.length; from += together)
    yield await Promise.all(items.slice(from, from + together).map((item, i) => work(item, from + i)));
}

/** Returns the results of `work` on all items in order, 16 at a time. */
export async function eachInGroups<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => R | Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for await (const some of inGroups(items, work)) results.push(...some);
  return results;
}
