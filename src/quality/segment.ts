import { addRows, type StatusCounts } from '../chunk/row-counts.js';
import { CELL_PRECISION } from '../kernels/count-layout.js';
import { type ColumnProfile, mergeProfiles } from './column-profile.js';
import type { ProblemCount } from './problem-count.js';

/**
 * The rows of a segment of `quality.slices` (not called slice, which is a part of an input): those with one
 * value of a column, those with any other, or those that meet a condition.
 */
export interface SegmentName {
  /** A column or a condition, as in the job file. */
  readonly slice: string;
  readonly kind: 'value' | 'others' | 'condition';
  /** Null unless `kind` is `value`. */
  readonly value: string | null;
}

/** The quality of a segment's rows: plain JSON data whose size does not depend on the number of rows. */
export interface SegmentQuality extends SegmentName {
  readonly rows: StatusCounts;
  readonly problems: readonly Pick<ProblemCount, 'code' | 'column' | 'outcome' | 'count'>[];
  /** Features as the model got them, of rows from all over the input (see `segmentSample`). */
  readonly columns: readonly ColumnProfile[];
  /** The model's outputs for all of its rows. */
  readonly outputs: readonly ColumnProfile[];
}

/** Maximum number of segments of a job. */
export const mostSegments = 20;

/** Features are profiled by segment in one of this many slices, because it costs as much as all profiles. */
export const segmentSample = 8;

/** Mantissa bits of a segment's bins, 1.6 % wide: the same width for all values, so that merging is exact. */
export const segmentPrecision = CELL_PRECISION;

/** Formats a segment for people: `carrier=DL`, `carrier: all others`, `distance > 1000`. */
export function segmentLabel({ slice, kind, value }: SegmentName): string {
  if (kind === 'condition') return slice;
  return kind === 'others' ? `${slice}: all others` : `${slice}=${value}`;
}

/** Returns a unique key of this segment. */
export function segmentKey({ slice, kind, value }: SegmentName): string {
  return JSON.stringify([slice, kind, value]);
}

/** A profile as a segment keeps it: without a count of different values. */
export function segmentProfile(profile: ColumnProfile): ColumnProfile {
  return { ...profile, distinct: '', exact: null, unknownValues: null };
}

/** Merges two lists of segments, in the order of first occurrence. */
export function mergeSegments(
  a: readonly SegmentQuality[],
  b: readonly SegmentQuality[],
): readonly SegmentQuality[] {
  if (b.length === 0) return a;
  const merged = new Map(a.map((segment) => [segmentKey(segment), segment]));
  for (const segment of b) {
    const known = merged.get(segmentKey(segment));
    merged.set(segmentKey(segment), known === undefined ? segment : mergeTwo(known, segment));
  }
  return [...merged.values()];
}

function mergeTwo(a: SegmentQuality, b: SegmentQuality): SegmentQuality {
  return {
    ...a,
    rows: addRows(a.rows, b.rows),
    problems: addCounts(a.problems, b.problems),
    columns: mergeByName(a.columns, b.columns),
    outputs: mergeByName(a.outputs, b.outputs),
  };
}

function addCounts(a: SegmentQuality['problems'], b: SegmentQuality['problems']): SegmentQuality['problems'] {
  if (b.length === 0) return a;
  const key = ({ code, column, outcome }: SegmentQuality['problems'][number]) =>
    JSON.stringify([code, column, outcome]);
  const sums = new Map(a.map((one) => [key(one), one]));
  for (const one of b) sums.set(key(one), { ...one, count: one.count + (sums.get(key(one))?.count ?? 0) });
  return [...sums.values()];
}

function mergeByName(a: readonly ColumnProfile[], b: readonly ColumnProfile[]): readonly ColumnProfile[] {
  if (b.length === 0) return a;
  const merged = new Map(a.map((profile) => [profile.name, profile]));
  for (const profile of b) {
    const known = merged.get(profile.name);
    merged.set(profile.name, known === undefined ? profile : mergeProfiles(known, profile));
  }
  return [...merged.values()];
}
