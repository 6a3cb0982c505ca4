import { query } from './query.js';

/** Writes a Parquet file with DuckDB from columns of texts, null where a value is missing. */
export async function writeParquet(
  path: string,
  columns: readonly {
    readonly name: string;
    readonly sqlType: string;
    readonly cells: readonly (string | null)[];
  }[],
): Promise<void> {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const rows = columns[0]!.cells.map((_, row) => {
    const cells = columns.map(({ cells }) => (cells[row] == null ? 'NULL' : quoted(cells[row])));
    return `(${cells.join(', ')})`;
  });
  const casts = columns.map(({ name, sqlType }, i) => `c${i}::${sqlType} as "${name}"`);
  const names = columns.map((_, i) => `c${i}`);
  await query(
    `copy (select ${casts.join(', ')} from (values ${rows.join(', ')}) rows(${names.join(', ')})) to '${path}' (format parquet)`,
  );
}
