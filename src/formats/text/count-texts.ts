/** Counts how often each text of a column occurs, in the order of their first occurrence. */
export function countTexts(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

/** Counts the texts of each column of a table. */
export function countColumns(rows: readonly (readonly string[])[], fields: number): Map<string, number>[] {
  const columns: Map<string, number>[] = [];
  for (let column = 0; column < fields; column++) {
    const counts = new Map<string, number>();
    for (const row of rows) {
      const text = row[column] ?? '';
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    columns.push(counts);
  }
  return columns;
}
