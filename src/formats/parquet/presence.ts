import { blockRows } from '../../chunk/block-rows.js';
import type { NumberColumn, Validity } from '../../chunk/column.js';
import { gather } from '../../chunk/select-rows.js';
import { withLength } from './column-chunk.js';
import { bitRunLengths, oneRun } from './run-lengths.js';

/** Which rows of columns are present: what follows from a bitmap is made once for all columns that share it. */
export interface Presence {
  /** Returns the definition levels of an optional column: 1 if its row is present. */
  levels(validity: Validity): readonly Uint8Array[];
  /** Returns the values of the present rows, concatenated; `missing` rows are not. */
  values<Values extends NumberColumn['values'] | Uint8Array>(
    values: Values,
    validity: Validity,
    missing: number,
  ): Values;
}

export function presenceOf(rows: number): Presence {
  const levels = new Map<Validity, readonly Uint8Array[]>();
  const present = new Map<Validity, Int32Array>();
  return {
    levels(validity) {
      let known = levels.get(validity);
      if (known === undefined) {
        known = withLength(validity === null ? oneRun(1, rows, 1) : bitRunLengths(validity, rows));
        levels.set(validity, known);
      }
      return known;
    },
    values(values, validity, missing) {
      if (validity === null || missing === 0) return values.subarray(0, rows) as typeof values;
      let known = present.get(validity);
      if (known === undefined) {
        known = rowsOf(validity, rows, rows - missing);
        present.set(validity, known);
      }
      return gather(values, values.slice(0, known.length) as typeof values, known);
    },
  };
}

/** Returns the `count` rows that are present. */
function rowsOf(validity: Uint8Array, rows: number, count: number): Int32Array {
  const present = new Int32Array(count);
  for (let row = 0, to = 0; row < rows; row += blockRows)
    to = addRows(validity, row, Math.min(rows, row + blockRows), present, to);
  return present;
}

/** Adds the present rows of `[row, end)` to others; returns how many there are. */
function addRows(validity: Uint8Array, row: number, end: number, present: Int32Array, count: number): number {
  let to = count;
  for (let first = row; first < end; first += 8) {
    // Eight missing rows are passed over at once.
    let bits = validity[first >> 3]!;
    for (let i = first; bits !== 0 && i < end; i++, bits >>= 1) if ((bits & 1) !== 0) present[to++] = i;
  }
  return to;
}
