import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { folderColumns } from '../../src/storage/folder-columns.js';
import { lastLine, said, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';
import { echoModel, runJob } from './tiny-model.js';
import { writeParquet } from './write-parquet.js';

// Values in the names of folders are columns, as Hive, Spark, DuckDB and pyarrow read them.

const files: readonly (readonly [folder: string, date: string | null, region: string | null])[] = [
  ['date=2024-01-01/region=EU', '2024-01-01', 'EU'],
  ['date=2024-01-02/region=NA', '2024-01-02', 'NA'],
  ['date=__HIVE_DEFAULT_PARTITION__/region=a%2Fb%20c%C3%A9', null, 'a/b cé'],
  ['date=2024-01-03/region=__HIVE_DEFAULT_PARTITION__', '2024-01-03', null],
];

async function folder(format: 'csv' | 'parquet'): Promise<Workdir> {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('x'));
  for (const [i, [name]] of files.entries()) {
    if (format === 'csv') dir.write(`in/${name}/a.csv`, `id,x\n${i},${i}.5\n${i}0,${i}.25\n`);
    else {
      const path = join(dir.path, `in/${name}/a.parquet`);
      mkdirSync(dirname(path), { recursive: true });
      await writeParquet(path, [
        { name: 'id', sqlType: 'bigint', cells: [String(i), `${i}0`] },
        { name: 'x', sqlType: 'float', cells: [`${i}.5`, `${i}.25`] },
      ]);
    }
  }
  return dir;
}

const job = {
  input: { path: 'in' },
  columns: {
    id: { type: 'int64' },
    x: { type: 'float32' },
    date: { type: 'date' },
    region: { type: 'string' },
  },
  output: { path: 'out', columns: ['id', 'date', 'region'] },
};

async function scored(dir: Workdir): Promise<Record<string, unknown>[]> {
  return query(
    `select id::int as id, date::varchar as date, region, y_x, _row_status as status
     from read_parquet('${dir.path}/out/part-*.parquet', hive_partitioning = false) order by id`,
  );
}

describe('values in the names of folders', () => {
  for (const format of ['csv', 'parquet'] as const) {
    it(`are columns with the contract's types: ${format}`, async () => {
      const dir = await folder(format);
      const ran = runJob(dir, job);
      assert.equal(ran.code, 0, ran.stderr);
      assert.equal(lastLine(ran).partitions.published, 4);
      const rows = await scored(dir);
      assert.equal(rows.length, 8);
      for (const [i, [, date, region]] of files.entries())
        assert.deepEqual(
          rows.find(({ id, y_x }) => id === i && y_x === i + 0.5),
          { id: i, date, region, y_x: i + 0.5, status: 'ok' },
        );
    });
  }

  it('are read for a glob, a file that is named, and a folder within', async () => {
    for (const path of [
      'in/*/*/*.csv',
      'in/date=2024-01-01/region=EU/a.csv',
      'in/date=2024-01-01',
      'in/date=2024-01-01/*/*.csv',
    ]) {
      const dir = await folder('csv');
      const ran = runJob(dir, { ...job, input: { path } });
      assert.equal(ran.code, 0, ran.stderr);
      const first = (await scored(dir)).find(({ y_x }) => y_x === 0.5)!;
      assert.deepEqual([first['date'], first['region']], ['2024-01-01', 'EU'], path);
    }
  });

  it('feed the model, and are carried as texts without a contract', async () => {
    const dir = workdir();
    dir.write('m.onnx', await echoModel('x', 'year'));
    dir.write('in/year=2013/zone=A/a.csv', 'x\n1\n2\n');
    dir.write('in/year=2014/zone=B/a.csv', 'x\n3\n4\n');
    const columns = { x: { type: 'float32' }, year: { type: 'int32' } };
    const ran = runJob(dir, {
      input: { path: 'in' },
      columns,
      output: { path: 'out', columns: ['zone', 'year'] },
    });
    assert.equal(ran.code, 0, ran.stderr);
    const rows = await query(
      `select y_x, y_year, zone, year from read_parquet('${dir.path}/out/part-*.parquet', hive_partitioning = false) order by y_x`,
    );
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      [
        [1, 2013, 'A', 2013],
        [2, 2013, 'A', 2013],
        [3, 2014, 'B', 2014],
        [4, 2014, 'B', 2014],
      ],
    );
  });

  it('give way to a column of the file, with a note', async () => {
    const dir = workdir();
    dir.write('m.onnx', await echoModel('x'));
    dir.write('in/region=EU/a.csv', 'x,region\n1,US\n2,US\n');
    const ran = runJob(dir, {
      input: { path: 'in' },
      columns: { x: { type: 'float32' }, region: { type: 'string' } },
      output: { path: 'out', columns: ['region'] },
    });
    assert.equal(ran.code, 0, ran.stderr);
    const [row] = await query(`select region from '${dir.path}/out/*.parquet'`);
    assert.equal(row!['region'], 'US');
    assert.match(dir.read('out/_summary.json'), /is read from the file, not from its folder/);
  });

  it('are refused by name where they cannot be read as their type', async () => {
    const dir = workdir();
    dir.write('m.onnx', await echoModel('x'));
    dir.write('in/date=yesterday/a.csv', 'x\n1\n2\n');
    const ran = runJob(dir, {
      input: { path: 'in' },
      columns: { x: { type: 'float32' }, date: { type: 'date' } },
    });
    assert.notEqual(ran.code, 0);
    assert.match(said(ran) + ran.stdout, /the folder \\?"date=yesterday\\?" must be readable as date/);
  });

  it('are keys among other columns', async () => {
    const dir = workdir();
    dir.write('m.onnx', await echoModel('x'));
    dir.write('in/day=1/a.csv', 'id,x\n1,1\n2,2\n');
    dir.write('in/day=2/a.csv', 'id,x\n1,1\n2,2\n2,3\n');
    const key = { type: 'int32', key: true };
    const ran = runJob(dir, {
      input: { path: 'in' },
      columns: { id: key, day: key, x: { type: 'float32' } },
      output: { path: 'out', columns: ['id', 'day'] },
    });
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(lastLine(ran).rows.flagged, 1);
  });
});

it('reads folders of a path: escapes, missing values, the inner of two', () => {
  const read = (path: string) => folderColumns(path).map(({ name, text }) => `${name}:${text}`);
  assert.deepEqual(read('/a/k=1/k=2/x=%41%zz/y=/z=a=b/=c/n/f=g.csv'), ['k:2', 'x:A%zz', 'y:null', 'z:a=b']);
});
