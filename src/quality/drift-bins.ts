import { type BaselineColumn, baselineSketch } from './baseline.js';
import type { ColumnProfile } from './column-profile.js';
import { binStart, coarsen, countBelow, type Sketch, sketchCount } from './sketch.js';

/**
 * Common bins of baseline and run: between `edges` (ascending; the first and last bin are open, a value on an
 * edge belongs to the bin above it) for numbers, or one per label for texts and booleans. Counts are exact.
 */
export interface SharedBins {
  readonly edges: readonly number[] | null;
  readonly labels: readonly string[] | null;
  readonly before: readonly number[];
  readonly now: readonly number[];
}

/** Target number of bins for numbers: tenths of the baseline. */
const numberBins = 10;

/** Smallest share of the baseline with its own bin; rarer texts share one. */
const leastShare = 0.01;

/** Maximum number of distinct values of a discrete column: flags, labels, classes. */
export const fewValues = 10;

/** Smallest share with its own bin in a discrete column. */
const leastShareOfFew = 0.001;

/** Label of texts without their own bin. */
const otherLabel = 'other';

/** Adds up counts. */
export function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** Returns the common bins of a column; null if baseline or run have no values. */
export function sharedBins(before: BaselineColumn, now: ColumnProfile): SharedBins | null {
  if (before.numbers !== null && now.numbers !== null) {
    if (before.numbers.count === 0 || now.numbers.count === 0) return null;
    return binNumbers(baselineSketch(before.numbers), now.numbers.sketch);
  }
  if (before.values !== null && now.values !== null) {
    return before.values.listed.length === 0 || now.values.total === 0 ? null : binTexts(before, now);
  }
  if (before.trues !== null && now.trues !== null) return binBooleans(before, now);
  return null;
}

/** Coarsens two sketches to the same precision, so that every bin's start is an edge of both. */
export function alignSketches(a: Sketch, b: Sketch): [Sketch, Sketch] {
  const precision = Math.min(a.precision, b.precision);
  return [coarsen(a, precision), coarsen(b, precision)];
}

function binNumbers(baseline: Sketch, current: Sketch): SharedBins {
  const [before, now] = alignSketches(baseline, current);
  const edges = before.keys.length <= fewValues ? singleValues(before) : equalShares(before);
  return { edges, labels: null, before: countBetween(before, edges), now: countBetween(now, edges) };
}

/** Returns edges between single values; the rarest share a bin with the value below them. */
function singleValues(sketch: Sketch): number[] {
  const least = leastShareOfFew * sketchCount(sketch);
  const edges = sketch.keys
    .filter((_, i) => i > 0 && sketch.counts[i]! >= least && sketch.counts[i - 1]! >= least)
    .map((key) => binStart(key, sketch.precision));
  return edges.length > 0 ? edges : aroundMostFrequent(sketch);
}

/** Returns edges that separate the most frequent value from the others. */
function aroundMostFrequent({ keys, counts, precision }: Sketch): number[] {
  const most = counts.indexOf(Math.max(...counts));
  return [most, most + 1].filter((i) => i > 0 && i < keys.length).map((i) => binStart(keys[i]!, precision));
}

/** Returns edges of about `numberBins` equal shares; a value above such a share has its own bin. */
function equalShares(sketch: Sketch): number[] {
  const total = sketch.counts.reduce((sum, count) => sum + count, 0);
  const share = total / numberBins;
  const edges: number[] = [];
  let inBin = 0;
  let left = total;
  for (let i = 0; i < sketch.keys.length; i++) {
    const count = sketch.counts[i]!;
    const full = inBin >= share * 0.999 || (inBin >= share / 2 && inBin + count > share * 1.5);
    if (full && left >= share / 2) {
      edges.push(binStart(sketch.keys[i]!, sketch.precision));
      inBin = 0;
    }
    inBin += count;
    left -= count;
  }
  // If one value dominates, the rest is too small for a bin, but only the rest can change: separate the two.
  return edges.length > 0 ? edges : aroundMostFrequent(sketch);
}

/** Counts the values below the first edge, between each two, and from the last on. */
function countBetween(sketch: Sketch, edges: readonly number[]): number[] {
  const total = sketch.counts.reduce((sum, count) => sum + count, 0);
  const below = [...edges.map((edge) => countBelow(sketch, edge)), total];
  return below.map((count, i) => count - (i === 0 ? 0 : below[i - 1]!));
}

function binTexts(before: BaselineColumn, now: ColumnProfile): SharedBins {
  const { listed, other } = before.values!;
  const total = listed.reduce((sum, [, count]) => sum + count, other);
  const current = new Map(now.values!.values.map((value, i) => [value, now.values!.counts[i]!]));
  const least = (listed.length <= fewValues ? leastShareOfFew : leastShare) * total;
  const own = listed.filter(([, count], i) => i === 0 || count >= least);
  const counts = own.map(([value]) => current.get(value) ?? 0);
  const rest = now.values!.total - counts.reduce((sum, count) => sum + count, 0);
  const restBefore = total - own.reduce((sum, [, count]) => sum + count, 0);
  const bins = {
    labels: own.map(([value]) => value),
    before: own.map(([, count]) => count),
    now: counts,
  };
  // A nearly empty bin would turn a handful of new texts into an alarm; a separate measure covers those.
  if (restBefore >= least || own.length === 1) {
    bins.labels.push(otherLabel);
    bins.before.push(restBefore);
    bins.now.push(rest);
  } else {
    if (restBefore + rest > 0) bins.labels[own.length - 1] += ` and ${otherLabel}`;
    bins.before[own.length - 1]! += restBefore;
    bins.now[own.length - 1]! += rest;
  }
  return { edges: null, ...bins };
}

function binBooleans(before: BaselineColumn, now: ColumnProfile): SharedBins {
  return {
    edges: null,
    labels: ['true', 'false'],
    before: [before.trues!, before.rows - before.missing - before.trues!],
    now: [now.trues!, now.rows - now.missing - now.trues!],
  };
}
