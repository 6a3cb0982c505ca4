import { type MarkEvidence, weighMarks } from './mark-evidence.js';

/** Evidence of the sample about the decimal mark of the column at an index; plain data. */
export interface ColumnMarks extends MarkEvidence {
  readonly column: number;
}

/** Returns the columns of a table whose sample contains numbers, each with its evidence. */
export function columnMarks(rows: readonly (readonly string[])[], fields: number): ColumnMarks[] {
  const found: ColumnMarks[] = [];
  for (let column = 0; column < fields; column++) {
    const evidence = weighMarks(rows.map((row) => row[column] ?? ''));
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
