import type { Column } from '../../chunk/column.js';
import type { ProblemKind } from '../../chunk/problem.js';
import { selectRows } from '../../chunk/select-rows.js';
import { createFeeds } from '../../features/create-feeds.js';
import type { FeaturePlan } from '../../features/feature-plan.js';
import type { OutputPlan } from '../../features/output-plan.js';
import { readOutputs } from '../../features/read-outputs.js';
import type { Scorer } from '../../model/scorer.js';
import type { RepairedChunk } from '../../repair/create-repair.js';
import { type RowStatus, rowStatus } from '../../repair/row-status.js';
import type { ListReasons } from './list-reasons.js';
import { allRows, reportingAlive, selectColumns } from './rows-of-chunk.js';

/** An open model, how it is fed, and how its answers are read. */
interface ScoringPlan {
  readonly plan: { readonly features: FeaturePlan; readonly outputs: OutputPlan };
  readonly scorer: Scorer;
  readonly listReasons: ListReasons | null;
}

/** The model's scores for the rows that are still kept after scoring. */
export interface ScoredRows {
  readonly status: RowStatus;
  readonly outputs: ReadonlyMap<string, Column>;
  /** Why each row has its score, if the job asks for it. */
  readonly reasons: readonly Column[];
}

/**
 * Scores the rows that repair kept, and adds a problem for each row that the model, or a check of its scores,
 * refuses. With `failFast`, throws `InvalidError` (`model-fails`) if rows from all over the chunk fail.
 */
export async function scoreRows(
  { plan, scorer, listReasons }: ScoringPlan,
  { chunk, status, kept }: RepairedChunk,
  failFast: boolean,
  alive: () => void,
): Promise<ScoredRows> {
  const rows = kept === null ? chunk.rows : kept.length;
  const before: RowStatus = { status, kept };
  if (rows === 0) return { status: before, outputs: new Map(), reasons: [] };
  const sourceRow = (row: number) => (kept === null ? row : kept[row]!);
  const columns = selectColumns(chunk, plan.features.columns, kept);
  const { fetches, failed } = await scorer.score(
    reportingAlive(createFeeds(plan.features, columns, rows), alive),
    rows,
    failFast,
  );
  for (const { row, message } of failed) chunk.problems.add(modelError, sourceRow(row), message);
  const outputs = readOutputs(plan.outputs, fetches, rows);
  const broken = new Set(failed.map(({ row }) => row));
  for (const { kind, row, found } of outputs.problems) {
    if (!broken.has(row)) chunk.problems.add(kind, sourceRow(row), found);
  }
  const explained = await listReasons?.(chunk, kept, outputs.columns, alive);
  for (const { kind, row, found } of explained?.problems ?? [])
    chunk.problems.add(kind, sourceRow(row), found);
  const reasons = explained?.columns ?? [];
  const after = rowStatus(chunk.problems, chunk.rows);
  if (broken.size === 0) return { status: after, outputs: outputs.columns, reasons };
  const left = allRows(rows).filter((row) => !broken.has(row));
  const columnsLeft = [...outputs.columns].map(([name, column]) => [name, selectRows(column, left)] as const);
  return {
    status: after,
    outputs: new Map(columnsLeft),
    reasons: reasons.map((column) => selectRows(column, left)),
  };
}

export const modelError: ProblemKind = {
  code: 'model-error',
  column: null,
  expected: 'a row that the model can score',
  outcome: 'rejected',
};
