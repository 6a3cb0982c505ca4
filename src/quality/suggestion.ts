import { type Baseline, type BaselineColumn, baselineSketch } from './baseline.js';
import { binValue } from './sketch.js';

/** Suggestions of a baseline for a column of the job file; absent keys have none. */
export interface Suggestion {
  readonly column: string;
  readonly range?: readonly [number, number];
  readonly categories?: readonly string[];
  readonly fill?: number | string;
}

/** Maximum number of categories; a column with more is a key rather than a list. */
const maxCategories = 100;

/**
 * Suggests ranges, categories and fills for the job file, one entry per column with a suggestion: the range
 * of the training data rounded outwards (or, if a few values lie twenty times farther from the median than
 * the hundredth percentile at that end, up to that distance), all texts if each occurred often enough, the
 * median or the most frequent text as a fill.
 */
export function suggestContract(baseline: Baseline): Suggestion[] {
  return baseline.columns
    .filter(({ redacted }) => !redacted)
    .map((column) => ({ column: column.name, ...suggestRange(column), ...suggestTexts(column) }))
    .filter((suggestion) => Object.keys(suggestion).length > 1);
}

/** Returns the value of `{ fill: mean | median | mode, from: baseline }`; null if the baseline lacks it. */
export function baselineFill(
  column: BaselineColumn,
  statistic: 'mean' | 'median' | 'mode',
): number | string | boolean | null {
  const { numbers, values, trues } = column;
  if (trues !== null && statistic === 'mode') return trues * 2 > column.rows - column.missing;
  if (values !== null) return statistic === 'mode' ? (values.listed[0]?.[0] ?? null) : null;
  if (numbers === null || numbers.count === 0) return null;
  if (statistic === 'mean') return numbers.mean;
  if (statistic === 'median') return numbers.quantiles['p50'] ?? null;
  return mostFrequentBin(column);
}

/**
 * Returns the texts of `categories: baseline` that occurred `minCount` times, most frequent first; null if
 * not all are listed.
 */
export function baselineCategories(column: BaselineColumn, minCount: number): readonly string[] | null {
  const { values } = column;
  if (values === null || values.listed.length === 0 || values.atMost >= minCount) return null;
  return values.listed.map(([value]) => value);
}

function suggestRange({ type, numbers }: BaselineColumn): { range?: readonly [number, number] } {
  if (numbers === null || numbers.min === null || numbers.max === null || numbers.count < 100) return {};
  if (type === 'date' || type === 'timestamp' || type === 'list<float32>') return {};
  const { p01, p50, p99 } = numbers.quantiles as { p01: number; p50: number; p99: number };
  const low = numbers.min < p50 - 20 * (p50 - p01) && p01 < p50 ? p50 - 20 * (p50 - p01) : numbers.min;
  const high = numbers.max > p50 + 20 * (p99 - p50) && p99 > p50 ? p50 + 20 * (p99 - p50) : numbers.max;
  return { range: [roundOutwards(low, Math.floor), roundOutwards(high, Math.ceil)] };
}

/** Returns the nearest number of two significant digits that is not inside. */
function roundOutwards(value: number, round: (value: number) => number): number {
  if (value === 0) return 0;
  const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
  return step >= 1 ? round(value / step) * step : round(value / step) / Math.round(1 / step);
}

function suggestTexts(column: BaselineColumn): { categories?: readonly string[]; fill?: number | string } {
  const { numbers, values, missing } = column;
  const fill = missing === 0 ? null : baselineFill(column, numbers !== null ? 'median' : 'mode');
  const complete = values !== null && values.other === 0 && values.listed.length <= maxCategories;
  return {
    ...(complete && values.listed.length > 0 ? { categories: values.listed.map(([value]) => value) } : {}),
    ...(typeof fill === 'number' || typeof fill === 'string' ? { fill } : {}),
  };
}

function mostFrequentBin({ numbers }: BaselineColumn): number | null {
  const sketch = baselineSketch(numbers!);
  let best = 0;
  for (let i = 1; i < sketch.counts.length; i++) if (sketch.counts[i]! > sketch.counts[best]!) best = i;
  return binValue(sketch, best, numbers!.whole);
}
