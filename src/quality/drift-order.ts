import type { ColumnSummary, Summary } from './summary.js';

/**
 * Sorts columns and scores for findings, tables, plots and the terminal: drifted ones first, farthest first,
 * and columns before scores, which move with them; then steady ones, farthest first; then unwatched or
 * uncompared ones.
 */
export function byImportance({ columns, outputs }: Pick<Summary, 'columns' | 'outputs'>): ColumnSummary[] {
  const sorted = [...sortByDrift(columns), ...sortByDrift(outputs)];
  const moved = sorted.filter(isMoved);
  const steady = sortByDrift(sorted.filter((column) => !isMoved(column) && column.drift?.watched === true));
  return [...moved, ...steady, ...sorted.filter(({ drift }) => drift?.watched !== true)];
}

/** Returns true if a column or score drifted. */
export function isMoved({ drift }: ColumnSummary): boolean {
  return drift !== null && drift.level !== 'none';
}

/** Sorts by distance from the baseline; uncompared ones keep their order at the end. */
function sortByDrift(columns: readonly ColumnSummary[]): ColumnSummary[] {
  const weight = ({ drift }: ColumnSummary) => (drift === null ? -1 : drift.importance);
  return [...columns].sort((a, b) => weight(b) - weight(a));
}
