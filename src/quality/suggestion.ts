import { type Baseline, type BaselineColumn, baselineSketch } from './baseline.js';
import { binValue } from './sketch.js';

/** What a baseline suggests for a column of the job file; a key that is not there has nothing to suggest. */
export interface Suggestion {
  readonly column: string;
  readonly range?: readonly [number, number];
  readonly categories?: readonly string[];
  readonly fill?: number | string;
}

/** Categories beyond this many are a key rather than a list. */
const maxCategories = 100;

/**
 * Ranges, categories and fills for the job file, one entry per column with something to suggest: the range of the training data rounded outwards
 * (or, where a few values lie twenty times farther from the median than the hundredth part at that end, up to there), every text where each occurred often enough, the median or the most frequent text as a fill.
 */
export function suggestContract(baseline: Baseline): Suggestion[] {
  return baseline.columns
    .filter(({ redacted }) => !redacted)
    .map((column) => ({ column: column.name, ...suggestRange(column), ...suggestTexts(column) }))
    .filter((suggestion) => Object.keys(suggestion).length > 1);
}

/** The value that `{ fill: mean | median | mode, from: baseline }` names; null where the baseline cannot say. */
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

/** The texts that `categories: baseline` names, most frequent first: all that occurred `minCount` times; null where the baseline cannot list them all. */
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

/** The nearest number of two significant digits that is not inside. */
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
