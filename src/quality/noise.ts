/** Probability that a measure of an unchanged column exceeds its noise bound. */
export const alarmRate = 1e-5;

// Standard normal quantiles of `alarmRate`, one-sided and two-sided.
const oneSided = 4.2649;
const twoSided = 4.4172;

/**
 * Returns the upper bound of a chi-square variable of `degrees` degrees of freedom at `alarmRate`: exact for
 * one, else Wilson, Hilferty 1931, on the safe side for few.
 */
export function chiSquareBound(degrees: number): number {
  if (degrees <= 0) return 0;
  if (degrees === 1) return twoSided * twoSided;
  const spread = 2 / (9 * degrees);
  return degrees * (1 - spread + oneSided * Math.sqrt(spread)) ** 3;
}

/**
 * Returns the noise bound of the PSI of two samples of one population: chi-square times (1/n + 1/N) (Yurdakul
 * 2018).
 */
export function psiNoise(bins: number, now: number, before: number): number {
  return chiSquareBound(bins - 1) * perRow(now, before);
}

/** Returns the noise bound of the Kolmogorov-Smirnov distance of two such samples (Smirnov, asymptotic). */
export function ksNoise(now: number, before: number): number {
  return Math.sqrt((Math.log(2 / alarmRate) / 2) * perRow(now, before));
}

/** Returns the noise bound of the difference of two such samples' means, in standard deviations. */
export function meanNoise(now: number, before: number): number {
  return twoSided * Math.sqrt(perRow(now, before));
}

/**
 * Returns true if `a` of `wholeA` and `b` of `wholeB` differ too much for one rate (likelihood ratio test;
 * `degrees` of freedom: one for a single rate, more if it is the most different one of several). That test
 * rejects too early for few successes where many are expected, so there the exact test must agree.
 */
export function ratesDiffer(a: number, wholeA: number, b: number, wholeB: number, degrees = 1): boolean {
  if (wholeA === 0 || wholeB === 0) return false;
  const rate = (a + b) / (wholeA + wholeB);
  const ratio =
    term(a, wholeA * rate) +
    term(wholeA - a, wholeA * (1 - rate)) +
    term(b, wholeB * rate) +
    term(wholeB - b, wholeB * (1 - rate));
  if (2 * ratio <= chiSquareBound(degrees)) return false;
  const tail = a / wholeA < b / wholeB ? atMost(a, a + b, wholeA / (wholeA + wholeB)) : 0;
  return tail <= alarmRate / degrees;
}

/** Counts beyond which the likelihood ratio test is exact enough. */
const manyCounts = 1000;

/** Returns the probability of at most `count` successes in `trials` of rate `rate`; 0 for large counts. */
function atMost(count: number, trials: number, rate: number): number {
  if (count > manyCounts) return 0;
  let term = trials * Math.log1p(-rate);
  let tail = 0;
  for (let k = 0; k <= count; k++) {
    tail += Math.exp(term);
    term += Math.log(((trials - k) / (k + 1)) * (rate / (1 - rate)));
  }
  return tail;
}

function term(observed: number, expected: number): number {
  return observed === 0 ? 0 : observed * Math.log(observed / expected);
}

function perRow(now: number, before: number): number {
  return now === 0 || before === 0 ? Number.POSITIVE_INFINITY : 1 / now + 1 / before;
}
