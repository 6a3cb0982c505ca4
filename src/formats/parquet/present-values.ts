import { blockRows } from '../../chunk/block-rows.js';
import type { NumberColumn, Validity } from '../../chunk/column.js';

/** Returns the values of the present rows, concatenated; `missing` rows are not. */
export function presentValues<Values extends NumberColumn['values'] | Uint8Array>(
  values: Values,
  validity: Validity,
  rows: number,
  missing: number,
): Values {
  if (validity === null || missing === 0) return values.subarray(0, rows) as Values;
  const present = values.slice(0, rows - missing) as Values;
  for (let row = 0, count = 0; row < rows; row += blockRows)
    count = addPresent(
      values as Float64Array,
      validity,
      row,
      Math.min(rows, row + blockRows),
      present as Float64Array,
      count,
    );
  return present;
}

/** Adds the values of the present rows `[row, end)` to others; returns how many there are. */
function addPresent(
  values: Float64Array,
  validity: Uint8Array,
  row: number,
  end: number,
  present: Float64Array,
  count: number,
): number {
  let to = count;
  for (let first = row; first < end; first += 8) {
    // Eight missing rows are passed over at once.
    let bits = validity[first >> 3]!;
    for (let i = first; bits !== 0 && i < end; i++, bits >>= 1)
      if ((bits & 1) !== 0) present[to++] = values[i]!;
  }
  return to;
}
