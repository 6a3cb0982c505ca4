import { type BaselineColumn, baselineSketch } from './baseline.js';
import type { ColumnProfile } from './column-profile.js';
import { binEnd, binStart, quantiles, type Sketch, sketchCount } from './sketch.js';
import type { HistogramSummary } from './summary.js';

/** Target number of bins in a picture. */
const pictureBins = 28;

/** Beyond it the edges and their distances may exceed the largest float. */
const greatestEdge = 1e300;

const microsecondsPerSecond = 1e6;

/**
 * Returns a column's numbers for a plot: bins of equal, round width over the middle 99 % of run and baseline,
 * values outside in the first and last. A sketch bin across an edge is split by width, so shares are exact
 * except for values next to an edge. Null without numbers, and for numbers near the largest float, whose
 * edges would not be finite.
 */
export function histogramOf(now: ColumnProfile, before: BaselineColumn | null): HistogramSummary | null {
  if (now.numbers === null || now.numbers.count === 0) return null;
  const scale = now.type === 'timestamp' ? microsecondsPerSecond : 1;
  const old = before?.numbers == null || before.numbers.count === 0 ? null : baselineSketch(before.numbers);
  const sketches = old === null ? [now.numbers.sketch] : [now.numbers.sketch, old];
  const whole = now.numbers.whole && (before?.numbers?.whole ?? true) && now.type !== 'timestamp';
  const middles = sketches.map((sketch) => quantiles(sketch, [0.005, 0.995], whole)!);
  const low = Math.min(...middles.map(([from]) => from!)) / scale;
  const high = Math.max(...middles.map(([, to]) => to!)) / scale;
  if (Math.max(-low, high) > greatestEdge) return null;
  const edges = roundEdges(low, high, whole);
  return {
    edges,
    now: sharesBetween(now.numbers.sketch, edges, scale, whole),
    baseline: old === null ? null : sharesBetween(old, edges, scale, whole),
  };
}

/** Returns round edges around `low` to `high`; a whole number is the centre of a bin of width 1. */
function roundEdges(low: number, high: number, whole: boolean): number[] {
  const step = roundStep((high - low) / pictureBins, low, whole);
  const shift = whole && step === 1 ? 0.5 : 0;
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.floor(high / step) + 1);
  return Array.from({ length: last - first + 1 }, (_, i) => tidy((first + i) * step - shift));
}

/** Returns the smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `width`. */
function roundStep(width: number, near: number, whole: boolean): number {
  if (width <= 0) return whole ? 1 : 10 ** Math.floor(Math.log10(Math.abs(near) || 1)) / 10;
  const power = 10 ** Math.floor(Math.log10(width));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= width)!;
  const step = factor * power;
  return whole ? Math.max(1, Math.round(step)) : step;
}

function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

function sharesBetween(sketch: Sketch, edges: readonly number[], scale: number, whole: boolean): number[] {
  const shares = new Array<number>(edges.length - 1).fill(0);
  const { keys, counts, precision } = sketch;
  const total = sketchCount(sketch);
  const last = shares.length - 1;
  // Keys ascend, so that the bins that they begin in do.
  let first = 0;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const start = binStart(key, precision) / scale;
    const end = binEnd(key, precision) / scale;
    const count = counts[i]!;
    const least = whole ? Math.ceil(start) : start;
    while (first < last && least >= edges[first + 1]!) first++;
    const isWithin = first === last || end < edges[first + 1]!;
    if (key === 0 || (whole && least + 1 >= end) || isWithin) shares[first]! += count;
    else {
      for (let bin = first; bin <= last && (bin === first || edges[bin]! < end); bin++) {
        const from = bin === first ? start : edges[bin]!;
        const to = bin === last ? end : Math.min(end, edges[bin + 1]!);
        shares[bin]! += (count * (to - from)) / (end - start);
      }
    }
  }
  return shares.map((count) => Number((count / total).toPrecision(6)));
}
