import { countBefore } from '../../chunk/count-before.js';

/** Location of a row in a block. */
export interface RowLocation {
  readonly start: number;
  readonly end: number;
}

/**
 * Locations of rows in a block: three numbers per row, added in the order of the rows. Only a few are ever
 * looked up.
 */
export interface RowLocations {
  add(row: number, start: number, end: number): void;
  /** Returns the location of a row, null for one that was not added: a binary search. */
  find(row: number): RowLocation | null;
}

/** Creates an empty list. */
export function rowLocations(): RowLocations {
  const rows: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  return {
    add(row, start, end) {
      rows.push(row);
      starts.push(start);
      ends.push(end);
    },
    find(row) {
      const at = countBefore(rows.length, (i) => rows[i]! < row);
      return rows[at] === row ? { start: starts[at]!, end: ends[at]! } : null;
    },
  };
}
