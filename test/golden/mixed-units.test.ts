import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Finding } from '../../src/quality/summary.js';
import { lastLine, type Ran, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';
import { echoModel, runJob } from './tiny-model.js';

// Numbers in different units are never mixed in one column without a report.

const files = {
  // Whole in one unit each.
  clean: 'price,share\n$12,12%\n$3.50,40 %\n$1,3%\n',
  mixed: 'price,share\n$12,12%\n€3.50,0.4\n$4,3%\n5,2%\n',
  other: 'price,share\n€12,0.12\n€3.50,0.4\n€1,0.03\n',
};

async function run(dir: Workdir, input: string): Promise<Ran> {
  dir.write('m.onnx', await echoModel('price', 'share'));
  return runJob(dir, { input: { path: input }, quality: { max_flagged: '100%' } }, 'run', '--force');
}

const rowsOf = (dir: Workdir, part: string) =>
  query(
    `select y_price, y_share, array_to_string(_problems, ';') as problems from '${dir.path}/out/part-${part}.parquet' order by _source_row`,
  );

function checks(dir: Workdir): string[] {
  const { findings } = JSON.parse(dir.read('out/_summary.json')) as { findings: Finding[] };
  return findings.flatMap(({ level, code, sentence }) =>
    level === 'check' && code === 'mixed-units' ? [sentence] : [],
  );
}

const mixed = [
  { y_price: 12, y_share: 12, problems: 'number-format:price;number-format:share' },
  {
    y_price: 'NaN',
    y_share: 'NaN',
    problems: 'mixed-units:price;mixed-units:share;model-nan:y_price;model-nan:y_share',
  },
  { y_price: 4, y_share: 3, problems: 'number-format:price;number-format:share' },
  { y_price: 5, y_share: 2, problems: 'number-format:share' },
];

it('flags numbers of a CSV column with several signs, and checks the run', async () => {
  const dir = workdir();
  for (const [name, text] of Object.entries(files)) dir.write(`${name}.csv`, text);
  const clean = await run(dir, 'clean.csv');
  assert.deepEqual([lastLine(clean).verdict, lastLine(clean).rows.repaired], ['good', 3]);
  const ran = await run(dir, 'mixed.csv');
  assert.equal(ran.code, 0, ran.stdout);
  assert.equal(lastLine(ran).verdict, 'check');
  assert.deepEqual(await rowsOf(dir, 'mixed'), mixed);
  assert.match(checks(dir).join('\n'), /of price, such as "€3\.50"/);
});

it('flags those of text columns in Parquet alike', async () => {
  const dir = workdir();
  dir.write('mixed.csv', files.mixed);
  await query(
    `copy (select * from read_csv('${dir.path}/mixed.csv', all_varchar = true)) to '${dir.path}/mixed.parquet' (format parquet)`,
  );
  const ran = await run(dir, 'mixed.parquet');
  assert.equal(lastLine(ran).verdict, 'check');
  assert.deepEqual(await rowsOf(dir, 'mixed'), mixed);
});

it('checks a file whose columns have other signs than those of the first file', async () => {
  const dir = workdir();
  dir.write('a.csv', files.clean);
  dir.write('b.csv', files.other);
  const ran = await run(dir, '*.csv');
  assert.equal(lastLine(ran).verdict, 'check');
  assert.match(
    checks(dir).join('\n'),
    /b: numbers of column "price" have the sign €, but the sign \$ in the first file/,
  );
});
