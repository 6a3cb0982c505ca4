import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

let connection: Promise<DuckDBConnection> | null = null;

/** Rows of a query by DuckDB, an independent reader; values as in JSON. One connection per process. */
export async function query(sql: string): Promise<Record<string, unknown>[]> {
  connection ??= DuckDBInstance.create().then((instance) => instance.connect());
  return (await (await (await connection).run(sql)).getRowObjectsJson()) as Record<string, unknown>[];
}
