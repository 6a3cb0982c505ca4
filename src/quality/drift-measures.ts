import { firstOf } from '../text/first-of.js';
import { type BaselineColumn, baselineSketch } from './baseline.js';
import type { ColumnProfile } from './column-profile.js';
import { alignSketches, fewValues, type SharedBins, sum } from './drift-bins.js';
import { beyondRange, spike, tail } from './drift-far.js';
import { type DriftFigure, extent } from './drift-figure.js';
import { type ValueCount, valueCounts } from './drift-values.js';
import { chiSquareBound, ksNoise, meanNoise, psiNoise, ratesDiffer } from './noise.js';
import { mean, standardDeviation } from './number-profile.js';
import { binValue, fullPrecision, quantile } from './sketch.js';
import { mostFrequent } from './top-values.js';
import { figureText, shareText } from './wording.js';

/** Thresholds of moderate and severe figures; the usual ones for PSI, the others set to agree with them. */
export const driftThresholds = {
  psi: [0.1, 0.25],
  js: [0.02, 0.05],
  ks: [0.1, 0.2],
  chi_square: [0.3, 0.5],
  mean: [0.3, 0.6],
} as const;

/**
 * Returns the population stability index: the sum of (p - q) ln(p / q) over bins, each with half a value
 * added.
 */
export function populationStability({ before, now }: SharedBins): number {
  const p = shares(now);
  const q = shares(before);
  return p.reduce((sum, share, i) => sum + (share - q[i]!) * Math.log(share / q[i]!), 0);
}

/** Returns the Jensen-Shannon divergence in bits, from 0 to 1. */
function jensenShannon({ before, now }: SharedBins): number {
  const p = plainShares(now);
  const q = plainShares(before);
  const part = (share: number, middle: number) => (share === 0 ? 0 : (share / 2) * Math.log2(share / middle));
  return p.reduce((sum, share, i) => {
    const middle = (share + q[i]!) / 2;
    return sum + part(share, middle) + part(q[i]!, middle);
  }, 0);
}

/**
 * Returns bounds of the Kolmogorov-Smirnov distance: `least` is the greatest difference at a bin's edge,
 * `most` the greatest inside a bin.
 */
function kolmogorovSmirnov(before: BaselineColumn, now: ColumnProfile): { least: number; most: number } {
  const [a, b] = alignSketches(baselineSketch(before.numbers!), now.numbers!.sketch);
  const totalA = before.numbers!.count;
  const totalB = now.numbers!.count;
  let i = 0;
  let j = 0;
  let belowA = 0;
  let belowB = 0;
  let least = 0;
  let most = 0;
  while (i < a.keys.length || j < b.keys.length) {
    const key = Math.min(a.keys[i] ?? Number.POSITIVE_INFINITY, b.keys[j] ?? Number.POSITIVE_INFINITY);
    const inA = a.keys[i] === key ? a.counts[i++]! / totalA : 0;
    const inB = b.keys[j] === key ? b.counts[j++]! / totalB : 0;
    most = Math.max(most, belowA + inA - belowB, belowB + inB - belowA);
    belowA += inA;
    belowB += inB;
    least = Math.max(least, Math.abs(belowA - belowB));
  }
  return { least: Math.min(1, least), most: Math.min(1, Math.max(least, most)) };
}

/** Returns the root of the likelihood ratio statistic per row: an effect size like Cohen's w. */
function chiSquareEffect({ before, now }: SharedBins): number {
  const totalNow = sum(now);
  const totalBefore = sum(before);
  let statistic = 0;
  for (let i = 0; i < now.length; i++) {
    const share = (now[i]! + before[i]!) / (totalNow + totalBefore);
    if (now[i]! > 0) statistic += now[i]! * Math.log(now[i]! / (totalNow * share));
    if (before[i]! > 0) statistic += before[i]! * Math.log(before[i]! / (totalBefore * share));
  }
  return Math.sqrt(Math.max(0, 2 * statistic) * (1 / totalNow + 1 / totalBefore));
}

/** Returns every measure of the distribution over common bins. */
export function binnedMeasures(
  bins: SharedBins,
  before: BaselineColumn,
  profile: ColumnProfile,
): DriftFigure[] {
  const where = before.name;
  const now = sum(bins.now);
  const earlier = sum(bins.before);
  const noise = psiNoise(bins.now.length, now, earlier);
  const psi = populationStability(bins);
  const js = jensenShannon(bins);
  const moved = bins.labels === null ? medianMoved(before, profile) : mixChanged(bins, where);
  const figures = [
    threshold('psi', psi, noise, `${moved} (PSI ${figureText(psi)})`),
    threshold('js', js, noise / (8 * Math.LN2), `${moved} (Jensen-Shannon ${figureText(js)} bits)`),
  ];
  if (bins.labels === null) return figures;
  const effect = chiSquareEffect(bins);
  const bound = Math.sqrt(chiSquareBound(bins.now.length - 1) * (1 / now + 1 / earlier));
  return [
    ...figures,
    threshold('chi_square', effect, bound, `${moved} (chi-square effect ${figureText(effect)})`),
  ];
}

/** If the median stays, as that of a label mostly does, the mean shows the change. */
function sameMedian({ name, numbers }: BaselineColumn, now: ColumnProfile, median: string): string {
  const [old, current] = [numbers!.mean, mean(now.numbers!)];
  const [from, to] = [old, current].map((value) => (value === null ? '' : figureText(value)));
  const isFar = old !== null && current !== null && Math.abs(current - old) > 0.1 * (numbers!.std ?? 0);
  if (isFar && from !== to)
    return `the mean of ${name} ${current > old ? 'rose' : 'fell'} from ${from} to ${to}`;
  return `${name} has a different distribution around the same median of ${median}`;
}

function medianMoved(before: BaselineColumn, now: ColumnProfile): string {
  const old = before.numbers!.quantiles['p50'] ?? 0;
  const middle = quantile(now.numbers!.sketch, 0.5, now.numbers!.whole)!;
  const [from, to] = [figureText(old), figureText(middle)];
  if (from === to) return sameMedian(before, now, from);
  return `the median of ${before.name} ${middle < old ? 'fell' : 'rose'} from ${from} to ${to}`;
}

function mixChanged({ labels, before, now }: SharedBins, where: string): string {
  const p = plainShares(now);
  const q = plainShares(before);
  const most = p.reduce(
    (best, share, i) => (Math.abs(share - q[i]!) > Math.abs(p[best]! - q[best]!) ? i : best),
    0,
  );
  const label = JSON.stringify(labels![most]);
  return `the mix of ${where} changed: ${label} went from ${shareText(q[most]!)} to ${shareText(p[most]!)}`;
}

/** Formats the uncertainty from the sketches' bins, if it exceeds a hundredth. */
function boundText({ least, most }: { readonly least: number; readonly most: number }): string {
  return most - least > 0.01 ? ` to ${figureText(most)}` : '';
}

/** Returns the measures of two sets of numbers that need no bins: distance, mean, range. */
export function numberMeasures(before: BaselineColumn, now: ColumnProfile, where: string): DriftFigure[] {
  const numbers = now.numbers!;
  const old = before.numbers!;
  if (numbers.count === 0 || old.count === 0) return [];
  const distance = kolmogorovSmirnov(before, now);
  const figures = [
    threshold(
      'ks',
      distance.least,
      ksNoise(numbers.count, old.count),
      `${medianMoved(before, now)} (Kolmogorov-Smirnov distance ${figureText(distance.least)}${boundText(distance)})`,
    ),
  ];
  // The wider of the two: otherwise a single far value would exaggerate the change.
  const spread = Math.max(old.std ?? 0, standardDeviation(numbers) ?? 0);
  if (spread > 0) {
    const apart = (mean(numbers)! - old.mean!) / spread;
    figures.push(
      threshold(
        'mean',
        Math.abs(apart),
        meanNoise(numbers.count, old.count),
        `the mean of ${where} ${apart < 0 ? 'fell' : 'rose'} from ${figureText(old.mean!)} to ${figureText(mean(numbers)!)}, by ${figureText(Math.abs(apart))} standard deviations`,
      ),
    );
  }
  return [...figures, beyondRange(before, now), tail(before, now), spike(before, now)].filter(
    (figure) => figure !== null,
  );
}

/** Moderate and severe factors of a change in a value's share, which must also differ by these points. */
const shareTimes = { moderate: 2, severe: 4 } as const;
const leastApart = { ofTwo: 0.0005, ofMore: 0.005, severe: 0.005 } as const;

/** Returns the value whose share changed by the greatest factor, beyond chance; null if values are many. */
export function valueShare(before: BaselineColumn, now: ColumnProfile): DriftFigure | null {
  const counts = valueCounts(before, now)?.filter((count) => count.before > 0);
  if (counts === undefined || counts.length < 2) return null;
  const [whole, wholeNow] = [sum(counts.map((one) => one.before)), sum(counts.map((one) => one.now))];
  if (wholeNow === 0) return null;
  const apartFrom = counts.length === 2 ? leastApart.ofTwo : leastApart.ofMore;
  const changed = counts.map((count) => ({ ...count, ...changeOf(count, wholeNow, whole) }));
  const isDrift = ({ before: b, now: n, times, apart }: (typeof changed)[number]) =>
    times >= shareTimes.moderate &&
    apart >= apartFrom &&
    ratesDiffer(n, wholeNow, b, whole, counts.length - 1);
  const drifted = changed.filter(isDrift);
  const most = (drifted.length > 0 ? drifted : changed).reduce((a, b) => (b.times > a.times ? b : a));
  const isSevere = most.times >= shareTimes.severe && most.apart >= leastApart.severe;
  const words = most.share > most.shareBefore ? 'rose' : 'fell';
  return {
    measure: 'value_share',
    figure: most.times,
    limit: shareTimes.moderate,
    noise: 0,
    level: drifted.length === 0 ? 'none' : isSevere ? 'severe' : 'moderate',
    extent: extent(most.times - 1, shareTimes.severe - 1),
    sentence: `the share of ${most.label} in ${before.name} ${words} from ${shareText(most.shareBefore)} to ${shareText(most.share)}`,
  };
}

/** Returns a value's two shares, their difference and their ratio, with half a value added to both. */
function changeOf({ before, now }: ValueCount, wholeNow: number, whole: number) {
  const [share, shareBefore] = [now / wholeNow, before / whole];
  const factor = (now + 0.5) / (wholeNow + 0.5) / ((before + 0.5) / (whole + 0.5));
  return { share, shareBefore, apart: Math.abs(share - shareBefore), times: Math.max(factor, 1 / factor) };
}

/** Baselines with fewer numbers may not contain all values of a discrete column. */
const leastKnown = 1000;

/**
 * Shares above which new values are moderate and severe: numbers of many values change with timetables and
 * price lists.
 */
const newShares = { few: [0.005, 0.015], many: [0.1, 0.25] } as const;

/**
 * Returns numbers that the baseline does not have; null if undecidable: its values are not all exact, or so
 * many occur only once that new ones must be expected.
 */
export function newNumbers(before: BaselineColumn, now: ColumnProfile): DriftFigure | null {
  const sketch = baselineSketch(before.numbers!);
  const [old, current] = alignSketches(sketch, now.numbers!.sketch);
  if (before.numbers!.count < leastKnown || current.keys.length === 0) return null;
  const isFew = old.keys.length <= fewValues;
  const once = sketch.counts.filter((count) => count === 1).length;
  const isComplete = sketch.precision === fullPrecision && once <= before.numbers!.count * mostOnce;
  if (!isFew && (before.redacted || !isComplete)) return null;
  const known = new Set(old.keys);
  const fresh = current.keys.flatMap((key, i) => (known.has(key) ? [] : [i]));
  const count = sum(fresh.map((i) => current.counts[i]!));
  const differs = ratesDiffer(
    count,
    now.numbers!.count,
    isFew ? 1 : Math.max(1, once),
    before.numbers!.count,
  );
  const names = before.redacted ? [] : fresh.map((i) => binValue(current, i, now.numbers!.whole));
  const share = differs ? count / now.numbers!.count : 0;
  return newValues(before.name, share, names, isFew ? newShares.few : newShares.many);
}

/**
 * If at most this share of the values occurred only once, a baseline has nearly all values that exist (Good
 * 1953: as many of the next values are new).
 */
const mostOnce = 0.001;

/** Compares the share of rows without a value with the baseline. */
export function nullRate(before: BaselineColumn, now: ColumnProfile, where: string): DriftFigure {
  const missing = now.missing + (now.numbers?.nan ?? 0);
  return rate(
    'null_rate',
    missing,
    now.rows,
    before.missing,
    before.rows,
    (a, b) => `${shareText(a)} of ${where} is missing, ${shareText(b)} in the baseline`,
  );
}

/** Compares the share of values outside the contract's categories with the baseline. */
export function unknownRate(before: BaselineColumn, now: ColumnProfile, where: string): DriftFigure {
  const present = now.rows - now.missing;
  const presentBefore = before.rows - before.missing;
  return rate(
    'unknown_rate',
    now.unknown,
    present,
    before.unknown,
    presentBefore,
    (a, b) => `${shareText(a)} of ${where} is not among its categories, ${shareText(b)} in the baseline`,
  );
}

/** Returns texts that the baseline does not have, and frequent ones of the baseline that are gone. */
export function textMeasures(before: BaselineColumn, now: ColumnProfile, where: string): DriftFigure[] {
  const { listed, atMost } = before.values!;
  const values = now.values!;
  const presentBefore = before.rows - before.missing;
  if (values.total === 0 || presentBefore === 0) return [];
  const known = new Set(listed.map(([value]) => value));
  const fresh = mostFrequent(values, values.values.length)
    .filter(({ value }) => !known.has(value))
    .filter(({ count }) => ratesDiffer(count, values.total, atMost, presentBefore))
    .filter(({ count }) => count / values.total > atMost / presentBefore);
  const freshShare = fresh.reduce((sum, { count }) => sum + count, 0) / values.total;
  const current = new Map(values.values.map((value, i) => [value, values.counts[i]!]));
  const lost = listed.filter(
    ([value, count]) =>
      !current.has(value) &&
      count / presentBefore >= 0.01 &&
      ratesDiffer(values.error, values.total, count, presentBefore),
  );
  const lostShare = lost.reduce((sum, [, count]) => sum + count, 0) / presentBefore;
  return [
    newValues(
      where,
      freshShare,
      fresh.map(({ value }) => value),
    ),
    {
      measure: 'lost_values',
      figure: lostShare,
      limit: 0.01,
      noise: 0,
      extent: extent(lostShare, 0.02),
      level: lostShare >= 0.02 ? 'severe' : lostShare > 0.01 ? 'moderate' : 'none',
      sentence: `values of ${where} that made up ${shareText(lostShare)} of the baseline are gone${naming(lost.map(([value]) => value))}`,
    },
  ];
}

function newValues(
  where: string,
  share: number,
  values: readonly (string | number)[],
  [moderate, severe]: readonly [number, number] = newShares.few,
): DriftFigure {
  return {
    measure: 'new_values',
    figure: share,
    limit: moderate,
    noise: 0,
    extent: extent(share, severe),
    level: share >= severe ? 'severe' : share > moderate ? 'moderate' : 'none',
    sentence: `${shareText(share)} of ${where} has values that the baseline does not have${naming(values)}`,
  };
}

/** Returns the measure of a column that no longer carries information; `state` says how. */
export function disappeared(state: 'absent' | 'empty' | 'constant', where: string): DriftFigure {
  const words = { absent: 'is absent', empty: 'has no values', constant: 'has the same value throughout' };
  return {
    measure: 'disappeared',
    figure: 1,
    limit: 0,
    noise: 0,
    level: 'severe',
    extent: 1,
    sentence: `${where} ${words[state]}; in the baseline it varied`,
  };
}

/**
 * A rate is moderate from one and a half times the baseline's (or five points apart), and severe from three
 * times and five points apart, or twenty points; if it was nearly zero before, from one point on.
 */
function rate(
  measure: 'null_rate' | 'unknown_rate',
  part: number,
  whole: number,
  partBefore: number,
  wholeBefore: number,
  sentence: (now: number, before: number) => string,
): DriftFigure {
  const now = whole === 0 ? 0 : part / whole;
  const before = wholeBefore === 0 ? 0 : partBefore / wholeBefore;
  // A few values where there were none are reported as problems, not as drift.
  const least = before < 0.001 ? 0.005 : 0.001;
  const limit = Math.max(before + least, Math.min(before * 1.5, before + 0.05));
  const severe = before < 0.001 ? before + 0.01 : Math.max(before + 0.05, Math.min(before * 3, before + 0.2));
  const fell = now < before / 1.5 && before - now > 0.01;
  const differs = ratesDiffer(part, whole, partBefore, wholeBefore);
  const level = !differs ? 'none' : now >= severe ? 'severe' : now > limit || fell ? 'moderate' : 'none';
  const apart = Math.abs(now - before);
  const words = sentence(now, before);
  return { measure, figure: now, limit, noise: 0, level, extent: extent(apart, 0.05), sentence: words };
}

function threshold(
  measure: keyof typeof driftThresholds,
  figure: number,
  noise: number,
  sentence: string,
): DriftFigure {
  const [moderate, severe] = driftThresholds[measure];
  const level =
    figure > Math.max(severe, noise) ? 'severe' : figure > Math.max(moderate, noise) ? 'moderate' : 'none';
  const limit = Math.max(moderate, noise);
  // PSI and the mean are better known than the other measures.
  const weight = measure === 'psi' || measure === 'mean' ? 1 : 0.8;
  const share = weight * extent(figure, Math.max(severe, noise));
  return { measure, figure, limit, noise, level, extent: share, sentence };
}

function naming(values: readonly (string | number)[]): string {
  if (values.length === 0) return '';
  return `: ${firstOf(
    values.map((value) => JSON.stringify(value)),
    3,
  )}`;
}

function shares(counts: readonly number[]): number[] {
  const whole = sum(counts) + counts.length / 2;
  return counts.map((count) => (count + 0.5) / whole);
}

function plainShares(counts: readonly number[]): number[] {
  const whole = sum(counts);
  return counts.map((count) => count / whole);
}
