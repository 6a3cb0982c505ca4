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
  for (let first = 0, count = 0; first < rows; first += 8) {
    // Eight missing rows are passed over at once.
    let bits = validity[first >> 3]!;
    for (let row = first; bits !== 0 && row < rows; row++, bits >>= 1)
      if ((bits & 1) !== 0) present[count++] = values[row]!;
  }
  return present;
}
