import { placeProblems } from './problem-count.js';
import { emptyQuality, mergeQuality, type SliceQuality } from './slice-quality.js';
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

/** The quality of no partition. */
export const noPartitions: RunQuality = { partitions: 0, quality: emptyQuality(), skipped: [] };

/** Returns `sum` with the next partition of the plan; samples of problems name their partition. */
export function addPartition(
  sum: RunQuality,
  partition: string,
  { quality, skipped }: PartitionQuality,
): RunQuality {
  const placed = { ...quality, problems: placeProblems(quality.problems, partition) };
  return {
    partitions: sum.partitions + 1,
    quality: mergeQuality(sum.quality, placed),
    skipped: addSkipped(sum.skipped, partition, skipped),
  };
}

function addSkipped(
  sum: readonly SkippedSummary[],
  partition: string,
  skipped: PartitionQuality['skipped'],
): readonly SkippedSummary[] {
  const byCode = new Map(sum.map((one) => [one.code, one]));
  for (const [code, { count, lines }] of Object.entries(skipped)) {
    const before = byCode.get(code);
    const locations = [...(before?.lines ?? []), ...lines.map((line) => ({ partition, line }))];
    byCode.set(code, { code, count: (before?.count ?? 0) + count, lines: locations.slice(0, shownLines) });
  }
  return [...byCode.values()];
}
