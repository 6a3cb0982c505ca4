import { type BaselineColumn, baselineSketch } from './baseline.js';
import type { ColumnProfile } from './column-profile.js';
import { alignSketches, fewValues, sum } from './drift-bins.js';
import { type DriftFigure, extent } from './drift-figure.js';
import { ratesDiffer } from './noise.js';
import { binKey, binValue, quantile, type Sketch } from './sketch.js';
import { figureText, shareText } from './wording.js';

/**
 * Shares outside the baseline's range that are moderate and severe; far outside, the moderate is severe too.
 */
const beyondShares = { moderate: 0.01, severe: 0.05 } as const;

/**
 * A single value outside the range is named if it has at least this share of those outside: it is a code for
 * "missing" rather than a tail.
 */
const mostly = 0.8;

/**
 * Returns the share of numbers outside the baseline's range; bins on the border count as inside. Far outside
 * is more than twice as far from the median as the end of the range.
 */
export function beyondRange(before: BaselineColumn, now: ColumnProfile): DriftFigure | null {
  const { min, max, count } = before.numbers!;
  if (min === null || max === null) return null;
  const { sketch, count: whole } = now.numbers!;
  const middle = quantile(baselineSketch(before.numbers!), 0.5, before.numbers!.whole) ?? 0;
  const beyond = outside(sketch, min, max);
  const share = sum(beyond.map((i) => sketch.counts[i]!)) / whole;
  const far = sum(outside(sketch, 2 * min - middle, 2 * max - middle).map((i) => sketch.counts[i]!)) / whole;
  const most = beyond.reduce((a, b) => (sketch.counts[b]! > sketch.counts[a]! ? b : a), beyond[0] ?? 0);
  const single = beyond.length === 0 ? 0 : sketch.counts[most]! / whole;
  const isSingle = single >= mostly * share && share > 0;
  const telling = Math.max(far, isSingle ? single : 0);
  const differs = ratesDiffer(Math.round(share * whole), whole, 1, count);
  const isSevere = share >= beyondShares.severe || telling >= beyondShares.moderate;
  const name = isSingle && !before.redacted ? `, mostly ${textOf(now, most)}` : '';
  return {
    measure: 'beyond_range',
    figure: share,
    limit: beyondShares.moderate,
    noise: 0,
    extent: Math.max(extent(share, beyondShares.severe), extent(telling, beyondShares.moderate)),
    level: !differs ? 'none' : isSevere ? 'severe' : share > beyondShares.moderate ? 'moderate' : 'none',
    sentence: `${shareText(share)} of ${before.name} is outside the baseline's ${figureText(min)} to ${figureText(max)}${name}`,
  };
}

/** Returns the bins that are outside a range. */
function outside({ keys, precision }: Sketch, min: number, max: number): number[] {
  const [low, high] = [binKey(min, precision), binKey(max, precision)];
  return keys.flatMap((key, i) => (key < low || key > high ? [i] : []));
}

/**
 * Share of the baseline at either end, and shares there that are moderate and severe: storms raise a day's
 * delays to 2.1 %. For a single value less is severe, such as a code for "missing" that the baseline also
 * reaches.
 */
const tails = { usual: 0.001, moderate: 0.02, severe: 0.04, single: 0.01 } as const;

/**
 * Returns the share of numbers in the baseline's outermost thousandth, at the end with more; null for few.
 */
export function tail(before: BaselineColumn, now: ColumnProfile): DriftFigure | null {
  const [old, current] = alignSketches(baselineSketch(before.numbers!), now.numbers!.sketch);
  if (old.keys.length <= fewValues) return null;
  const [whole, wholeOld] = [sum(current.counts), sum(old.counts)];
  const [low, high] = [endBin(old, wholeOld), old.keys.length - 1 - endBin(flipped(old), wholeOld)];
  const ends = [
    { word: 'below', at: low, isIn: (key: number) => key < old.keys[low]! },
    { word: 'above', at: high, isIn: (key: number) => key > old.keys[high]! },
  ].map((end) => ({ ...end, count: countIn(current, end.isIn), countOld: countIn(old, end.isIn) }));
  const { word, at, isIn, count, countOld } = ends.reduce((a, b) => (b.count > a.count ? b : a));
  const share = count / whole;
  const most = current.keys.reduce(
    (best, key, i) => (isIn(key) && current.counts[i]! > (current.counts[best] ?? 0) ? i : best),
    -1,
  );
  const isSingle = most >= 0 && current.counts[most]! >= mostly * count;
  const severe = isSingle ? tails.single : tails.severe;
  const name = isSingle && !before.redacted ? `, mostly ${textOf(now, most, current)}` : '';
  const differs = ratesDiffer(count, whole, countOld, wholeOld);
  const edge = before.redacted
    ? 'nearly all of the baseline'
    : figureText(binValue(old, at, before.numbers!.whole));
  return {
    measure: 'tail',
    figure: share,
    limit: Math.min(tails.moderate, severe),
    noise: 0,
    extent: extent(share, severe),
    level: !differs ? 'none' : share >= severe ? 'severe' : share >= tails.moderate ? 'moderate' : 'none',
    sentence: `${shareText(share)} of ${before.name} is ${word} ${edge}${name}, ${shareText(countOld / wholeOld)} in the baseline`,
  };
}

/** Returns the first bin with more than the usual share of a tail at or below it. */
function endBin({ counts }: Sketch, whole: number): number {
  let below = 0;
  return counts.findIndex((count) => (below += count) > tails.usual * whole);
}

function flipped(sketch: Sketch): Sketch {
  return { ...sketch, counts: [...sketch.counts].reverse() };
}

function countIn({ keys, counts }: Sketch, isIn: (key: number) => boolean): number {
  return sum(counts.filter((_, i) => isIn(keys[i]!)));
}

/** How many times, and by how many points, a single value must be more frequent to be moderate and severe. */
const spikes = { moderate: { points: 0.02, times: 2 }, severe: { points: 0.05, times: 3 } } as const;

/**
 * Number of neighbours on each side that a spike must exceed: a shift of the distribution raises them too.
 */
const neighbours = 3;

/** A value of the run, and its share in the baseline. */
interface Spike {
  readonly at: number;
  readonly share: number;
  readonly shareBefore: number;
}

/**
 * Returns the value whose share rose by the most points over the baseline, alone among its neighbours:
 * sources write such a value where they have none. If missing values all but vanished and one value rose by
 * as much, that is severe at any share. Null if there is no such value.
 */
export function spike(before: BaselineColumn, now: ColumnProfile): DriftFigure | null {
  const [old, current] = alignSketches(baselineSketch(before.numbers!), now.numbers!.sketch);
  const top = spikesOf(old, current).reduce<Spike | null>(
    (best, one) => (best === null || rise(one) > rise(best) ? one : best),
    null,
  );
  if (top === null) return null;
  const { share, shareBefore } = top;
  // In a column with few values, each value is compared by its share.
  const isAtLeast = ({ points, times }: (typeof spikes)['severe' | 'moderate']) =>
    old.keys.length > fewValues && rise(top) >= points && share >= times * shareBefore;
  const isFilled = fillsMissing(before, now, top);
  const level =
    isFilled || isAtLeast(spikes.severe) ? 'severe' : isAtLeast(spikes.moderate) ? 'moderate' : 'none';
  const value = before.redacted ? 'one value' : textOf(now, top.at, current);
  const instead = isFilled
    ? `, and missing values are gone, ${shareText(missingShare(before))} in the baseline`
    : '';
  return {
    measure: 'spike',
    figure: rise(top),
    limit: spikes.moderate.points,
    noise: 0,
    extent: Math.max(extent(rise(top), spikes.severe.points), isFilled ? filledExtent : 0),
    level,
    sentence: `the share of ${value} in ${before.name} rose from ${shareText(shareBefore)} to ${shareText(share)}${instead}`,
  };
}

/** Severity of a spike that replaces missing values. */
const filledExtent = 0.6;

function rise({ share, shareBefore }: Spike): number {
  return share - shareBefore;
}

/** Returns the values whose share rose beyond chance, both among all values and among their neighbours. */
function spikesOf(old: Sketch, current: Sketch): Spike[] {
  const [whole, wholeOld] = [sum(current.counts), sum(old.counts)];
  const earlier = new Map(old.keys.map((key, i) => [key, old.counts[i]!]));
  return current.keys.flatMap((key, at) => {
    const count = current.counts[at]!;
    const countOld = earlier.get(key) ?? 0;
    const one = { at, share: count / whole, shareBefore: countOld / wholeOld };
    if (rise(one) < least || !ratesDiffer(count, whole, countOld, wholeOld)) return [];
    const [near, nearOld] = [aroundKey(current, key), aroundKey(old, key)];
    return near + nearOld === 0 || ratesDiffer(count, near + count, countOld, nearOld + countOld)
      ? [one]
      : [];
  });
}

/** Rise of a share below which a value is not looked at. */
const least = 0.005;

/** Counts the values next to a bin, some on each side. */
function aroundKey({ keys, counts }: Sketch, key: number): number {
  const from = keys.findIndex((one) => one >= key);
  const first = from < 0 ? keys.length : from;
  const after = keys[first] === key ? first + 1 : first;
  return (
    sum(counts.slice(Math.max(0, first - neighbours), first)) + sum(counts.slice(after, after + neighbours))
  );
}

/** Returns true if missing values all but vanished while one value rose by about as much. */
function fillsMissing(before: BaselineColumn, now: ColumnProfile, top: Spike): boolean {
  const [was, is] = [missingShare(before), (now.missing + (now.numbers?.nan ?? 0)) / now.rows];
  const lost = was - is;
  const differs = ratesDiffer(Math.round(is * now.rows), now.rows, before.missing, before.rows);
  return was >= 0.01 && is < was / 10 && differs && rise(top) >= lost / 2 && rise(top) <= lost * 2;
}

function missingShare({ missing, rows }: BaselineColumn): number {
  return missing / rows;
}

function textOf({ numbers }: ColumnProfile, at: number, sketch: Sketch = numbers!.sketch): string {
  return figureText(binValue(sketch, at, numbers!.whole));
}
