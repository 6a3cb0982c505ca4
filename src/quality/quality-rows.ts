/**
 * Outcomes of the rows: `ok`, `repaired` and `flagged` are the scored ones by status, so `read = scored + rejected` and `scored = ok +
 * repaired + flagged`.
 */
export interface QualityRows {
  readonly read: number;
  readonly scored: number;
  readonly ok: number;
  readonly repaired: number;
  readonly flagged: number;
  readonly rejected: number;
}

/** Returns the sum of two counts. */
export function mergeRows(a: QualityRows, b: QualityRows): QualityRows {
  return {
    read: a.read + b.read,
    scored: a.scored + b.scored,
    ok: a.ok + b.ok,
    repaired: a.repaired + b.repaired,
    flagged: a.flagged + b.flagged,
    rejected: a.rejected + b.rejected,
  };
}
