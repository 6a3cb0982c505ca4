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
    // Neighbours are often equal: a run of them is added at once.
    let last = '';
    let run = 0;
    for (const row of rows) {
      const text = row[column] ?? '';
      if (text === last) run++;
      else {
        if (run > 0) counts.set(last, (counts.get(last) ?? 0) + run);
        last = text;
        run = 1;
      }
    }
    if (run > 0) counts.set(last, (counts.get(last) ?? 0) + run);
    columns.push(counts);
  }
  return columns;
}
