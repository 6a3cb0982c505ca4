import { addRows, type StatusCounts } from '../chunk/row-counts.js';
import type { ColumnProfile } from './column-profile.js';
import { mergeProfiles } from './column-profile.js';
import { toWrite } from './held-sketch.js';
import { mergeProblems, type ProblemCount } from './problem-count.js';
import { mergeSegments, type SegmentQuality } from './segment.js';

/**
 * The quality of the rows of a slice, a partition or a run: plain JSON data of a size independent of the
 * rows. Lists keep the order of first occurrence.
 */
export interface SliceQuality {
  readonly rows: StatusCounts;
  readonly problems: readonly ProblemCount[];
  /** The columns as they were read. */
  readonly raw: readonly ColumnProfile[];
  /** The columns as the model got them; a column that is not listed is the same as read, row for row. */
  readonly used: readonly ColumnProfile[];
  /** The model's outputs. */
  readonly outputs: readonly ColumnProfile[];
  /** By `quality.slices`; empty if the job has none. */
  readonly segments: readonly SegmentQuality[];
}

/** Returns the quality of no rows: merging it with another returns the other. */
export function emptyQuality(): SliceQuality {
  return {
    rows: { read: 0, scored: 0, ok: 0, repaired: 0, flagged: 0, rejected: 0 },
    problems: [],
    raw: [],
    used: [],
    outputs: [],
    segments: [],
  };
}

/**
 * Returns the quality of both; `a` precedes `b` in the input. Associative, and independent of the order
 * except for the last bits of sums, the order of lists and, beyond 1,024 different texts, top values. Costs
 * about 20 microseconds per column, or one if bins and registers are added up separately.
 */
export function mergeQuality(a: SliceQuality, b: SliceQuality): SliceQuality {
  return {
    rows: addRows(a.rows, b.rows),
    problems: mergeProblems(a.problems, b.problems),
    raw: mergeColumns(a.raw, b.raw),
    used: mergeUsed(a, b),
    outputs: mergeColumns(a.outputs, b.outputs),
    // Records of partitions from earlier versions have none.
    segments: mergeSegments(a.segments ?? [], b.segments ?? []),
  };
}

/** Returns the quality for a JSON file: the same, with sketches as bytes (`WrittenSketch`). */
export function qualityToWrite(quality: SliceQuality): object {
  const { raw, used, outputs, segments } = quality;
  return {
    ...quality,
    raw: raw.map(profileToWrite),
    used: used.map(profileToWrite),
    outputs: outputs.map(profileToWrite),
    segments: segments.map((segment) => ({
      ...segment,
      columns: segment.columns.map(profileToWrite),
      outputs: segment.outputs.map(profileToWrite),
    })),
  };
}

/** Returns the profile of a column for a file of JSON. */
export function profileToWrite(profile: ColumnProfile): object {
  const { numbers } = profile;
  return numbers === null
    ? profile
    : { ...profile, numbers: { ...numbers, sketch: toWrite(numbers.sketch) } };
}

/** Returns the profile of column `name` as the model got it; null if it has none. */
export function usedColumn(quality: SliceQuality, name: string): ColumnProfile | null {
  return findColumn(quality.used, name) ?? findColumn(quality.raw, name);
}

function mergeColumns(a: readonly ColumnProfile[], b: readonly ColumnProfile[]): ColumnProfile[] {
  const others = byName(b);
  const merged = a.map((profile) => {
    const other = others.get(profile.name);
    others.delete(profile.name);
    return other === undefined ? profile : mergeProfiles(profile, other);
  });
  return [...merged, ...others.values()];
}

/** Merges the changed columns; a side that does not list a column contributes its raw profile. */
function mergeUsed(a: SliceQuality, b: SliceQuality): ColumnProfile[] {
  const names = new Set([...a.used, ...b.used].map(({ name }) => name));
  if (names.size === 0) return [];
  const [left, right] = [a, b].map(({ raw, used }) => new Map([...byName(raw), ...byName(used)])) as [
    Map<string, ColumnProfile>,
    Map<string, ColumnProfile>,
  ];
  return [...names].map((name) => {
    const [one, other] = [left.get(name), right.get(name)];
    return one === undefined ? other! : other === undefined ? one : mergeProfiles(one, other);
  });
}

function byName(columns: readonly ColumnProfile[]): Map<string, ColumnProfile> {
  return new Map(columns.map((profile) => [profile.name, profile]));
}

function findColumn(columns: readonly ColumnProfile[], name: string): ColumnProfile | null {
  return columns.find((column) => column.name === name) ?? null;
}
