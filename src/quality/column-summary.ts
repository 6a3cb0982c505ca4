import type { ColumnType } from '../chunk/column.js';
import { shortestFloat32 } from '../chunk/shortest-float.js';
import { type BaselineColumn, quantilePoints } from './baseline.js';
import type { ColumnProfile } from './column-profile.js';
import { estimateDistinct } from './distinct.js';
import type { ColumnDrift } from './drift.js';
import { histogramOf } from './histogram.js';
import { mean, standardDeviation } from './number-profile.js';
import { quantiles, relativeError, shortestInBin } from './sketch.js';
import type { BaselineValues, ColumnSummary, TopSummary, ValuesSummary } from './summary.js';
import { mostFrequent } from './top-values.js';
import { timeText } from './wording.js';

/** Number of texts of a column in a summary. */
const shownValues = 10;
/** Number of unknown texts in a summary. */
const listedUnknown = 1000;

/** Inputs of a column's summary. */
interface ColumnFacts {
  readonly raw: ColumnProfile;
  readonly used: ColumnProfile | null;
  readonly drift: ColumnDrift | null;
  readonly baseline: BaselineColumn | null;
  readonly feature: boolean;
  /** True if it is part of the rows' key. */
  readonly key: boolean;
  readonly redacted: boolean;
}

/** Returns the summary of one column. */
export function summariseColumn({
  raw,
  used,
  drift,
  baseline,
  feature,
  key,
  redacted,
}: ColumnFacts): ColumnSummary {
  return {
    name: raw.name,
    type: raw.type,
    feature,
    key,
    redacted,
    raw: summariseValues(raw, baseline),
    used: used === null ? null : summariseValues(used, null),
    baseline: baseline === null ? null : summariseBaseline(baseline),
    histogram: histogramOf(raw, baseline),
    drift:
      drift === null
        ? null
        : {
            watched: drift.watched,
            level: drift.level,
            importance: rounded(drift.importance),
            sentence: drift.sentence,
            figures: drift.figures.map(({ measure, figure, limit, noise, level, sentence }) => ({
              measure,
              figure: rounded(figure),
              limit: rounded(limit),
              noise: rounded(noise),
              level,
              sentence,
            })),
            bins: drift.bins,
          },
  };
}

/** Returns the figures of a column's values. */
function summariseValues(profile: ColumnProfile, baseline: BaselineColumn | null): ValuesSummary {
  const { rows, missing, absent, unknown, numbers, lengths, trues, values, unknownValues } = profile;
  const present = rows - missing;
  const shown = shownAs(profile.type);
  const quantiles = numbers === null || numbers.count === 0 ? null : quantilesOf(profile, shown);
  return {
    rows,
    missing,
    missing_share: rows === 0 ? 0 : missing / rows,
    absent,
    nan: numbers?.nan ?? 0,
    infinite: numbers?.infinite ?? 0,
    unknown,
    distinct: distinctOf(profile),
    ...extremes(profile, shown),
    mean: numbers === null ? null : shown(mean(numbers)),
    std: numbers === null || isTime(profile.type) ? null : standardDeviation(numbers),
    quantiles,
    quantile_error: quantiles === null ? null : relativeError(numbers!.sketch),
    true_share: trues === null || present === 0 ? null : trues / present,
    length:
      lengths === null ? null : { min: lengths.min, max: lengths.max, mean: lengths.sum / lengths.count },
    top: values === null ? null : topOf(profile, baseline),
    top_error: Math.max(values?.error ?? 0, unknownValues?.error ?? 0),
    unknown_values: unknownValues === null ? null : mostFrequent(unknownValues, listedUnknown),
  };
}

function summariseBaseline({
  type,
  rows,
  missing,
  unknown,
  distinct,
  numbers,
  trues,
}: BaselineColumn): BaselineValues {
  const shown = shownAs(type);
  const quantiles = Object.entries(numbers?.quantiles ?? {});
  return {
    rows,
    missing,
    missing_share: rows === 0 ? 0 : missing / rows,
    unknown,
    distinct,
    min: shown(numbers?.min ?? null),
    max: shown(numbers?.max ?? null),
    mean: shown(numbers?.mean ?? null),
    std: isTime(type) ? null : (numbers?.std ?? null),
    quantiles:
      quantiles.length === 0
        ? null
        : Object.fromEntries(quantiles.map(([name, value]) => [name, shown(value)!])),
    true_share: trues === null || rows === missing ? null : trues / (rows - missing),
  };
}

/** Returns the format of a column's numbers: dates and timestamps as text. */
function shownAs(type: ColumnType): (value: number | null) => number | string | null {
  return (value) => {
    if (value === null) return null;
    if (isTime(type)) return timeText(value, type);
    return type === 'float32' && Math.fround(value) === value ? shortestFloat32(value) : value;
  };
}

function isTime(type: ColumnType): type is 'date' | 'timestamp' {
  return type === 'date' || type === 'timestamp';
}

function quantilesOf(
  { numbers }: ColumnProfile,
  shown: (value: number) => number | string | null,
): Record<string, number | string> {
  const { sketch, whole, min, max } = numbers!;
  const clamp = (value: number) => Math.min(max ?? value, Math.max(min ?? value, value));
  const tidy = (value: number) => (whole ? value : shortestInBin(value, sketch.precision));
  const values = quantiles(sketch, Object.values(quantilePoints), whole)!;
  return Object.fromEntries(
    Object.keys(quantilePoints).map((name, i) => [name, shown(clamp(tidy(values[i]!)))!]),
  );
}

function extremes(
  { numbers, exact }: ColumnProfile,
  shown: (value: number | null) => number | string | null,
): { min: number | string | null; max: number | string | null } {
  if (numbers === null) return { min: null, max: null };
  const large = exact !== null && ![numbers.min, numbers.max].every(Number.isSafeInteger);
  return large ? exact : { min: shown(numbers.min), max: shown(numbers.max) };
}

/** Returns the number of distinct values: exact if all texts were counted, else estimated. */
function distinctOf({ distinct, values, rows, missing, trues }: ColumnProfile): number {
  if (values !== null && values.error === 0) return values.values.length;
  if (trues !== null) return (trues > 0 ? 1 : 0) + (trues < rows - missing ? 1 : 0);
  return Math.min(estimateDistinct(distinct), rows - missing);
}

function topOf({ values }: ColumnProfile, baseline: BaselineColumn | null): TopSummary[] {
  const before = baseline?.values ?? null;
  const total = baseline === null ? 0 : baseline.rows - baseline.missing;
  return mostFrequent(values!, shownValues).map(({ value, count }) => {
    const listed = before?.listed.find(([known]) => known === value);
    return {
      value,
      count,
      share: count / values!.total,
      baseline_share: before === null || total === 0 ? null : (listed?.[1] ?? 0) / total,
    };
  });
}

function rounded(figure: number): number {
  return Number.isFinite(figure) ? Number(figure.toPrecision(6)) : figure;
}
