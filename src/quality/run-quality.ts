import { placeProblems } from './problem-count.js';
import { createQualitySum } from './quality-sum.js';
import type { SliceQuality } from './slice-quality.js';
import type { SkippedSummary } from './summary.js';

/** The quality of several partitions together; its size depends on the columns alone. */
export interface RunQuality {
  readonly partitions: number;
  readonly quality: SliceQuality;
  /** Lines of the files that are not rows. */
  readonly skipped: readonly SkippedSummary[];
}

/** The quality of one partition; `skipped` by code. */
export interface PartitionQuality {
  readonly quality: SliceQuality;
  readonly skipped: Readonly<Record<string, { readonly count: number; readonly lines: readonly number[] }>>;
}

/** Maximum number of line numbers of a kind of skipped lines in a summary. */
const shownLines = 10;

/** Adds up the quality of partitions. */
export interface RunSum {
  /** Adds the next partition of the plan; samples of problems name their partition. */
  add(partition: string, quality: PartitionQuality): void;
  /** Returns the quality of all added partitions, valid until the next one is added. */
  total(): RunQuality;
}

/** Creates the sum of no partitions. */
export function createRunSum(): RunSum {
  const sum = createQualitySum();
  let partitions = 0;
  let allSkipped: RunQuality['skipped'] = [];
  return {
    add(partition, { quality, skipped }) {
      partitions++;
      sum.addWhole({ ...quality, problems: placeProblems(quality.problems, partition) });
      allSkipped = addSkipped(allSkipped, partition, skipped);
    },
    total: () => ({ partitions, quality: sum.quality(), skipped: allSkipped }),
  };
}

function addSkipped(
  sum: readonly SkippedSummary[],
  partition: string,
  skipped: PartitionQuality['skipped'],
): readonly SkippedSummary[] {
  const codes = Object.entries(skipped);
  if (codes.length === 0) return sum;
  const byCode = new Map(sum.map((one) => [one.code, one]));
  for (const [code, { count, lines }] of codes) {
    const before = byCode.get(code);
    const locations = [...(before?.lines ?? []), ...lines.map((line) => ({ partition, line }))];
    byCode.set(code, { code, count: (before?.count ?? 0) + count, lines: locations.slice(0, shownLines) });
  }
  return [...byCode.values()];
}
