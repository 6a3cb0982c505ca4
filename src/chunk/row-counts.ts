/** Outcomes of the rows of a slice, a partition or a run; `ok`, `repaired` and `flagged` are scored. */
export interface RowCounts {
  readonly read: number;
  readonly scored: number;
  readonly repaired: number;
  readonly flagged: number;
  readonly rejected: number;
  /** Lines of the input that are not rows; known once an input is read to its end, 0 for a slice. */
  readonly skipped: number;
  /** Rows that other runs of the job have scored, not among those read; absent without `input.since`. */
  readonly left_out?: number;
}

export const noRows: RowCounts = { read: 0, scored: 0, repaired: 0, flagged: 0, rejected: 0, skipped: 0 };

/** Rows by status: `read = scored + rejected`, and `scored = ok + repaired + flagged`. */
export interface StatusCounts {
  readonly read: number;
  readonly scored: number;
  readonly ok: number;
  readonly repaired: number;
  readonly flagged: number;
  readonly rejected: number;
}

/** Returns the rows by status. */
export function statusCounts({
  read,
  scored,
  repaired,
  flagged,
  rejected,
}: Omit<StatusCounts, 'ok'>): StatusCounts {
  return { read, scored, ok: scored - repaired - flagged, repaired, flagged, rejected };
}

/** Returns the sum of two counts of the same kind. */
export function addRows<Counts extends RowCounts | StatusCounts>(a: Counts, b: Counts): Counts {
  const keys = Object.keys({ ...a, ...b }) as (keyof Counts)[];
  const sum = (key: keyof Counts) => Number(a[key] ?? 0) + Number(b[key] ?? 0);
  return Object.fromEntries(keys.map((key) => [key, sum(key)])) as unknown as Counts;
}
