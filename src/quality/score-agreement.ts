import type { Agreement } from './summary.js';

/** A column of scores as numbers (NaN if missing) or as texts (null if missing), one for each row. */
export type ScoreValues = Float64Array | readonly (string | null)[];

/** Counts and sums over two columns of scores side by side; plain data that can be merged in any order. */
export interface AgreementCounts {
  readonly rows: number;
  readonly equal: number;
  readonly missing: number;
  /** Over the rows with two finite numbers: their count, sum and maximum of differences, means and co-moments. */
  readonly numbers: number;
  readonly distance: number;
  readonly largest: number;
  readonly means: readonly [number, number];
  readonly squares: readonly [number, number];
  readonly products: number;
}

/** Counts over no rows. */
export const noAgreement: AgreementCounts = {
  rows: 0,
  equal: 0,
  missing: 0,
  numbers: 0,
  distance: 0,
  largest: 0,
  means: [0, 0],
  squares: [0, 0],
  products: 0,
};

/** Compares two columns of the same kind and length row by row. */
export function countAgreement(a: ScoreValues, b: ScoreValues): AgreementCounts {
  let equal = 0;
  let missing = 0;
  let numbers = 0;
  let distance = 0;
  let largest = 0;
  // Welford's means and co-moments, which lose no digits of large scores.
  let [meanA, meanB, squaresA, squaresB, products] = [0, 0, 0, 0, 0];
  for (let row = 0; row < a.length; row++) {
    const [one, other] = [a[row]!, b[row]!];
    if (typeof one !== 'number' || typeof other !== 'number') {
      if (one === other) equal += 1;
      else if (one === null || other === null) missing += 1;
      continue;
    }
    if (one === other || (Number.isNaN(one) && Number.isNaN(other))) equal += 1;
    else if (Number.isNaN(one) || Number.isNaN(other)) missing += 1;
    if (!Number.isFinite(one) || !Number.isFinite(other)) continue;
    numbers += 1;
    distance += Math.abs(one - other);
    largest = Math.max(largest, Math.abs(one - other));
    const [fromA, fromB] = [one - meanA, other - meanB];
    meanA += fromA / numbers;
    meanB += fromB / numbers;
    squaresA += fromA * (one - meanA);
    squaresB += fromB * (other - meanB);
    products += fromA * (other - meanB);
  }
  const moments = { means: [meanA, meanB], squares: [squaresA, squaresB], products } as const;
  return { rows: a.length, equal, missing, numbers, distance, largest, ...moments };
}

/** Merges the counts of different rows (moments after Chan, Golub and LeVeque). */
export function mergeAgreement(a: AgreementCounts, b: AgreementCounts): AgreementCounts {
  const numbers = a.numbers + b.numbers;
  const weight = numbers === 0 ? 0 : (a.numbers * b.numbers) / numbers;
  const apart = [b.means[0] - a.means[0], b.means[1] - a.means[1]] as const;
  const mean = (i: 0 | 1) => (numbers === 0 ? 0 : a.means[i] + (apart[i] * b.numbers) / numbers);
  const square = (i: 0 | 1) => a.squares[i] + b.squares[i] + apart[i] * apart[i] * weight;
  return {
    rows: a.rows + b.rows,
    equal: a.equal + b.equal,
    missing: a.missing + b.missing,
    numbers,
    distance: a.distance + b.distance,
    largest: Math.max(a.largest, b.largest),
    means: [mean(0), mean(1)],
    squares: [square(0), square(1)],
    products: a.products + b.products + apart[0] * apart[1] * weight,
  };
}

/** Returns the figures of these counts. */
export function agreementOf(counts: AgreementCounts): Agreement {
  const { rows, equal, missing, numbers, distance, largest, squares, products } = counts;
  const spread = Math.sqrt(squares[0]) * Math.sqrt(squares[1]);
  return {
    rows,
    equal,
    missing_in_one: missing,
    mean_difference: numbers === 0 ? null : distance / numbers,
    largest_difference: numbers === 0 ? null : largest,
    correlation: spread > 0 ? Math.min(1, Math.max(-1, products / spread)) : null,
  };
}
