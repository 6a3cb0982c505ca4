import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Ran, said, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';

const timeout = 60_000;
const trees = join(process.cwd(), 'data-samples/models/trees');
const frame = join(trees, 'frame');
const rowsFile = join(frame, 'rows.csv');
const everyOutput = {
  score: { from: 'probabilities', class: 1 },
  raw: { from: 'raw_score' },
};

function run(dir: Workdir, model: object, output: object, more: object = {}, ...args: string[]): Ran {
  const job = {
    name: 'reasons',
    input: { path: rowsFile },
    model,
    output: { path: 'scored', ...output },
    run: { workers: 1, isolation: 'none' },
    ...more,
  };
  return dir.call(['run', dir.write('job.yaml', JSON.stringify(job)), ...args]);
}

async function scored(dir: Workdir, format = 'parquet'): Promise<Record<string, unknown>[]> {
  const file = `${dir.path}/scored/part-rows.${format}`;
  return query(`select * from '${file}' order by _source_row`);
}

const number = (value: unknown) => (value === null ? Number.NaN : Number(value));

describe('output.reasons', () => {
  it('writes the features that moved each raw score most, which add up with the base value', {
    timeout,
  }, async () => {
    const dir = workdir();
    const ran = run(dir, { path: join(frame, 'model.txt'), outputs: everyOutput }, { reasons: { top: 2 } });
    assert.equal(ran.code, 0, said(ran));
    const rows = await scored(dir);
    assert.equal(rows.length, 60);
    for (const row of rows) {
      const [first, second] = [number(row['reason_1_contribution']), number(row['reason_2_contribution'])];
      assert.ok(Math.abs(first) >= Math.abs(second));
      assert.notEqual(row['reason_1'], row['reason_2']);
      assert.ok(['amount', 'age_in_days', 'city', 'shop'].includes(String(row['reason_1'])));
      const sum = number(row['base_value']) + first + second + number(row['reason_others_contribution']);
      assert.ok(Math.abs(sum - number(row['raw'])) < 1e-12, `row ${row['_source_row']}`);
      assert.ok(!String(row['_problems']).includes('reasons'));
    }
    assert.equal(new Set(rows.map((row) => row['base_value'])).size, 1);
  });

  it('writes them only where `when` holds, over scores and columns of the contract', {
    timeout,
  }, async () => {
    const dir = workdir();
    const reasons = { top: 1, when: 'score >= 0.6 and amount > 0.5' };
    const model = { path: join(frame, 'model.txt'), outputs: everyOutput };
    const ran = run(dir, model, { reasons, columns: ['amount'] });
    assert.equal(ran.code, 0, said(ran));
    let some = 0;
    for (const row of await scored(dir)) {
      const isWanted = number(row['score']) >= 0.6 && number(row['amount']) > 0.5;
      if (isWanted) some++;
      for (const name of ['reason_1', 'reason_1_contribution', 'reason_others_contribution', 'base_value'])
        assert.equal(row[name] !== null, isWanted, `${name} of row ${row['_source_row']}`);
    }
    assert.ok(some > 3 && some < 50);
    const summary = JSON.parse(readFileSync(join(dir.path, 'scored/_summary.json'), 'utf8'));
    const sentence =
      'reasons: the feature that moved the raw score most, exact Shapley values, for rows where score >= 0.6 and amount > 0.5';
    assert.ok(summary.model.notes.includes(sentence));
    const manifest = JSON.parse(readFileSync(join(dir.path, 'scored/_manifest.json'), 'utf8'));
    assert.ok(manifest.model.notes.includes(sentence));
    assert.match(readFileSync(join(dir.path, 'scored/_summary.html'), 'utf8'), /the feature that moved/);
  });

  for (const format of ['csv', 'jsonl', 'arrow'] as const) {
    it(`writes the same to ${format}, in any cut and with any workers`, { timeout }, async () => {
      const dir = workdir();
      const model = { path: join(frame, 'plain/model.ubj') };
      const input = { input: { path: join(frame, 'plain/rows.csv') } };
      const output = { format, reasons: { top: 4, when: 'probability_1 > 0.4' } };
      const few = { ...input, run: { chunk_bytes: 512, workers: 1, isolation: 'none' } };
      const shared = { ...input, run: { chunk_bytes: 512 } };
      assert.equal(run(dir, model, output, few).code, 0);
      const once = readFileSync(join(dir.path, `scored/part-rows.${format}`));
      assert.equal(run(dir, model, output, shared, '--force', '--workers', '3').code, 0);
      assert.deepEqual(readFileSync(join(dir.path, `scored/part-rows.${format}`)), once);
      if (format === 'arrow') return;
      const rows = await scored(dir, format);
      const wanted = rows.filter((row) => number(row['probability_1']) > 0.4);
      assert.ok(wanted.length > 5 && wanted.length < rows.length);
      for (const row of wanted) {
        const parts = [1, 2, 3, 4].map((k) => number(row[`reason_${k}_contribution`] ?? 0));
        const sum = parts.reduce((a, b) => a + b, number(row['base_value']));
        const odds = Math.log(number(row['probability_1']) / (1 - number(row['probability_1'])));
        assert.ok(Math.abs(sum + number(row['reason_others_contribution']) - odds) < 1e-5);
      }
    });
  }

  it('explains one class of several, which the job must choose', { timeout }, async () => {
    const dir = workdir();
    const features = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const model = {
      path: join(trees, 'lightgbm-multiclass/model.txt'),
      inputs: { features },
      outputs: Object.fromEntries([0, 1, 2, 3].map((i) => [`raw_${i}`, { from: 'raw_score', class: i }])),
    };
    const lines = [features.join(','), '0.1,2,1,0,0.5,4,0.2', '-1,0.5,-2,0.3,,7,0.9'];
    dir.write('rows.csv', `${lines.join('\n')}\n`);
    const input = { input: { path: 'rows.csv' } };
    const none = run(dir, model, { reasons: {} }, input);
    assert.equal(none.code, 2);
    assert.match(
      said(none),
      /"output.reasons.class" must be one of the model's classes or targets, 0 to 3, found none/,
    );
    for (const [choice, found] of [
      [4, '4'],
      [-1, '-1'],
      ['two', '"two"'],
    ] as const)
      assert.match(
        said(run(dir, model, { reasons: { class: choice } }, input)),
        new RegExp(`found ${found}`),
      );
    const sums: number[] = [];
    for (const choice of [2, '3']) {
      const ran = run(dir, model, { reasons: { top: 7, class: choice } }, input, '--force');
      assert.equal(ran.code, 0, said(ran));
      for (const row of await scored(dir)) {
        let sum = number(row['base_value']) + number(row['reason_others_contribution']);
        for (let k = 1; k <= 7; k++) sum += number(row[`reason_${k}_contribution`] ?? 0);
        sums.push(sum - number(row[`raw_${choice}`]));
      }
    }
    assert.equal(sums.length, 4);
    assert.ok(sums.every((difference) => Math.abs(difference) < 1e-12));
  });

  it('leaves a reason empty where fewer features moved the score', { timeout }, async () => {
    const dir = workdir();
    const features = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    dir.write('rows.csv', `${features.join(',')}\n1,2,3,4,5,6,7\n`);
    const model = { path: join(trees, 'lightgbm-stump/model.txt'), inputs: { features } };
    const ran = run(dir, model, { reasons: { top: 1 } }, { input: { path: 'rows.csv' } });
    assert.equal(ran.code, 0, said(ran));
    const [row] = await scored(dir);
    assert.equal(row!['reason_1'], null);
    assert.equal(row!['reason_1_contribution'], null);
    assert.equal(row!['base_value'], row!['score']);
  });

  it('splits a linear model behind Imputer, Scaler and OneHotEncoder into terms of columns', {
    timeout,
  }, async () => {
    const dir = workdir();
    const text = readFileSync(join(process.cwd(), 'jobs/flight-delay.yaml'), 'utf8')
      .replaceAll('../data-samples', join(process.cwd(), 'data-samples'))
      .replace(/path: .*flights.*/, `path: ${join(process.cwd(), 'data-samples/flights/2013-01-01.csv')}`)
      .replace(/path: \.\.\/scored.*/, 'path: scored')
      .replace(/columns: \[flight_id.*/, 'columns: [carrier, distance]\n  reasons: { top: 12 }');
    const ran = dir.call(['run', dir.write('job.yaml', text)]);
    assert.equal(ran.code, 0, said(ran));
    const rows = await query(`select * from '${dir.path}/scored/part-2013-01-01.parquet'`);
    assert.equal(rows.length, 842);
    const terms = rows.map((row) => {
      const own = new Map<string, number>();
      for (let k = 1; k <= 12; k++)
        if (row[`reason_${k}`] !== null)
          own.set(String(row[`reason_${k}`]), number(row[`reason_${k}_contribution`]));
      return own;
    });
    const carriers = new Map<string, Set<number>>();
    const slopes: number[] = [];
    for (const [i, row] of rows.entries()) {
      assert.ok(!String(row['_problems']).includes('reasons'));
      const total = [...terms[i]!.values()].reduce((a, b) => a + b, number(row['base_value']));
      const p = number(row['probability']);
      if (p > 0.01 && p < 0.99) assert.ok(Math.abs(total - Math.log(p / (1 - p))) < 1e-5, `row ${i}`);
      // A category has one weight, and a number a slope.
      const carrier = String(row['carrier']);
      carriers.set(carrier, (carriers.get(carrier) ?? new Set()).add(terms[i]!.get('carrier')!));
      const miles = number(row['distance']) - number(rows[0]!['distance']);
      if (miles !== 0) slopes.push((terms[i]!.get('distance')! - terms[0]!.get('distance')!) / miles);
    }
    assert.ok(carriers.size > 10 && [...carriers.values()].every(({ size }) => size === 1));
    assert.ok(Math.max(...slopes) - Math.min(...slopes) < 1e-7 && slopes.length > 700);
    const checked = dir.call(['check', join(dir.path, 'job.yaml')]);
    assert.match(checked.stdout.replace(/\s+/g, ' '), /terms of the linear model, for each row/);
  });

  it('refuses by name what it cannot explain, and mistakes in the job', { timeout }, () => {
    const dir = workdir();
    const binary = { path: join(frame, 'model.txt') };
    const refuses = (model: object, output: object, message: RegExp, more: object = {}) => {
      const ran = run(dir, model, output, more);
      assert.equal(ran.code, 2, said(ran));
      assert.match(said(ran), message);
      assert.equal(dir.has('scored/_SUCCESS'), false);
    };
    const linear = {
      path: join(trees, 'lightgbm-linear/model.txt'),
      inputs: { features: ['amount', 'amount', 'amount', 'amount', 'amount', 'amount', 'amount'] },
    };
    refuses(
      linear,
      { reasons: {} },
      /cannot split the raw scores of model .*: its leaves are linear functions/,
    );
    const exporters = join(process.cwd(), 'data-samples/models/exporters');
    const matrix = { input: { path: 'matrix.csv' } };
    dir.write('matrix.csv', 'f0,f1,f2,f3\n1,2,3,4\n');
    refuses(
      { path: join(exporters, 'xgboost-classifier/model.onnx'), inputs: { input: ['f0', 'f1', 'f2', 'f3'] } },
      { reasons: {} },
      /cannot split the trees of model .*: an ONNX graph does not say how many training rows reached each node.*give the trainer's own file/s,
      matrix,
    );
    refuses(
      { path: join(exporters, 'mlp/model.onnx'), inputs: { numbers: [...'01230123'].map((i) => `f${i}`) } },
      { reasons: {} },
      /needs a linear model, or the trees of a LightGBM or XGBoost file; .* is neither: it computes with weights in 2 steps/,
      matrix,
    );
    refuses(binary, { reasons: { class: 0 } }, /"output.reasons.class" must be 1, .* found 0/);
    refuses(
      binary,
      { reasons: { top: 0 } },
      /"output.reasons.top" must be a whole number from 1 to 100, found 0/,
    );
    refuses(
      binary,
      { reasons: { tops: 3 } },
      /"output.reasons.tops" is not a key of the job file \(did you mean "top"\?\)/,
    );
    refuses(
      binary,
      { reasons: { when: 'scoer > 1' } },
      /"output.reasons.when" names a column that the contract does not have: scoer/,
    );
    refuses(binary, { reasons: { when: 'probability_1' } }, /"output.reasons.when" must be true or false/);
    refuses(binary, { reasons: { when: 'probability_1 >' } }, /"output.reasons.when" cannot be read/);
    refuses(
      { ...binary, outputs: { base_value: { from: 'raw_score' } } },
      { reasons: {} },
      /the column "base_value" from the output "raw_score" is already in the scored file/,
    );
    dir.write('rows.csv', 'amount,age_in_days,city,shop,reason_1\n1,2,Rome,10,x\n');
    refuses(
      binary,
      { reasons: {}, columns: ['reason_1'] },
      /"output.columns\[0\]" is a column that "output.reasons" adds, found "reason_1"/,
      { input: { path: 'rows.csv' } },
    );
  });

  it('is part of what a partition depends on, and of what check says', { timeout }, () => {
    const dir = workdir();
    const model = { path: join(frame, 'model.txt') };
    assert.equal(run(dir, model, {}).code, 0);
    const again = run(dir, model, { reasons: {} });
    assert.equal(again.code, 0, said(again));
    assert.match(again.stdout, /"published":1/);
    const checked = dir.call(['check', join(dir.path, 'job.yaml')]);
    assert.match(
      checked.stdout.replace(/\s+/g, ' '),
      /note: model: reasons: the 3 features that moved the raw score most, exact Shapley values, for each row/,
    );
  });
});
