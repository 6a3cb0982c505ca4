import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lastLine, said, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';
import { echoModel, runJob } from './tiny-model.js';

const timeout = 180_000;
const python = process.env['NIGHTSHIFT_PYTHON'] ?? 'python3';
const isThere = spawnSync(python, ['-c', 'import pandas, pyarrow']).status === 0;
const skip = isThere ? false : 'needs Python with pandas and pyarrow: name it in NIGHTSHIFT_PYTHON';
const full = process.env['NIGHTSHIFT_FULL'] === '1';
/** Several slices either way. */
const rows = full ? 100_000 : 30_000;

/** Scores with many ties and 1 % missing; every thousandth row repeats the key of the one before it. */
async function withRows(): Promise<Workdir> {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('x'));
  let state = 3;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const lines = ['id,x'];
  for (let row = 1; row <= rows; row++) {
    const x = random() < 0.01 ? '' : String(Math.round((random() + random() - 1) * 2000) / 1000);
    lines.push(`${row % 1000 === 0 ? row - 1 : row},${x}`);
  }
  dir.write('in.csv', `${lines.join('\n')}\n`);
  return dir;
}

function jobOf(more: object = {}, score: object = {}): object {
  return {
    input: { path: 'in.csv' },
    model: {
      path: 'm.onnx',
      outputs: { score: { from: 'y_x', rank: 'partition', decile: 'partition', ...score } },
    },
    columns: { id: { type: 'int64', key: true, repeated: 'reject' } },
    output: { path: 'out', columns: ['id'] },
    quality: { max_rejected: '50%', max_repeated: '50%', max_problems: '50%' },
    ...more,
  };
}

describe('rank and decile of model.outputs', () => {
  it('are those of DuckDB, with ties, missing scores and rejected rows, in any format, cut and with any workers', {
    timeout,
  }, async () => {
    const dir = await withRows();
    const ran = runJob(dir, jobOf());
    assert.equal(ran.code, 0, said(ran));
    assert.equal(lastLine(ran).rows.scored, rows - rows / 1000);
    const file = join(dir.path, 'out/part-in.parquet');
    const [found] = await query(`
      with scored as (select *, rank() over (order by score desc) as expected, count(*) over () as n
        from '${file}' where not isnan(score))
      select count(*) filter (score_rank = expected) as ranks,
        count(*) filter (score_decile = (expected - 1) * 10 // n + 1) as deciles, count(*) as n,
        (select count(*) from '${file}' where isnan(score) and score_rank is null and score_decile is null) as missing
      from scored`);
    const [n, missing] = [Number(found!['n']), Number(found!['missing'])];
    assert.equal(n + missing, rows - rows / 1000);
    assert.ok(missing > rows / 200);
    assert.deepEqual([Number(found!['ranks']), Number(found!['deciles'])], [n, n]);
    for (const format of ['csv', 'jsonl', 'arrow', 'parquet']) {
      const output = { path: format, format, columns: ['id'] };
      assert.equal(runJob(dir, jobOf({ output, run: { chunk_bytes: '64KiB', isolation: 'none' } })).code, 0);
      const once = readFileSync(join(dir.path, format, `part-in.${format}`));
      const shared = jobOf({ output, run: { chunk_bytes: '64KiB' } });
      assert.equal(runJob(dir, shared, 'run', '--force', '--workers', '3').code, 0);
      assert.deepEqual(readFileSync(join(dir.path, format, `part-in.${format}`)), once, format);
    }
    const [same] = await query(`
      select count(*) as n from '${file}' a join '${dir.path}/jsonl/part-in.jsonl' b using (id)
      where a.score_rank is not distinct from b.score_rank and a.score_decile is not distinct from b.score_decile`);
    assert.equal(Number(same!['n']), rows - rows / 1000);
    assert.match(dir.read('out/_summary.json'), /score_rank is 1 for the highest score of its partition/);
    const manifest = JSON.parse(dir.read('out/_manifest.json')) as { decisions: unknown[] };
    assert.deepEqual(manifest.decisions, [
      {
        ...{ column: 'score', calibration: null, round: null, threshold: null, bands: null },
        ...{ rank: 'partition', decile: 'partition' },
      },
    ]);
  });

  it('are those of pandas', { timeout, skip }, async () => {
    const dir = await withRows();
    assert.equal(runJob(dir, jobOf({}, { round: 2 })).code, 0);
    const script = `
import pandas as pd, sys
frame = pd.read_parquet(sys.argv[1])
rank = frame.score.rank(method="min", ascending=False)
assert (rank.dropna() == frame.score_rank[rank.notna()]).all() and frame.score_rank[rank.isna()].isna().all()
n = frame.score.notna().sum()
decile = (rank - 1) * 10 // n + 1
assert (decile.dropna() == frame.score_decile[decile.notna()]).all()
# Without ties the tenths are those of qcut.
cut = pd.qcut(frame.score.rank(method="first", ascending=False), 10, labels=False) + 1
assert ((cut == frame.score_decile) | frame.score.duplicated(keep=False) | frame.score.isna()).all()
print(n)`;
    const checked = spawnSync(python, ['-c', script, join(dir.path, 'out/part-in.parquet')], {
      encoding: 'utf8',
    });
    assert.equal(checked.status, 0, checked.stderr);
    assert.ok(Number(checked.stdout) > 90_000);
  });

  it('count within each file', { timeout }, async () => {
    const dir = workdir();
    dir.write('m.onnx', await echoModel('x'));
    dir.write('in/a.csv', 'x\n3\n1\n3\n2\n');
    dir.write('in/b.csv', 'x\n1\n\n5\n');
    const job = {
      input: { path: 'in' },
      model: { path: 'm.onnx', outputs: { score: { from: 'y_x', rank: 'partition' } } },
      output: { path: 'out', format: 'csv' },
    };
    assert.equal(runJob(dir, job).code, 0);
    const ranks = (name: string) =>
      dir
        .read(`out/part-${name}.csv`)
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',')[1]);
    assert.deepEqual(ranks('a'), ['1', '4', '1', '3']);
    assert.deepEqual(ranks('b'), ['2', '', '1']);
  });

  it('are refused by name over a run, within parts of a file, and for other values than scores', {
    timeout,
  }, async () => {
    const dir = workdir();
    dir.write('m.onnx', await echoModel('x'));
    dir.write('in.csv', 'id,x\n1,3\n');
    const run = runJob(dir, jobOf({}, { rank: 'run' }));
    assert.equal(run.code, 2);
    assert.match(
      said(run),
      /"model\.outputs\.score\.rank" cannot be over the run: a partition is published before/,
    );
    const split = runJob(dir, jobOf({ input: { path: 'in.csv', split: '1MiB' } }));
    assert.equal(split.code, 2);
    assert.match(said(split), /would count within the parts of a file, because "input\.split" is set/);
  });
});
