import type { Agreement } from './summary.js';

/** Counts and sums over two columns of scores side by side; plain data that can be merged in any order. */
export interface AgreementCounts {
  readonly rows: number;
  readonly equal: number;
  readonly missing: number;
  /** Over rows with two finite numbers: count, sum and maximum of differences, means and co-moments. */
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

/** Compares two columns of numbers of the same length row by row; NaN is a missing one. */
export function countAgreement(a: Float64Array, b: Float64Array): AgreementCounts {
  const rows = a.length;
  let equal = 0;
  let missing = 0;
  let numbers = 0;
  let distance = 0;
  let largest = 0;
  // Welford's means and co-moments, which lose no digits of large scores.
  let [meanA, meanB, squaresA, squaresB, products] = [0, 0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const [one, other] = [a[row]!, b[row]!];
    const apart = Math.abs(one - other);
    if (one === other) equal += 1;
    // NaN, or two infinities.
    if (!(apart < Number.POSITIVE_INFINITY)) {
      const [lacksOne, lacksOther] = [Number.isNaN(one), Number.isNaN(other)];
      if (lacksOne && lacksOther) equal += 1;
      else if (lacksOne || lacksOther) missing += 1;
      if (!Number.isFinite(one) || !Number.isFinite(other)) continue;
    }
    numbers += 1;
    distance += apart;
    if (apart > largest) largest = apart;
    const [fromA, fromB] = [one - meanA, other - meanB];
    meanA += fromA / numbers;
    meanB += fromB / numbers;
    squaresA += fromA * (one - meanA);
    squaresB += fromB * (other - meanB);
    products += fromA * (other - meanB);
  }
  const moments = { means: [meanA, meanB], squares: [squaresA, squaresB], products } as const;
  return { rows, equal, missing, numbers, distance, largest, ...moments };
}

/** Compares two columns of classes (numbers or codes) row by row for equality; NaN is a missing one. */
export function countEqual(a: Float64Array, b: Float64Array): AgreementCounts {
  const rows = a.length;
  let equal = 0;
  let missing = 0;
  for (let row = 0; row < rows; row++) {
    const [one, other] = [a[row]!, b[row]!];
    if (one === other) equal += 1;
    else if (Number.isNaN(one)) Number.isNaN(other) ? (equal += 1) : (missing += 1);
    else if (Number.isNaN(other)) missing += 1;
  }
  return { ...noAgreement, rows, equal, missing };
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
