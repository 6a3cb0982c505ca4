import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

let connection: Promise<DuckDBConnection> | null = null;

/** Rows of a query by DuckDB, a reader and writer that is not ours; values as JSON has them. One connection for the process. */
export async function query(sql: string): Promise<Record<string, unknown>[]> {
  connection ??= DuckDBInstance.create().then((instance) => instance.connect());
  return (await (await (await connection).run(sql)).getRowObjectsJson()) as Record<string, unknown>[];
}
