import { type MarkEvidence, type Sizes, weighMarks } from './mark-evidence.js';

/** Evidence of the sample about the decimal mark of the column at an index; plain data. */
export interface ColumnMarks extends MarkEvidence {
  readonly column: number;
}

/**
 * Returns the columns whose sample contains numbers, each with its evidence, from counts of texts, and of
 * whole numbers (`wholes`) that are not among them.
 */
export function columnMarks(
  columns: readonly ReadonlyMap<string, number>[],
  wholes: readonly Sizes[] = [],
): ColumnMarks[] {
  const found: ColumnMarks[] = [];
  for (const [column, counts] of columns.entries()) {
    const evidence = weighMarks(counts, wholes[column]);
    if (
      evidence.known.count > 0 ||
      evidence.fractions !== null ||
      evidence.wholes !== null ||
      Object.keys(evidence.signs).length > 0
    )
      found.push({ column, ...evidence });
  }
  return found;
}
