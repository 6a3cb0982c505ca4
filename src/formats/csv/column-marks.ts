import { type MarkEvidence, weighMarks } from '../text/mark-evidence.js';

/** What the sample says about the decimal mark of the column at a place; plain data. */
export interface ColumnMarks extends MarkEvidence {
  readonly column: number;
}

/** The columns of a table in whose sample numbers occur, each with what they prove. */
export function columnMarks(rows: readonly (readonly string[])[], fields: number): ColumnMarks[] {
  const found: ColumnMarks[] = [];
  for (let column = 0; column < fields; column++) {
    const evidence = weighMarks(rows.map((row) => row[column] ?? ''));
    if (evidence.known.count > 0 || evidence.fractions !== null || evidence.wholes !== null)
      found.push({ column, ...evidence });
  }
  return found;
}
