import { type BaselineColumn, baselineSketch } from './baseline.js';
import type { ColumnProfile } from './column-profile.js';
import { alignSketches, fewValues, sum } from './drift-bins.js';
import { binValue, type Sketch } from './sketch.js';

/** The share above which a single value dominates a column of many values. */
const dominates = 0.8;

/** Counts of a value in the baseline and the run; or of all values but one. */
export interface ValueCount {
  /** Name in a sentence; values of a redacted column have none. */
  readonly label: string;
  readonly before: number;
  readonly now: number;
}

/**
 * Returns a discrete column's values; if one value dominates another column, that value and all others
 * together; else null.
 */
export function valueCounts(before: BaselineColumn, now: ColumnProfile): ValueCount[] | null {
  const counts = countsOf(before, now);
  if (counts === null || !before.redacted) return counts;
  return counts.map((count) => ({ ...count, label: 'one value' }));
}

function countsOf(before: BaselineColumn, now: ColumnProfile): ValueCount[] | null {
  if (before.trues !== null && now.trues !== null) {
    const [whole, wholeNow] = [before.rows - before.missing, now.rows - now.missing];
    return [
      { label: 'true', before: before.trues, now: now.trues },
      { label: 'false', before: whole - before.trues, now: wholeNow - now.trues },
    ];
  }
  if (before.values !== null && now.values !== null) return textCounts(before, now);
  if (before.numbers === null || now.numbers === null) return null;
  return numberCounts(
    ...alignSketches(baselineSketch(before.numbers), now.numbers.sketch),
    before.numbers.whole,
  );
}

function textCounts(before: BaselineColumn, now: ColumnProfile): ValueCount[] | null {
  const { listed, other } = before.values!;
  const { values, counts, total, error } = now.values!;
  const current = new Map(values.map((value, i) => [value, counts[i]!]));
  const whole = listed.reduce((sum, [, count]) => sum + count, other);
  const isFew = listed.length <= fewValues && other < whole * 0.01;
  if (!isFew && !(listed[0] !== undefined && listed[0][1] >= dominates * whole)) return null;
  // Counts with an error of more than one value say nothing about rare values.
  if (error > 0 && isFew) return null;
  const own = isFew ? listed : listed.slice(0, 1);
  const found = own.map(([value, count]) => ({
    label: JSON.stringify(value),
    before: count,
    now: current.get(value) ?? 0,
  }));
  return [...found, restOf(found, whole, total)];
}

function numberCounts(before: Sketch, now: Sketch, whole: boolean): ValueCount[] | null {
  const total = sum(before.counts);
  const most = Math.max(...before.counts);
  const isFew = before.keys.length <= fewValues;
  if (!isFew && most < dominates * total) return null;
  const current = new Map(now.keys.map((key, i) => [key, now.counts[i]!]));
  const found = before.keys.flatMap((key, i) =>
    isFew || before.counts[i] === most
      ? [
          {
            label: String(binValue(before, i, whole)),
            before: before.counts[i]!,
            now: current.get(key) ?? 0,
          },
        ]
      : [],
  );
  return [...found, restOf(found, total, sum(now.counts))];
}

function restOf(found: readonly ValueCount[], before: number, now: number): ValueCount {
  const label = found.length === 1 ? `values other than ${found[0]!.label}` : 'values that are rarer';
  return {
    label,
    before: before - sum(found.map((count) => count.before)),
    now: now - sum(found.map((count) => count.now)),
  };
}
