import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import { sampleJob, type Workdir, workdir } from '../workdir.js';

const name = 'part-2013-01-04';

function score(dir: Workdir, format: string): string {
  const job = dir.write(
    `${format}.yaml`,
    sampleJob('flight-delay', [
      [/path: \.\.\/scored.*/, `path: ${format}`],
      [/format: parquet.*/, `format: ${format}`],
      ['chunk_bytes: 4MiB', 'chunk_bytes: 16KiB'],
    ]),
  );
  const ran = dir.call(['run', job, '--date', '2013-01-04']);
  assert.equal(ran.code, 0, ran.stderr);
  return join(dir.path, format, `${name}.${format}`);
}

async function rowsOf(from: string, columns: string): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create()).connect();
  const rows = (await connection.runAndReadAll(`select ${columns} from ${from}`)).getRowsJson();
  connection.closeSync();
  return rows as unknown[][];
}

const columns =
  'flight_id::bigint, carrier, flight::int, tailnum, label::bigint, probability::float::varchar, _row_status, _source_file, _source_row::bigint';

describe('the spoiled day as Parquet, CSV, JSON Lines and Arrow', () => {
  const dir = workdir();
  let asParquet: unknown[][];
  let problems: unknown[][];
  before(async () => {
    const path = score(dir, 'parquet');
    asParquet = await rowsOf(`'${path}'`, columns);
    problems = await rowsOf(`'${path}'`, '_problems');
  });

  it('stands in the order of the input, every row once', () => {
    const sourceRows = asParquet.map((row) => Number(row.at(-1)));
    assert.equal(sourceRows.length, 913);
    assert.deepEqual(
      sourceRows,
      [...new Set(sourceRows)].sort((a, b) => a - b),
    );
  });

  it('has lists of problems in Parquet, empty where a row is ok', () => {
    for (const [i, [list]] of problems.entries()) {
      assert.ok(Array.isArray(list));
      assert.equal((list as unknown[]).length === 0, asParquet[i]![6] === 'ok');
    }
    assert.equal(problems.filter(([list]) => (list as unknown[]).length > 0).length, 17);
  });

  it('is the same in CSV, problems as one text', async () => {
    const path = score(dir, 'csv');
    assert.deepEqual(await rowsOf(`read_csv('${path}')`, columns), asParquet);
    const texts = await rowsOf(`read_csv('${path}')`, `coalesce(_problems::varchar, '')`);
    for (const [i, [text]] of texts.entries()) {
      const codes = problems[i]![0] as string[];
      assert.deepEqual(
        codes.filter((code) => !String(text).includes(code)),
        [],
      );
      assert.equal(text === '', codes.length === 0);
    }
  });

  it('is the same in JSON Lines, problems as lists', async () => {
    const path = score(dir, 'jsonl');
    assert.deepEqual(await rowsOf(`read_json('${path}')`, columns), asParquet);
    assert.deepEqual(await rowsOf(`read_json('${path}')`, '_problems'), problems);
  });

  it('is the same in Arrow, problems as lists', () => {
    const table = tableFromIPC(readFileSync(score(dir, 'arrow')));
    assert.equal(table.numRows, asParquet.length);
    for (const [i, row] of table.toArray().entries()) {
      const { flight_id, carrier, flight, tailnum, label, _row_status, _source_row, _problems } =
        row!.toJSON();
      const [id, code, number, tail, late, , status, , sourceRow] = asParquet[i]!;
      assert.deepEqual(
        [String(flight_id), carrier, flight, tailnum, String(label), _row_status, String(_source_row)],
        [id, code, number, tail, late, status, sourceRow],
      );
      assert.deepEqual([...(_problems as Iterable<string>)], problems[i]![0]);
    }
  });
});
