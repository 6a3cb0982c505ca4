/** A share of rows from 0 to 1, or a count of rows. */
export type Limit = { readonly fraction: number } | { readonly count: number };

/** Pattern of a share: `1%`, `0.5 %`, from 0 to 100. */
export const percentPattern = /^(100(\.0+)?|\d{1,2}(\.\d+)?)\s?%$/;

/** Parses a limit: `1%` is a fraction of 0.01, a whole number is a count; null for anything else. */
export function parseLimit(written: string | number): Limit | null {
  if (typeof written === 'string' && percentPattern.test(written)) {
    return { fraction: Number.parseFloat(written) / 100 };
  }
  const count = typeof written === 'number' || /^\d+$/.test(written) ? Number(written) : Number.NaN;
  return Number.isSafeInteger(count) && count >= 0 ? { count } : null;
}
