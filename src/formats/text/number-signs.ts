import type { NumberSigns } from '../../chunk/read-plan.js';

/** Count of numbers in a sample by sign: a currency sign, `%`, or none (the empty text). */
export type SignCounts = Readonly<Record<string, number>>;

/**
 * Returns the signs whose numbers mean what they say. Only the more frequent sign counts, because beside
 * percent signs a bare number may be a fraction, and of two currencies only one is the column's. A currency
 * beside bare numbers is certain. Null without numbers.
 */
export function certainSigns(counts: SignCounts): NumberSigns | null {
  const { '': bare = 0, '%': percent = 0, ...currencies } = counts;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const [currency, most] = Object.entries(currencies).reduce(
    (one, other) => (other[1] > one[1] ? other : one),
    ['', 0],
  );
  return {
    bare: total > 2 * percent,
    percent: 2 * percent > total,
    currency: most > total - bare - most ? currency : null,
  };
}

/** Returns true if a number with this sign is one of the column's own. */
export function isOwnSign(sign: string, signs: NumberSigns): boolean {
  if (sign === '') return signs.bare;
  return sign === '%' ? signs.percent : sign === signs.currency;
}
