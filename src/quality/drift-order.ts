import type { ColumnSummary, Summary } from './summary.js';

/**
 * Columns and scores as findings, tables, plots and the terminal list them: those that moved, farthest first and columns before scores, since scores move because
 * columns did; then steady ones, farthest first; then those that nobody watches or that were not compared.
 */
export function byImportance({ columns, outputs }: Pick<Summary, 'columns' | 'outputs'>): ColumnSummary[] {
  const sorted = [...sortByDrift(columns), ...sortByDrift(outputs)];
  const moved = sorted.filter(isMoved);
  const steady = sortByDrift(sorted.filter((column) => !isMoved(column) && column.drift?.watched === true));
  return [...moved, ...steady, ...sorted.filter(({ drift }) => drift?.watched !== true)];
}

/** Whether a column or score drifted. */
export function isMoved({ drift }: ColumnSummary): boolean {
  return drift !== null && drift.level !== 'none';
}

/** Farthest from the baseline first; what was not compared stays in its order at the end. */
export function sortByDrift(columns: readonly ColumnSummary[]): ColumnSummary[] {
  const weight = ({ drift }: ColumnSummary) => (drift === null ? -1 : drift.importance);
  return [...columns].sort((a, b) => weight(b) - weight(a));
}
