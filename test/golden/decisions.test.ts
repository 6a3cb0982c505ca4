import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Ran, said, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';

const timeout = 60_000;
const frame = join(process.cwd(), 'data-samples/models/trees/frame');

function run(dir: Workdir, outputs: object, more: object = {}, ...args: string[]): Ran {
  const job = {
    name: 'decisions',
    input: { path: join(frame, 'rows.csv') },
    model: { path: join(frame, 'model.txt'), outputs },
    output: { path: 'scored' },
    run: { workers: 1, isolation: 'none' },
    ...more,
  };
  return dir.call(['run', dir.write('job.yaml', JSON.stringify(job)), ...args]);
}

const risk = {
  from: 'probabilities',
  class: 1,
  calibration: { platt: [-4, 2] },
  round: 3,
  threshold: { at: 0.5, yes: 'call', no: 'wait' },
  bands: { high: 1, low: 0.2, middle: 0.5 },
};

describe('decisions of model.outputs', () => {
  it('are columns beside the score, in any format, cut and with any workers', { timeout }, async () => {
    const dir = workdir();
    const outputs = { risk, plain: { from: 'probabilities', class: 1, threshold: 0.4 } };
    const ran = run(dir, outputs);
    assert.equal(ran.code, 0, said(ran));
    const rows = await query(`select * from '${dir.path}/scored/part-rows.parquet' order by _source_row`);
    assert.equal(rows.length, 60);
    for (const row of rows) {
      const plain = Number(row['plain']);
      const expected = Number((1 / (1 + Math.exp(-4 * plain + 2))).toFixed(3));
      assert.equal(row['risk'], expected);
      assert.equal(row['risk_decision'], expected >= 0.5 ? 'call' : 'wait');
      assert.equal(row['risk_band'], expected <= 0.2 ? 'low' : expected <= 0.5 ? 'middle' : 'high');
      assert.equal(row['plain_decision'], plain >= 0.4);
    }
    for (const format of ['csv', 'jsonl', 'arrow', 'parquet']) {
      const more = {
        output: { path: format, format },
        run: { chunk_bytes: 512, workers: 1, isolation: 'none' },
      };
      const shared = { ...more, run: { chunk_bytes: 512 } };
      assert.equal(run(dir, outputs, more).code, 0);
      const once = readFileSync(join(dir.path, format, `part-rows.${format}`));
      assert.equal(run(dir, outputs, shared, '--force', '--workers', '3').code, 0);
      assert.deepEqual(readFileSync(join(dir.path, format, `part-rows.${format}`)), once);
    }
  });

  it('are in the manifest, the summary, the page, the profile and what check says', { timeout }, () => {
    const dir = workdir();
    assert.equal(run(dir, { risk }).code, 0);
    const sentence =
      'risk: calibrated to 1 / (1 + exp(-4 * score + 2)); rounded to 3 decimal places; risk_decision is call from 0.5 on, else wait; risk_band is low up to 0.2, middle up to 0.5, high up to 1';
    const summary = JSON.parse(dir.read('scored/_summary.json'));
    assert.ok(summary.model.notes.includes(sentence), summary.model.notes.join());
    assert.deepEqual(
      summary.outputs.map(({ name }: { name: string }) => name),
      ['risk', 'risk_decision', 'risk_band'],
    );
    const manifest = JSON.parse(dir.read('scored/_manifest.json'));
    assert.deepEqual(manifest.decisions, [
      {
        column: 'risk',
        calibration: { kind: 'platt', slope: -4, offset: 2 },
        round: 3,
        threshold: { at: 0.5, labels: ['wait', 'call'] },
        bands: [
          { name: 'low', upTo: 0.2 },
          { name: 'middle', upTo: 0.5 },
          { name: 'high', upTo: 1 },
        ],
      },
    ]);
    assert.match(dir.read('scored/_summary.html'), /risk_band is low up to 0.2/);
    const checked = dir.call(['check', join(dir.path, 'job.yaml')]).stdout.replace(/\s+/g, ' ');
    assert.match(checked, /risk_decision +string +decided by risk/);
    assert.match(checked, /note: model: risk: calibrated to/);
    const changed = run(dir, { risk: { ...risk, round: 2 } });
    assert.match(changed.stdout, /"published":1/, 'another rounding is another output');
  });

  it('let one decision be that of every row, and drift shows where they shift', { timeout }, () => {
    const dir = workdir();
    const rows = readFileSync(join(frame, 'rows.csv'), 'utf8').trimEnd().split('\n');
    const body = rows.slice(1);
    dir.write('rows.csv', `${[rows[0], ...body, ...body, ...body].join('\n')}\n`);
    const input = { input: { path: 'rows.csv' } };
    const outputs = { score: { from: 'probabilities', class: 1, threshold: 0.999, bands: { all: null } } };
    assert.equal(run(dir, outputs, input).code, 0);
    const { findings } = JSON.parse(dir.read('scored/_summary.json'));
    assert.deepEqual(
      findings.filter(({ column }: { column: string | null }) => column?.startsWith('score_')),
      [],
    );
    const more = { ...input, quality: { baseline: 'baseline.json' } };
    const shifted = { score: { ...outputs.score, threshold: 0.5 } };
    run(dir, shifted, input);
    const profiled = dir.call(['profile', join(dir.path, 'job.yaml'), '-o', join(dir.path, 'baseline.json')]);
    assert.equal(profiled.code, 0, said(profiled));
    run(dir, outputs, more, '--force');
    const summary = JSON.parse(dir.read('scored/_summary.json'));
    const drifted = summary.findings.map(({ sentence }: { sentence: string }) => sentence).join('\n');
    assert.match(drifted, /score_decision/);
  });

  it('refuse what is no decision, in one sentence with its key', { timeout }, () => {
    const dir = workdir();
    const base = { from: 'probabilities', class: 1 };
    const refuses = (output: object, message: RegExp) => {
      const ran = run(dir, { score: output });
      assert.equal(ran.code, 2, said(ran));
      assert.match(said(ran), message);
    };
    refuses({ ...base, threshold: 'high' }, /"model.outputs.score.threshold" must be a number, or/);
    refuses(
      { ...base, threshold: { at: 0.5, yes: 'a', no: 'a' } },
      /"model.outputs.score.threshold.no" must differ from "yes"/,
    );
    refuses({ ...base, bands: {} }, /"model.outputs.score.bands" must have one band or more/);
    refuses(
      { ...base, bands: { a: 0.5, b: 0.5 } },
      /"model.outputs.score.bands.b" must differ from the end of "a"/,
    );
    refuses({ ...base, bands: { a: 'x' } }, /"model.outputs.score.bands.a" must be a number/);
    refuses(
      { ...base, round: 16 },
      /"model.outputs.score.round" must be a whole number from 0 to 15, found 16/,
    );
    refuses(
      { ...base, calibration: { platt: [0, 1] } },
      /"model.outputs.score.calibration.platt\[0\]" must not be 0/,
    );
    refuses({ ...base, calibration: { platt: [1] } }, /"model.outputs.score.calibration[^"]*" must be/);
    refuses(
      { ...base, calibration: { table: [[0, 1]] } },
      /"model.outputs.score.calibration.table" must have two points or more, found 1/,
    );
    refuses(
      {
        ...base,
        calibration: {
          table: [
            [0, 0],
            [0, 1],
          ],
        },
      },
      /"model.outputs.score.calibration.table\[1\]\[0\]" must be above the score before it, 0, found 0/,
    );
    refuses(
      {
        ...base,
        calibration: {
          table: [
            [0, 0],
            [1, 0.5],
            [2, 0.4],
            [3, 1],
          ],
        },
      },
      /"model.outputs.score.calibration.table\[2\]\[1\]" must not fall where the curve rises: 0.5 precedes it, found 0.4/,
    );
    refuses(
      { from: 'label', threshold: 1 },
      /"model.outputs.score" decides by a score, and the output "label" has values of int64/,
    );
    refuses(
      { from: 'probabilities', threshold: 0.5 },
      /"model.outputs.score" decides by a score, and the output "probabilities" has several values per row/,
    );
    const twice = run(dir, { score: { ...base, bands: { all: null } }, score_band: base });
    assert.match(
      said(twice),
      /the column "score_band" from the output "probabilities" is already in the scored file/,
    );
  });
});
