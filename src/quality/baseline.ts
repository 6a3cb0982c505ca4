import type { ColumnType } from '../chunk/column.js';
import { InvalidError } from '../errors.js';
import { JsonBoundsError, parseJson } from '../text/parse-json.js';
import type { ColumnProfile, LengthProfile } from './column-profile.js';
import { estimateDistinct } from './distinct.js';
import { mean, standardDeviation } from './number-profile.js';
import type { SegmentName, SegmentQuality } from './segment.js';
import { limitBins, quantiles, type Sketch } from './sketch.js';
import type { SliceQuality } from './slice-quality.js';
import { mostFrequent, type TopValues } from './top-values.js';

/** The reference for later runs: training data as read, and the model's scores on it. One small JSON file. */
export interface Baseline {
  readonly kind: 'nightshift-baseline';
  readonly version: 1;
  readonly job: string;
  readonly createdAt: string;
  readonly inputs: readonly string[];
  readonly modelSha256: string | null;
  readonly rows: number;
  /** Contains no text that occurred less often. */
  readonly minCount: number;
  readonly columns: readonly BaselineColumn[];
  readonly outputs: readonly BaselineColumn[];
  /** By `quality.slices`; absent in baselines of jobs without slices, and of earlier versions. */
  readonly segments?: readonly BaselineSegment[];
}

/** A segment's rows in the training data. */
export interface BaselineSegment extends SegmentName {
  readonly rows: number;
  readonly columns: readonly BaselineColumn[];
  readonly outputs: readonly BaselineColumn[];
}

export interface BaselineColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Its values are withheld: no texts, no extremes, coarse bins of at least `minCount` values. */
  readonly redacted: boolean;
  readonly rows: number;
  /** NaN counts as missing here. */
  readonly missing: number;
  readonly unknown: number;
  readonly distinct: number;
  readonly numbers: BaselineNumbers | null;
  readonly values: BaselineValues | null;
  readonly lengths: LengthProfile | null;
  readonly trues: number | null;
}

interface BaselineNumbers {
  readonly count: number;
  readonly infinite: number;
  readonly whole: boolean;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly std: number | null;
  /** p01, p05, p25, p50, p75, p95, p99. */
  readonly quantiles: Readonly<Record<string, number>>;
  /** The sketch's bins: the first key, then each one's distance from the previous key. */
  readonly precision: number;
  readonly keys: readonly number[];
  readonly counts: readonly number[];
}

interface BaselineValues {
  /** Texts with their counts, most frequent first. */
  readonly listed: readonly (readonly [string, number])[];
  /** Values that are not listed: too rare, or too many. */
  readonly other: number;
  /** Upper bound for the count of an unlisted text. */
  readonly atMost: number;
}

export interface BaselineOrigin {
  readonly job: string;
  readonly createdAt: string;
  readonly inputs: readonly string[];
  readonly modelSha256: string | null;
  /** Columns whose values are withheld. */
  readonly redact: readonly string[];
  /** Columns that identify rows: they never repeat, so the baseline omits them. */
  readonly keys: readonly string[];
  /** Default 10. */
  readonly minCount?: number;
}

const maxListed = 200;
const maxBaselineBins = 1024;

/** The quantiles in baselines and summaries. */
export const quantilePoints = {
  p01: 0.01,
  p05: 0.05,
  p25: 0.25,
  p50: 0.5,
  p75: 0.75,
  p95: 0.95,
  p99: 0.99,
} as const;

/** Returns the baseline of a run over training data. */
export function buildBaseline(quality: SliceQuality, origin: BaselineOrigin): Baseline {
  const { redact, keys, minCount = 10, ...rest } = origin;
  const column = (profile: ColumnProfile) => baselineColumn(profile, redact.includes(profile.name), minCount);
  return {
    kind: 'nightshift-baseline',
    version: 1,
    ...rest,
    rows: quality.rows.read,
    minCount,
    columns: quality.raw
      .filter(({ name, absent, rows }) => absent < rows && !keys.includes(name))
      .map(column),
    outputs: quality.outputs.map(column),
    ...(quality.segments.length === 0
      ? {}
      : { segments: quality.segments.flatMap((segment) => baselineSegment(segment, minCount, column)) }),
  };
}

/** Returns a segment of the baseline; null for a value that occurred fewer than `minCount` times. */
function baselineSegment(
  { slice, kind, value, rows, columns, outputs }: SegmentQuality,
  minCount: number,
  column: (profile: ColumnProfile) => BaselineColumn,
): BaselineSegment[] {
  if (kind === 'value' && rows.read < minCount) return [];
  const profiles = { columns: columns.map(column), outputs: outputs.map(column) };
  return [{ slice, kind, value, rows: rows.read, ...profiles }];
}

/** Formats a baseline as the text of its file. */
export function writeBaseline(baseline: Baseline): string {
  const columns = (list: readonly BaselineColumn[]) =>
    list.length === 0 ? '[]' : `[\n${list.map((column) => `    ${JSON.stringify(column)}`).join(',\n')}\n  ]`;
  const head = Object.entries(baseline)
    .filter(([key]) => !['columns', 'outputs', 'segments'].includes(key))
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`)
    .join('');
  const segments = baseline.segments?.map((segment) => `    ${JSON.stringify(segment)}`).join(',\n');
  const end = segments === undefined ? '' : `,\n  "segments": [\n${segments}\n  ]`;
  return `{\n${head}  "columns": ${columns(baseline.columns)},\n  "outputs": ${columns(baseline.outputs)}${end}\n}\n`;
}

/**
 * Parses the baseline in `text`, read from `path`; throws `InvalidError` naming the file if it is invalid.
 */
export function parseBaseline(text: string, path: string): Baseline {
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch (cause) {
    throw notBaseline(path, cause instanceof JsonBoundsError ? cause.message : 'it is not JSON', cause);
  }
  if (typeof parsed !== 'object' || parsed === null || !('kind' in parsed)) {
    throw notBaseline(path, 'its "kind" is not "nightshift-baseline"');
  }
  const baseline = parsed as Baseline;
  if (baseline.kind !== 'nightshift-baseline')
    throw notBaseline(path, 'its "kind" is not "nightshift-baseline"');
  if (baseline.version !== 1)
    throw notBaseline(path, `its version is ${JSON.stringify(baseline.version)}, not 1`);
  if (!isColumns(baseline.columns) || !isColumns(baseline.outputs) || !areSegments(baseline.segments ?? [])) {
    throw notBaseline(path, 'its columns are incomplete or of wrong types');
  }
  return baseline;
}

/** Returns the sketch of a baseline's numbers. */
export function baselineSketch(numbers: BaselineNumbers): Sketch {
  let key = 0;
  const keys = numbers.keys.map((distance) => (key += distance));
  return { precision: numbers.precision, keys, counts: numbers.counts };
}

function notBaseline(path: string, why: string, cause?: unknown): InvalidError {
  return new InvalidError('baseline-invalid', `baseline ${path} cannot be used: ${why}`, {
    file: path,
    hint: 'write a new one with `nightshift profile`',
    cause,
  });
}

function isColumns(columns: unknown): boolean {
  return (
    Array.isArray(columns) &&
    columns.every((column: Partial<BaselineColumn> | null) => {
      if (typeof column !== 'object' || column === null || typeof column.name !== 'string') return false;
      const { numbers, values } = column;
      const counts = [column.rows, column.missing, column.unknown, column.distinct];
      return (
        counts.every((count) => typeof count === 'number') &&
        (numbers === null || (isNumbers(numbers?.keys) && isNumbers(numbers?.counts))) &&
        (values === null || Array.isArray(values?.listed))
      );
    })
  );
}

function areSegments(segments: unknown): boolean {
  return (
    Array.isArray(segments) &&
    segments.every(
      (segment: Partial<BaselineSegment> | null) =>
        typeof segment?.slice === 'string' &&
        typeof segment.rows === 'number' &&
        isColumns(segment.columns) &&
        isColumns(segment.outputs),
    )
  );
}

function isNumbers(list: unknown): boolean {
  return Array.isArray(list) && list.every((item) => typeof item === 'number');
}

function baselineColumn(profile: ColumnProfile, redacted: boolean, minCount: number): BaselineColumn {
  const { name, type, rows, unknown, lengths, trues } = profile;
  return {
    name,
    type,
    redacted,
    rows,
    missing: profile.missing + (profile.numbers?.nan ?? 0),
    unknown,
    distinct: estimateDistinct(profile.distinct),
    numbers: profile.numbers === null ? null : baselineNumbers(profile, redacted ? minCount : 0),
    values: profile.values === null || redacted ? null : baselineValues(profile.values, minCount),
    lengths,
    trues,
  };
}

function baselineNumbers({ numbers }: ColumnProfile, leastInBin: number): BaselineNumbers {
  const { count, infinite, whole, min, max } = numbers!;
  const sketch = foldSmallBins(limitBins(numbers!.sketch, maxBaselineBins), leastInBin);
  const values = quantiles(sketch, Object.values(quantilePoints), whole) ?? [];
  return {
    count,
    infinite,
    whole,
    min: leastInBin > 0 ? null : min,
    max: leastInBin > 0 ? null : max,
    mean: mean(numbers!),
    std: standardDeviation(numbers!),
    quantiles: Object.fromEntries(values.map((value, i) => [Object.keys(quantilePoints)[i]!, value])),
    precision: sketch.precision,
    keys: sketch.keys.map((key, i) => (i === 0 ? key : key - sketch.keys[i - 1]!)),
    counts: sketch.counts,
  };
}

/** Merges bins of fewer than `least` values into the bin before them (the first ones into the bin after). */
function foldSmallBins(sketch: Sketch, least: number): Sketch {
  const keys: number[] = [];
  const counts: number[] = [];
  let waiting = 0;
  sketch.keys.forEach((key, i) => {
    const count = sketch.counts[i]! + (keys.length === 0 ? waiting : 0);
    if (count >= least) {
      keys.push(key);
      counts.push(count);
      waiting = 0;
    } else if (keys.length > 0) counts[counts.length - 1]! += count;
    else waiting = count;
  });
  return { precision: sketch.precision, keys, counts };
}

function baselineValues(values: TopValues, minCount: number): BaselineValues {
  const listed = mostFrequent(values, maxListed).filter(({ count }) => count >= minCount);
  const next = mostFrequent(values, maxListed + 1)[listed.length];
  return {
    listed: listed.map(({ value, count }) => [value, count] as const),
    other: values.total - listed.reduce((sum, { count }) => sum + count, 0),
    atMost: Math.max(next?.count ?? 0, 0) + values.error,
  };
}
