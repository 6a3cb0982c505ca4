/** Counts of values outside a column's categories: `total` is exact, `unlisted` counts those not listed. */
export interface UnknownValues {
  readonly column: string;
  readonly total: number;
  /** At most `maxListed` values with their counts, in the order of first occurrence. */
  readonly values: readonly { readonly value: string; readonly count: number }[];
  /** Rows whose value is not listed: the list was full, or the column's values are withheld. */
  readonly unlisted: number;
}

/** Maximum length of the list, and of a value in it. */
export const maxListed = 1000;
const maxShown = 200;

/** Counts a column's unknown values; `withheld` omits the values, `hidden` counts those not to be quoted. */
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
