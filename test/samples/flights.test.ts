import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { RecordBatchReader } from 'apache-arrow';
import { cellsOf, readTable } from './samples.js';

const columns = [
  'flight_id',
  'year',
  'month',
  'day',
  'dep_time',
  'sched_dep_time',
  'dep_delay',
  'arr_time',
  'sched_arr_time',
  'arr_delay',
  'carrier',
  'flight',
  'tailnum',
  'origin',
  'dest',
  'air_time',
  'distance',
  'hour',
  'minute',
  'time_hour',
];

function count(first: number, rows: number): string[] {
  return Array.from({ length: rows }, (_, i) => String(first + i));
}

test('the CSV days hold their flights in the order of the year, with what was missing in 2013', () => {
  for (const [name, first, rows, neverLeft] of [
    ['flights/2013-01-01.csv', 1, 842, 4],
    ['truth/2013-01-04.csv', 2700, 915, 6],
  ] as const) {
    const table = readTable(name);
    assert.deepEqual(table.header, columns);
    assert.deepEqual(cellsOf(table, 'flight_id'), count(first, rows));
    assert.equal(cellsOf(table, 'dep_delay').filter((cell) => cell === '').length, neverLeft, name);
    assert.ok(table.rows.every((row) => row.length === columns.length));
  }
});

test('the Parquet day holds the same columns with the types of the year, in several row groups', async () => {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const ask = async (query: string) => (await connection.runAndReadAll(query)).getRows();
  const file = `'data-samples/flights/2013-01-02.parquet'`;
  const types = await ask(`select column_name, column_type from (describe select * from ${file})`);
  assert.deepEqual(
    types.map(([name]) => name),
    columns,
  );
  const typeOf = Object.fromEntries(types) as Record<string, string>;
  assert.equal(typeOf['flight_id'], 'BIGINT');
  assert.equal(typeOf['dep_time'], 'INTEGER');
  assert.equal(typeOf['dep_delay'], 'DOUBLE');
  assert.equal(typeOf['carrier'], 'VARCHAR');
  assert.equal(typeOf['time_hour'], 'TIMESTAMP WITH TIME ZONE');
  const ids = await ask(`select flight_id from ${file}`);
  assert.deepEqual(
    ids.map(([id]) => String(id)),
    count(843, 943),
  );
  assert.deepEqual(await ask(`select count(*) - count(dep_delay), count(*) - count(tailnum) from ${file}`), [
    [8n, 2n],
  ]);
  const [[groups, compression]] = (await ask(
    `select count(distinct row_group_id), any_value(compression) from parquet_metadata(${file})`,
  )) as [[bigint, string]];
  assert.equal(groups, 4n);
  assert.equal(compression, 'SNAPPY');
  connection.closeSync();
  instance.closeSync();
});

test('the Arrow day holds the same columns in several record batches', async () => {
  const file = await open('data-samples/flights/2013-01-03.arrow');
  try {
    const reader = await RecordBatchReader.from(file);
    await reader.open();
    const { fields } = reader.schema;
    assert.deepEqual(
      fields.map((field) => field.name),
      columns,
    );
    const ids: string[] = [];
    const batches: number[] = [];
    let neverLeft = 0;
    for await (const batch of reader) {
      batches.push(batch.numRows);
      for (const id of batch.getChild('flight_id')!) ids.push(String(id));
      neverLeft += batch.getChild('dep_delay')!.nullCount;
    }
    assert.deepEqual(ids, count(1786, 914));
    assert.deepEqual(batches, [300, 300, 300, 14]);
    assert.equal(neverLeft, 10);
    assert.match(String(fields.find((field) => field.name === 'carrier')!.type), /^Dictionary/);
  } finally {
    await file.close();
  }
});
