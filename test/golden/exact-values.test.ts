import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import type { Finding } from '../../src/quality/summary.js';
import { lastLine, type Ran, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';
import { echoModel, runJob } from './tiny-model.js';

// Carried values and keys are exact; for any that is not, the run reports its column and row.

const wide = '12345678901234567890.1234567891';
const tables = {
  all: `select 1::float as x, '${wide}'::decimal(38,10) as wide, 1234567.89::decimal(9,2) as narrow, '12345678901234567890'::decimal(20,0) as whole,
    timestamp_ns '2024-03-10 01:02:03.123456789' as fine, timestamp_ns '2024-03-10 01:02:03.123456000' as coarse,
    9007199254740993::bigint as big, 9223372036854775807::ubigint as unsigned, [0.1::double, 0.5] as vector, 'nan'::double as n, '-0.0'::double as zero
    union all select 2, '-0.0000000001', null, '-1', null, null, -9007199254740993, 9007199254740993::ubigint, [], 'inf'::double, 1.7976931348623157e308`,
  narrow: `select 1::float as x, 12.5::decimal(9,2) as amount, 1.5::double as y, timestamp '2024-03-10 01:02:03' as t, date '2024-03-10' as d`,
  changed: `select 1::float as x, '${wide}'::decimal(38,10) as amount, 9007199254740993::bigint as y, timestamp_ns '2024-03-10 01:02:03.000000001' as t, timestamp '2024-03-10 01:02:03' as d
    union all select 2, 12.5, 12, timestamp_ns '2024-03-10 01:02:03', timestamp '2024-03-10 00:00:00'`,
};

async function write(dir: Workdir, name: keyof typeof tables, file: string): Promise<void> {
  await query(`copy (${tables[name]}) to '${dir.path}/${file}' (format parquet)`);
}

const shortened = (dir: Workdir, ran: Ran) => {
  const { findings: all } = JSON.parse(dir.read('out/_summary.json')) as { findings: Finding[] };
  assert.equal(lastLine(ran).verdict, all.some(({ level }) => level === 'check') ? 'check' : 'good');
  return all
    .flatMap(({ level, code, column }) => (code === 'shortened' ? [`${level} ${column}`] : []))
    .sort();
};

describe('values that are carried', () => {
  const dir = workdir();
  before(async () => {
    dir.write('m.onnx', await echoModel('x'));
    await write(dir, 'all', 'in.parquet');
  });
  const columns = ['wide', 'narrow', 'whole', 'fine', 'coarse', 'big', 'unsigned', 'vector', 'n', 'zero'];

  it('are exact in Parquet, with a check that names the column where they cannot be', async () => {
    const ran = runJob(
      dir,
      { input: { path: 'in.parquet' }, output: { path: 'out', columns } },
      'run',
      '--force',
    );
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(lastLine(ran).verdict, 'check');
    assert.deepEqual(shortened(dir, ran), ['check fine']);
    assert.match(
      lastLine(ran).findings![0]!.sentence,
      /of fine, such as "2024-03-10T01:02:03\.123456789": 1 of 2 rows/,
    );
    const rows = await query(
      `select * exclude (_source_file, _problems), array_to_string(_problems, ';') as problems from '${dir.path}/out/part-in.parquet' order by _source_row`,
    );
    const { y_x: _y, _source_row: _r, _row_status: first, ...one } = rows[0]!;
    assert.deepEqual([first, rows[1]!['_row_status']], ['flagged', 'ok']);
    assert.deepEqual(one, {
      wide,
      narrow: 1234567.89,
      whole: '12345678901234567890',
      fine: '2024-03-10 01:02:03.123456+00',
      coarse: '2024-03-10 01:02:03.123456+00',
      big: '9007199254740993',
      unsigned: '9223372036854775807',
      vector: '[0.1, 0.5]',
      n: 'NaN',
      zero: -0,
      problems: 'shortened:fine',
    });
    const { wide: w, whole, big, unsigned, vector, n } = rows[1]!;
    assert.deepEqual(
      { w, whole, big, unsigned, vector, n },
      {
        w: '-0.0000000001',
        whole: '-1',
        big: '-9007199254740993',
        unsigned: '9007199254740993',
        vector: '[]',
        n: 'Infinity',
      },
    );
  });

  it('are the same in CSV', () => {
    const ran = runJob(dir, {
      input: { path: 'in.parquet' },
      output: { path: 'out', format: 'csv', columns },
    });
    assert.equal(ran.code, 0, ran.stderr);
    const [, first, second] = dir.read('out/part-in.csv').split('\r\n');
    assert.equal(
      first!.split(',1,flagged')[0],
      `${wide},1234567.89,12345678901234567890,2024-03-10T01:02:03.123456Z,2024-03-10T01:02:03.123456Z,9007199254740993,9223372036854775807,"[0.1, 0.5]",,-0`,
    );
    assert.match(
      second!,
      /^-0\.0000000001,,-1,,,-9007199254740993,9007199254740993,\[\],(inf|Infinity),1\.7976931348623157e\+308,2,ok/,
    );
  });
});

it('keeps unsigned numbers beyond int64: exactly in CSV, else flagged, with the way to keep them', async () => {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('x'));
  const select = 'select 1::float as x, 18446744073709551615::ubigint as u union all select 2, 7::ubigint';
  await query(`copy (${select}) to '${dir.path}/in.parquet' (format parquet)`);
  const job = (format: string, more = {}) => ({
    input: { path: 'in.parquet' },
    output: { path: 'out', format, columns: ['u'] },
    ...more,
  });
  const ran = runJob(dir, job('csv'), 'run', '--force');
  assert.equal(lastLine(ran).verdict, 'good', ran.stdout);
  assert.match(dir.read('out/part-in.csv'), /\r\n18446744073709551615,1,ok,/);
  const numbers = runJob(dir, job('parquet'), 'run', '--force');
  assert.equal(lastLine(numbers).verdict, 'check');
  assert.match(lastLine(numbers).hint!, /"type: string" keeps whole numbers beyond int64 exactly/);
  const texts = runJob(dir, job('parquet', { columns: { u: { type: 'string' } } }), 'run', '--force');
  assert.equal(lastLine(texts).verdict, 'good', texts.stdout);
  const rows = await query(`select u from '${dir.path}/out/part-in.parquet' order by _source_row`);
  assert.deepEqual(
    rows.map(({ u }) => u),
    ['18446744073709551615', '7'],
  );
});

it('says of each column where a later file holds more than the first file lets a column hold', async () => {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('x'));
  await write(dir, 'narrow', 'a.parquet');
  await write(dir, 'changed', 'b.parquet');
  const ran = runJob(dir, {
    input: { path: '*.parquet' },
    output: { path: 'out', columns: ['amount', 'y', 't', 'd'] },
  });
  assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual(shortened(dir, ran), ['check amount']);
  const [finding] = lastLine(ran).findings.filter(({ code }) => code === 'shortened');
  assert.match(finding!.sentence, /\(and 3 more columns: y, t, d\)$/);
  const rows = await query(
    `select array_to_string(_problems, ';') as problems from '${dir.path}/out/part-b.parquet' order by _source_row`,
  );
  assert.deepEqual(
    rows.map(({ problems }) => problems),
    ['shortened:amount;shortened:y;shortened:t;shortened:d', ''],
  );
});

it('says it of columns with a declared type that are carried or keys, and of no others', async () => {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('x', 'y'));
  await write(dir, 'changed', 'in.parquet');
  const job = (more: object) => ({
    input: { path: 'in.parquet' },
    columns: { x: { type: 'float32' }, y: { type: 'float32' }, ...more },
    output: { path: 'out', columns: [] },
  });
  const silent = runJob(
    dir,
    job({ amount: { type: 'float64' }, t: { type: 'timestamp' } }),
    'run',
    '--force',
  );
  assert.equal(lastLine(silent).verdict, 'good', silent.stdout);
  const keys = runJob(dir, job({ amount: { type: 'float64', key: true } }), 'run', '--force');
  assert.deepEqual(shortened(dir, keys), ['check amount']);
  const carried = { ...job({ t: { type: 'timestamp' } }), output: { path: 'out', columns: ['y', 't'] } };
  assert.deepEqual(shortened(dir, runJob(dir, carried, 'run', '--force')), ['check t', 'check y']);
});

it('says it of times in 12 bytes as of those in nanoseconds, carried or keys', async () => {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('x'));
  const times = join(process.cwd(), 'test/fixtures/int96.pyarrow.parquet');
  dir.write('in.parquet', readFileSync(times));
  const carried = runJob(
    dir,
    {
      input: { path: 'in.parquet' },
      columns: { x: { absent: 'missing' } },
      output: { path: 'out', columns: ['fine', 'coarse'] },
    },
    'run',
    '--force',
  );
  assert.deepEqual(shortened(dir, carried), ['check fine']);
  const key = runJob(
    dir,
    {
      input: { path: 'in.parquet' },
      columns: { fine: { type: 'timestamp', key: true, missing: 'flag', repeated: 'flag' } },
      output: { path: 'out', columns: [] },
    },
    'run',
    '--force',
  );
  assert.deepEqual(shortened(dir, key), ['check fine']);
});

it('carries a feature as the file holds it, not as the model rounds it', async () => {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('x'));
  dir.write('in.csv', 'id,x\n1,16777217\n2,1234567.89\n3,0.1\n');
  await query(
    `copy (select id, x from (values (1, 16777217::double), (2, 1234567.89), (3, 0.1)) t(id, x)) to '${dir.path}/in.parquet' (format parquet)`,
  );
  for (const input of ['in.csv', 'in.parquet']) {
    const ran = runJob(
      dir,
      { input: { path: input }, output: { path: 'out', columns: ['x'] } },
      'run',
      '--force',
    );
    assert.equal(lastLine(ran).verdict, 'good', ran.stdout);
    const rows = await query(`select x, y_x from '${dir.path}/out/part-in.parquet' order by _source_row`);
    assert.deepEqual(
      rows.map(({ x }) => x),
      [16777217, 1234567.89, 0.1],
      input,
    );
    assert.deepEqual(
      rows.map(({ y_x }) => y_x),
      [16777216, 1234567.875, Math.fround(0.1)],
      input,
    );
  }
});

it('says it of fractions of a second in CSV and in text columns', async () => {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('x'));
  dir.write('in.csv', 'x,t\n1,2024-03-10 01:02:03.123456789\n2,2024-03-10 01:02:03.123456000\n');
  await query(
    `copy (select x::float as x, t from read_csv('${dir.path}/in.csv', all_varchar = true)) to '${dir.path}/in.parquet' (format parquet)`,
  );
  for (const input of ['in.csv', 'in.parquet']) {
    const job = {
      input: { path: input },
      columns: { x: { type: 'float32' }, t: { type: 'timestamp' } },
      output: { path: 'out', columns: ['t'] },
    };
    const ran = runJob(dir, job, 'run', '--force');
    assert.deepEqual(shortened(dir, ran), ['check t'], input);
    const rows = await query(
      `select epoch_us(t)::varchar as t, array_to_string(_problems, ';') as p from '${dir.path}/out/part-in.parquet' order by _source_row`,
    );
    assert.deepEqual(rows, [
      { t: '1710032523123456', p: 'shortened:t' },
      { t: '1710032523123456', p: '' },
    ]);
  }
});
