/**
 * Counts of the most frequent texts: exact while there are at most `maxValues` different ones (`error` 0),
 * else Misra and Gries's summary in its mergeable form (Agarwal et al. 2012): each count is too low by at
 * most `error`, and `error` is at most `total / (maxValues + 1)`.
 */
export interface TopValues {
  readonly values: readonly string[];
  readonly counts: readonly number[];
  /** Number of counted values, including those no longer listed. */
  readonly total: number;
  readonly error: number;
}

/** Maximum number of distinct values that are counted. */
export const maxValues = 1024;

export const noTopValues: TopValues = { values: [], counts: [], total: 0, error: 0 };

/** Returns the summary of the texts of `[start, end)` by their counts, of which 0 means that a text is absent. */
export function summariseEntries(
  texts: readonly string[],
  counts: Int32Array,
  start: number,
  end: number,
): TopValues {
  let total = 0;
  let present = 0;
  for (let i = start; i < end; i++) {
    total += counts[i]!;
    if (counts[i]! > 0) present++;
  }
  const cut = present <= maxValues ? 0 : countAt(counts.subarray(start, end), end - start - maxValues - 1);
  return { ...keep(texts, counts, start, end, cut), total, error: cut };
}

/** Merges two summaries; costs one map of at most `2 * maxValues` entries, or none if `b` has nothing new. */
export function mergeTopValues(a: TopValues, b: TopValues): TopValues {
  if (a.total === 0) return b;
  if (b.total === 0) return a;
  const total = a.total + b.total;
  const counts = [...a.counts];
  let next = 0;
  for (let i = 0; i < counts.length && next < b.values.length; i++)
    if (a.values[i] === b.values[next]) counts[i]! += b.counts[next++]!;
  // All of them are in the same order, as with texts of one dictionary: no need to search.
  if (next === b.values.length) return { values: a.values, counts, total, error: a.error + b.error };
  const indices = new Map<string, number>();
  for (let i = 0; i < counts.length; i++) indices.set(a.values[i]!, i);
  const values = [...a.values];
  const sums = [...a.counts];
  for (let i = 0; i < b.values.length; i++) {
    const index = indices.get(b.values[i]!);
    if (index !== undefined) sums[index]! += b.counts[i]!;
    else {
      values.push(b.values[i]!);
      sums.push(b.counts[i]!);
    }
  }
  return trim(values, sums, total, a.error + b.error);
}

function trim(values: readonly string[], counts: readonly number[], total: number, error: number): TopValues {
  if (values.length <= maxValues) return { values, counts, total, error };
  const cut = countAt(counts, values.length - maxValues - 1);
  return { ...keep(values, counts, 0, values.length, cut), total, error: error + cut };
}

/** Returns those of the values of `[start, end)` that occur more often than `cut`, which is taken off. */
function keep(
  values: readonly string[],
  counts: ArrayLike<number>,
  start: number,
  end: number,
  cut: number,
): Pick<TopValues, 'values' | 'counts'> {
  const keptValues: string[] = [];
  const keptCounts: number[] = [];
  for (let i = start; i < end; i++) {
    if (counts[i]! <= cut) continue;
    keptValues.push(values[i]!);
    keptCounts.push(counts[i]! - cut);
  }
  return { values: keptValues, counts: keptCounts };
}

/** Counts below this are sorted by how many there are of each. */
const smallCounts = 4096;

/** Returns the count at an index of the sorted counts. */
function countAt(counts: ArrayLike<number>, index: number): number {
  const perCount = new Int32Array(smallCounts);
  for (let i = 0; i < counts.length; i++) if (counts[i]! < smallCounts) perCount[counts[i]!]!++;
  let below = 0;
  for (let count = 0; count < smallCounts; count++) {
    below += perCount[count]!;
    if (below > index) return count;
  }
  return Float64Array.from(counts).sort()[index]!;
}

/** Returns the `limit` most frequent values, most frequent first, ties by code point. */
export function mostFrequent(
  top: TopValues,
  limit: number,
): { readonly value: string; readonly count: number }[] {
  return top.values
    .map((value, i) => ({ value, count: top.counts[i]! }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, limit);
}
