import type { RowCounts } from '../../chunk/row-counts.js';

/** The counts of one partition that must balance before it is published. */
interface Ledger {
  readonly rows: RowCounts;
  /** Rows that the cutter counted, if it counts. */
  readonly cut: number | null;
  /** Rows appended to the scored file, and lines written to the rejects. */
  readonly written: number;
  readonly rejects: number;
}

/**
 * Throws if a row is not accounted for: `read = scored + rejected`, the cutter's own count equals the rows
 * read and those left out, and what was written equals what was counted. A mismatch is a bug of ours (exit code 1), and the
 * partition is not published.
 */
export function checkLedger(partition: string, { rows, cut, written, rejects }: Ledger): void {
  const { read, scored, rejected, left_out: leftOut = 0 } = rows;
  if (read !== scored + rejected) {
    throw new Error(
      `ledger of "${partition}" does not balance: ${read} rows read, ${scored} scored, ${rejected} rejected`,
    );
  }
  if (cut !== null && cut !== read + leftOut) {
    const left = leftOut === 0 ? '' : `, ${leftOut} left out`;
    throw new Error(`ledger of "${partition}" does not balance: ${cut} rows cut, ${read} read${left}`);
  }
  if (written !== scored || rejects !== rejected) {
    throw new Error(
      `ledger of "${partition}" does not balance: ${scored} scored and ${written} written, ${rejected} rejected and ${rejects} written`,
    );
  }
}
