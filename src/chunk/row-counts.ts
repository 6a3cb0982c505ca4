/** Outcomes of the rows of a slice, a partition or a run; `ok`, `repaired` and `flagged` are the scored ones by status. */
export interface RowCounts {
  readonly read: number;
  readonly scored: number;
  readonly repaired: number;
  readonly flagged: number;
  readonly rejected: number;
  /** Lines of the input that are not rows; known once an input is read to its end, 0 for a slice. */
  readonly skipped: number;
}

export const noRows: RowCounts = { read: 0, scored: 0, repaired: 0, flagged: 0, rejected: 0, skipped: 0 };

/** Returns the sum of two counts. */
export function addRows(a: RowCounts, b: RowCounts): RowCounts {
  return {
    read: a.read + b.read,
    scored: a.scored + b.scored,
    repaired: a.repaired + b.repaired,
    flagged: a.flagged + b.flagged,
    rejected: a.rejected + b.rejected,
    skipped: a.skipped + b.skipped,
  };
}
