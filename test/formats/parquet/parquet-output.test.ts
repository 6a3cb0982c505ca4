import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetReadObjects } from 'hyparquet';
import { parquet } from '../../../src/formats/parquet/parquet.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { outputBatch, outputBytes, outputFields } from '../made-output.js';

const folder = temporaryFolder('parquet');

async function inDuckDB(path: string, sql: string): Promise<unknown[][]> {
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  await duckdb.run("SET TimeZone = 'UTC'");
  return (
    await duckdb.runAndReadAll(sql.replace('FILE', `read_parquet('${path}')`))
  ).getRowsJson() as unknown[][];
}

test('DuckDB reads the output with its types, rows and statistics', async () => {
  const path = join(folder, 'scored.parquet');
  writeFileSync(path, await outputBytes(parquet, [outputBatch(1), outputBatch(2)]));
  assert.deepEqual(await inDuckDB(path, 'SELECT column_name, column_type FROM (DESCRIBE FROM FILE)'), [
    ['id', 'BIGINT'],
    ['small', 'INTEGER'],
    ['score', 'FLOAT'],
    ['exact', 'DOUBLE'],
    ['yes', 'BOOLEAN'],
    ['label', 'VARCHAR'],
    ['note', 'VARCHAR'],
    ['day', 'DATE'],
    ['at', 'TIMESTAMP WITH TIME ZONE'],
    ['vector', 'FLOAT[]'],
    ['_problems', 'VARCHAR[]'],
  ]);
  const first = ['0.25', '0.1', true, 'yës', 'abc', '2013-01-04', '2013-01-04 05:00:00.123456+00'];
  const rows = await inDuckDB(
    path,
    `SELECT id, small, score::VARCHAR, exact::VARCHAR, yes, label, note, day::VARCHAR, "at"::VARCHAR, vector, _problems FROM FILE`,
  );
  const row = (shift: number) => [String(2n ** 62n + BigInt(shift)), shift, ...first, [0.5, -1], []];
  const missing = [...Array(10).fill(null), ['missing:id']];
  assert.deepEqual(rows[0], row(1));
  assert.deepEqual(rows[3], row(2));
  assert.deepEqual(rows[2], missing);
  assert.deepEqual(rows[5], missing);
  assert.deepEqual(rows[1]!.slice(0, 2), ['-1', -2147483648]);
  assert.deepEqual(rows[1]!.slice(9), [[], ['missing:id', 'unreadable:day']]);
  const statistics = await inDuckDB(
    path,
    `SELECT stats_min_value, stats_max_value, stats_null_count FROM parquet_metadata('${path}')
     WHERE path_in_schema IN ('small', 'label') ORDER BY row_group_id, path_in_schema`,
  );
  assert.deepEqual(statistics[1], ['-2147483648', '1', '1']);
  assert.deepEqual(statistics[2], ['no', 'yës', '1']);
  assert.deepEqual(await inDuckDB(path, 'SELECT count(*) FROM FILE WHERE small = 2'), [['1']]);
});

test('hyparquet reads the output to the same rows', async () => {
  const bytes = await outputBytes(parquet, [outputBatch(1)]);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const rows = await parquetReadObjects({ file });
  assert.equal(rows.length, 3);
  assert.equal(rows[0]!['label'], 'yës');
  assert.deepEqual(rows[0]!['vector'], [0.5, -1]);
  assert.deepEqual(rows[1]!['_problems'], ['missing:id', 'unreadable:day']);
});

test('DuckDB reads an output without rows, with its columns', async () => {
  const path = join(folder, 'empty.parquet');
  writeFileSync(path, await outputBytes(parquet, []));
  assert.deepEqual(await inDuckDB(path, 'SELECT count(*) FROM FILE'), [['0']]);
  const described = await inDuckDB(path, 'SELECT column_name FROM (DESCRIBE FROM FILE)');
  assert.deepEqual(
    described.flat(),
    outputFields.map(({ name }) => name),
  );
});

test('a thousand pieces of a few rows make one file that adds up', async () => {
  const path = join(folder, 'pieces.parquet');
  writeFileSync(
    path,
    await outputBytes(
      parquet,
      Array.from({ length: 1000 }, (_, i) => outputBatch(i)),
    ),
  );
  assert.deepEqual(await inDuckDB(path, 'SELECT count(*), sum(score)::BIGINT FROM FILE'), [
    ['3000', '499750'],
  ]);
});

test('refuses a piece that does not hold the rows it was said to hold', async () => {
  const encoder = await parquet.encoder(outputFields);
  const assembler = await parquet.assembler(outputFields, { write: async () => {} });
  await assert.rejects(assembler.append(await encoder.encode(outputBatch(1)), 4), /4 rows holds 3/);
});
