/** Values of a column that are not among its categories, counted: `total` is exact, and what the list does not hold is in `unlisted`. */
export interface UnknownValues {
  readonly column: string;
  readonly total: number;
  /** At most `maxListed` values with their counts, in the order in which they were first met. */
  readonly values: readonly { readonly value: string; readonly count: number }[];
  /** Rows whose value is not listed: there were more values than places, or the column's values are withheld. */
  readonly unlisted: number;
}

/** The list's length, and how much of a value is kept. */
export const maxListed = 1000;
const maxShown = 200;

/** The counts of one column; `withheld` keeps the values themselves out, `hidden` counts rows whose values nobody may quote. */
export function countUnknown(
  column: string,
  counts: Iterable<readonly [value: string, count: number]>,
  withheld: boolean,
  hidden = 0,
): UnknownValues {
  const values: { value: string; count: number }[] = [];
  let total = hidden;
  let unlisted = hidden;
  for (const [value, count] of counts) {
    total += count;
    if (withheld || values.length === maxListed) unlisted += count;
    else values.push({ value: value.length > maxShown ? `${value.slice(0, maxShown)}…` : value, count });
  }
  return { column, total, values, unlisted };
}
