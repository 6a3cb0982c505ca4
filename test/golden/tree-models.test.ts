import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isPublished, lastLine, main, type Ran, said, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';

const timeout = 60_000;
const frame = join(process.cwd(), 'data-samples/models/trees/frame');
const answersIn = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8')) as Record<string, number[]>;
const answers = answersIn(frame);
const plainAnswers = answersIn(join(frame, 'plain'));

const rowsFile = join(frame, 'rows.csv');
/** Without letters beyond ASCII, which XGBoost 3.2 saves damaged. */
const plainRows = { input: { path: join(frame, 'plain', 'rows.csv') } };

function job(dir: Workdir, model: object, more: object = {}): string {
  const text = { name: 'trees', input: { path: rowsFile }, model, output: { path: 'scored' }, ...more };
  return dir.write('job.yaml', JSON.stringify(text));
}

function run(dir: Workdir, model: object, more: object = {}, ...args: string[]): Ran {
  return dir.call(['run', job(dir, model, more), ...args]);
}

async function scored(dir: Workdir): Promise<Record<string, unknown>[]> {
  return query(`select * from '${dir.path}/scored/part-rows.parquet' order by _source_row`);
}

describe('a file of LightGBM or XGBoost', () => {
  it('is scored as its trainer scores the data frame, texts and numbers as categories', {
    timeout,
  }, async () => {
    const dir = workdir();
    const ran = run(
      dir,
      { path: join(frame, 'model.txt') },
      { output: { path: 'scored', columns: ['age_in_days'] } },
    );
    assert.equal(ran.code, 0, said(ran));
    const rows = await scored(dir);
    assert.deepEqual(
      rows.map((row) => row['probability_1']),
      answers['lightgbm'],
    );
    for (const row of rows) {
      assert.equal(Number(row['label']), Number(row['probability_1']) > 0.5 ? 1 : 0);
      assert.equal(row['probability_0'], 1 - Number(row['probability_1']));
      assert.equal('raw_score' in row, false, 'the raw score is a column only where the job names it');
    }
    assert.deepEqual(
      rows
        .filter((row) => row['_row_status'] === 'flagged')
        .map((row) => [Number(row['_source_row']), String(row['_problems'])]),
      [[4, 'unknown-category:city']],
    );
  });

  it('stops at the best round as scikit-learn does, and "model.rounds: all" does not', {
    timeout,
  }, async () => {
    const dir = workdir();
    const path = join(frame, 'plain/model.ubj');
    const outputs = {
      outputs: { score: { from: 'probabilities', class: 1 }, margin: { from: 'raw_score' } },
    };
    assert.equal(run(dir, { path, ...outputs }, plainRows).code, 0);
    const best = await scored(dir);
    assert.deepEqual(
      best.map(({ score }) => score),
      plainAnswers['xgboost'],
    );
    assert.equal(run(dir, { path, rounds: 'all', ...outputs }, plainRows).code, 0);
    const all = await scored(dir);
    assert.deepEqual(
      all.map(({ score }) => score),
      plainAnswers['xgboost_all'],
    );
    for (const { score, margin } of all)
      assert.ok(Math.abs(Number(score) - 1 / (1 + Math.exp(-Number(margin)))) < 1e-6);
    const checked = dir.call(['check', job(dir, { path }, plainRows)]);
    assert.match(
      checked.stdout.replace(/\s+/g, ' '),
      /note: model: the first 1 of \d+ rounds are scored, up to the best of early stopping/,
    );
    const few = run(dir, { path, rounds: 100 }, plainRows);
    assert.equal(few.code, 2);
    assert.match(said(few), /"model.rounds" asks for 100 rounds, but the file has \d+/);
  });

  it('gives its columns, types and categories to the contract, and says how it is scored', {
    timeout,
  }, () => {
    const dir = workdir();
    const ran = dir.call(['check', job(dir, { path: join(frame, 'model.txt') }), '--json']);
    const report = JSON.parse(ran.stdout);
    assert.equal(report.ok, true);
    assert.match(
      report.model.trees,
      /^a LightGBM model: 5 trees of up to 8 leaves, objective binary sigmoid:1; .*float64/,
    );
    assert.deepEqual(
      report.inputs.map((row: Record<string, unknown>) => [
        row['column'],
        row['type'],
        row['cast'],
        row['missing'],
        row['unknown'],
      ]),
      [
        ['amount', 'float64', 'unchanged', 'NaN', ''],
        ['age_in_days', 'float64', 'unchanged', 'NaN', ''],
        ['city', 'string', 'code of 4 known strings', 'NaN', 'NaN'],
        ['shop', 'float64', 'unchanged', 'NaN', ''],
      ],
    );
    assert.deepEqual(report.model.classes, { probabilities: ['0', '1'] });
  });

  it('names a feature without a column, and a column of the wrong kind', { timeout }, () => {
    const dir = workdir();
    const model = { path: join(frame, 'plain/model.ubj') };
    dir.write('rows.csv', 'amount,city,shop\n1,Rome,10\n');
    const missing = run(dir, model, { input: { path: 'rows.csv' } });
    assert.equal(missing.code, 2);
    assert.match(said(missing), /column "age in days" must be in the file, found amount, city, shop/);
    const wrong = run(dir, model, {
      columns: {
        amount: {},
        'age in days': {},
        city: { type: 'int32' },
        shop: { type: 'string', categories: ['10', '20'] },
      },
    });
    assert.equal(wrong.code, 2);
    assert.match(
      said(wrong),
      /the column "city" of int32 cannot feed .* whose categories are "Oslo", "Paris", "Rome", \.\.\./,
    );
    assert.match(said(wrong), /the column "shop" of string cannot feed .* whose categories are 10, 20, 30/);
  });

  it('asks for the order of features where it has no names', { timeout }, () => {
    const dir = workdir();
    const path = join(process.cwd(), 'data-samples/models/trees/lightgbm-binary/model.txt');
    const lost = run(dir, { path });
    assert.equal(lost.code, 2);
    assert.match(
      said(lost),
      /the input "features" of the model takes a matrix of 7 columns but does not name them/,
    );
    dir.write('rows.csv', 'a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n');
    const named = { path, inputs: { features: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] } };
    const columns = Object.fromEntries([...'abcdefg'].map((name) => [name, { type: 'float64' }]));
    assert.equal(run(dir, named, { input: { path: 'rows.csv' }, columns }).code, 0);
  });

  it('gives the same bytes for any number of workers and any isolation', { timeout }, () => {
    const dir = workdir();
    const lines = readFileSync(plainRows.input.path, 'utf8').trimEnd().split('\n');
    dir.write(
      'rows.csv',
      [lines[0], ...Array.from({ length: 400 }, () => lines.slice(1)).flat(), ''].join('\n'),
    );
    const hashes = [
      { workers: 1, isolation: 'none' },
      { workers: 2, isolation: 'process', batch_rows: 7 },
      { workers: 2, isolation: 'thread' },
    ].map((how) => {
      const ran = run(
        dir,
        { path: join(frame, 'plain/model.ubj') },
        { input: { path: 'rows.csv' }, run: { ...how, chunk_bytes: '64KiB' } },
        '--force',
      );
      assert.equal(ran.code, 0, said(ran));
      assert.equal(lastLine(ran).rows.scored, 24_000);
      return dir.hashes('scored', isPublished);
    });
    assert.deepEqual(hashes[1], hashes[0]);
    assert.deepEqual(hashes[2], hashes[0]);
  });

  it('is scored again where it changed behind the same path', { timeout }, async () => {
    const dir = workdir();
    const text = readFileSync(join(frame, 'model.txt'), 'utf8');
    const path = dir.write('model.txt', text);
    assert.equal(run(dir, { path }).code, 0);
    const before = await scored(dir);
    dir.write('model.txt', text.replace('sigmoid:1', 'sigmoid:2'));
    const again = run(dir, { path });
    assert.equal(again.code, 0, said(again));
    assert.equal(lastLine(again).partitions.published, 1);
    assert.notEqual((await scored(dir))[0]!['probability_1'], before[0]!['probability_1']);
  });

  it('is refused where XGBoost saved the letters of categories damaged', { timeout }, () => {
    const dir = workdir();
    const ran = run(dir, { path: join(frame, 'model.ubj') });
    assert.equal(ran.code, 2);
    assert.match(
      said(ran),
      /the categories of "city" have letters beyond ASCII, which XGBoost 3.2.0 saves damaged.*train with ASCII names or codes/,
    );
  });

  it('does not load the ONNX runtime', { timeout }, () => {
    const dir = workdir();
    const path = job(
      dir,
      { path: join(frame, 'plain/model.ubj') },
      { ...plainRows, run: { isolation: 'none' } },
    );
    const preload = dir.write(
      'preload.mjs',
      `process.on('exit', () => { const { sharedObjects } = process.report.getReport(); console.error('loaded', sharedObjects.filter((name) => /onnx/.test(name)).length); });`,
    );
    const ran = dir.nightshift(['run', path], { NODE_OPTIONS: `--import=${preload}` });
    assert.equal(ran.code, 0, said(ran));
    assert.ok(ran.stderr.includes('loaded 0'), ran.stderr);
    assert.equal(main.endsWith('main.js'), true);
  });

  it('is refused in one sentence where it is a pickle or breaks off', { timeout }, () => {
    const dir = workdir();
    const pickled = run(dir, {
      path: dir.write('model.pkl', Buffer.from('\x80\x04\x95clightgbm.basic\nBooster\n', 'latin1')),
    });
    assert.equal(pickled.code, 2);
    assert.match(said(pickled), /is a Python pickle .*save_model\("model.txt"\) of LightGBM's Booster/);
    const text = readFileSync(join(frame, 'model.txt'), 'utf8');
    const cut = run(dir, { path: dir.write('model.txt', text.slice(0, 2000)) });
    assert.equal(cut.code, 2);
    assert.equal(lastLine(cut).reason, 'model-unreadable');
    assert.match(said(cut), /is a LightGBM model that cannot be scored: .*line \d+/);
  });
});
