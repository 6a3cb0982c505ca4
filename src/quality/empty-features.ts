import type { ColumnProfile } from './column-profile.js';
import { type SliceQuality, usedColumn } from './slice-quality.js';
import { countOf } from './wording.js';

/** Policies for a feature without a usable value in any row of a partition. */
export interface EmptyFeaturesGate {
  readonly severity: 'ignore' | 'warn' | 'fail';
  /** Features whose contract handles missing values: they may be missing throughout, but not unreadable. */
  readonly mayBeMissing: readonly string[];
}

export interface EmptyFeature {
  readonly column: string;
  readonly sentence: string;
}

/** Minimum number of rows; in fewer, a column of missing values may be chance. */
const leastRowsForMissing = 10;

/** Codes of cells with content that is no value of the column's type, or no finite one. */
const unreadableCodes: ReadonlySet<string> = new Set([
  'unreadable',
  'overflow',
  'date-ambiguous',
  'mixed-units',
  'time-skipped',
  'time-repeated',
  'infinite',
  'undefined-value',
  'unmapped-value',
]);

/**
 * Returns features that are unreadable, infinite, missing or NaN in every row, even if filled; `absent`
 * covers absent ones.
 */
export function emptyFeatures(
  features: readonly string[],
  mayBeMissing: readonly string[],
  quality: SliceQuality,
): EmptyFeature[] {
  return features.flatMap((column) => {
    const sentence = emptiness(quality, column, mayBeMissing.includes(column));
    return sentence === null ? [] : [{ column, sentence }];
  });
}

function emptiness(quality: SliceQuality, name: string, mayBeMissing: boolean): string | null {
  const raw = quality.raw.find((column) => column.name === name);
  if (raw === undefined || raw.rows === 0 || raw.absent === raw.rows) return null;
  const unreadable = countProblems(quality, name, (code) => unreadableCodes.has(code));
  const isEmpty =
    hasNoValue(raw) ||
    hasNoValue(usedColumn(quality, name)!) ||
    countProblems(quality, name, (code) => code === 'missing') === raw.rows;
  if (unreadable === raw.rows || (unreadable > 0 && isEmpty)) {
    const infinite = countProblems(quality, name, (code) => code === 'infinite');
    const how =
      infinite === 0 ? 'unreadable' : infinite === unreadable ? 'infinite' : 'unreadable or infinite';
    return `${name} is ${how} in every row (${countOf(raw.rows, 'row')})`;
  }
  if (!isEmpty || mayBeMissing || raw.rows < leastRowsForMissing) return null;
  return `${name} has no value in any row (${countOf(raw.rows, 'row')})`;
}

function hasNoValue({ rows, missing, numbers }: ColumnProfile): boolean {
  return rows > 0 && rows - missing - (numbers?.nan ?? 0) === 0;
}

function countProblems({ problems }: SliceQuality, name: string, isMeant: (code: string) => boolean): number {
  return problems
    .filter(({ code, column }) => column === name && isMeant(code))
    .reduce((sum, { count }) => sum + count, 0);
}
