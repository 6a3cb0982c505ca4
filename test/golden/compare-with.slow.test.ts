import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { CheckFinding } from '../../src/run/check-finding.js';
import type { ExportComparison } from '../../src/run/compare-export.js';
import { casesFolder } from '../model/trees/tree-cases.js';
import { said, type Workdir, workdir } from '../workdir.js';

const timeout = 120_000;
const exportsFolder = join(process.cwd(), 'test/fixtures/exports');

interface Checked {
  readonly code: number | null;
  readonly compared: ExportComparison | null;
  readonly warnings: readonly string[];
  readonly findings: readonly CheckFinding[];
}

const names = (count: number, name = (i: number) => `Column_${i}`) =>
  Array.from({ length: count }, (_, i) => name(i));

/** Writes the rows of a sample model as CSV: a missing value as an empty cell. */
function writeRows(dir: Workdir, model: string, columns: readonly string[]): void {
  const bytes = readFileSync(join(casesFolder, model, 'rows.bin'));
  const values = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const lines = [columns.join(',')];
  for (let at = 0; at < values.length; at += columns.length)
    lines.push(
      Array.from(values.subarray(at, at + columns.length), (value) =>
        Number.isNaN(value) ? '' : String(value),
      ).join(','),
    );
  dir.write('rows.csv', `${lines.join('\n')}\n`);
}

function jobWith(dir: Workdir, model: object, more: object = {}): string {
  const job = { name: 'compared', input: { path: 'rows.csv' }, model, output: { path: 'scored' }, ...more };
  return dir.write('job.yaml', JSON.stringify(job));
}

function check(dir: Workdir, model: object, more: object = {}): Checked {
  const ran = dir.call(['check', jobWith(dir, model, more), '--json']);
  const { compared, findings } = JSON.parse(ran.stdout) as Checked;
  const about = findings.filter((one) => one.about === 'model.compare_with');
  const warnings = about.filter(({ level }) => level === 'warning').map(({ message }) => message);
  return { code: ran.code, compared, warnings, findings: about };
}

const onnx = (model: string) => join(exportsFolder, `${model}.onnx`);
const native = (model: string) =>
  join(casesFolder, model, model.startsWith('lightgbm') ? 'model.txt' : 'model.ubj');

/**
 * What onnxmltools made of each model. The rows in another leaf were also counted in Python, by lightgbm's
 * `pred_leaf` beside a walk down the nodes of the ONNX graph.
 */
const cases: Readonly<Record<string, { readonly elsewhere: number; readonly warns: readonly RegExp[] }>> = {
  'lightgbm-binary': { elsewhere: 6, warns: [/^6 of 64 rows of 1 file land in another leaf/] },
  'lightgbm-binary-sigmoid': {
    elsewhere: 6,
    warns: [/land in another leaf/, /^58 rows with the same raw score have other values in "probabilities"/],
  },
  'lightgbm-categories': { elsewhere: 5, warns: [/land in another leaf/] },
  'lightgbm-linear': {
    elsewhere: 4,
    warns: [
      /land in another leaf/,
      /^45 rows in the same leaves .* differ by up to 0\.885, more than the rou/,
    ],
  },
  'lightgbm-multiclass': { elsewhere: 7, warns: [/land in another leaf/] },
  'lightgbm-random-forest': {
    elsewhere: 7,
    warns: [
      /^24 of 24 leaves of "lightgbm-random-forest.onnx" differ from those in "model.txt"/,
      /land in another leaf/,
      /^57 rows in the same leaves/,
    ],
  },
  'lightgbm-zero-as-missing': { elsewhere: 21, warns: [/land in another leaf/] },
  'xgboost-gamma': { elsewhere: 0, warns: [] },
  'xgboost-softprob': { elsewhere: 0, warns: [] },
  'xgboost-softmax': { elsewhere: 0, warns: [/^64 rows with the same raw score have other values/] },
  'xgboost-cox': { elsewhere: 0, warns: [/^no output of "xgboost-cox.onnx" has as many values/] },
};

describe('model.compare_with', () => {
  it('counts the rows of an export that land in another leaf, and answers in another way', {
    timeout,
  }, () => {
    const dir = workdir();
    for (const [model, { elsewhere, warns }] of Object.entries(cases)) {
      const columns = names(7, model.startsWith('xgboost') ? (i) => `x${i}` : undefined);
      writeRows(dir, model, columns);
      const { code, compared, warnings } = check(dir, {
        path: onnx(model),
        compare_with: native(model),
        inputs: { input: columns },
      });
      assert.equal(code, 0, model);
      assert.equal(compared?.rows, 64, model);
      assert.equal(compared.in_another_leaf.rows, elsewhere, model);
      assert.equal(warnings.length, warns.length, `${model}: ${warnings.join('; ')}`);
      for (const [i, expected] of warns.entries()) assert.match(warnings[i]!, expected, model);
      if (model.startsWith('xgboost')) assert.equal(compared.rounding.largest_difference, 0, model);
    }
  });

  it('names the rows, the features and the thresholds, whichever of the two files scores', {
    timeout,
  }, () => {
    const dir = workdir();
    const model = 'lightgbm-binary';
    writeRows(dir, model, names(7));
    const inputs = { inputs: { input: names(7) } };
    const one = check(dir, { path: onnx(model), compare_with: native(model), ...inputs });
    assert.match(
      one.warnings[0]!,
      /\nrow 1 of rows\.csv: tree 0 tests "Column_0" against 0\.3540468429023092, in the export 0\.35404685139656067; the row has 0\.35404684290230926, in the export 0\.35404685139656067\n/,
    );
    assert.match(one.findings[0]!.hint!, /^set "model.path" to "model.txt"/);
    assert.equal(one.findings[1]!.level, 'note');
    assert.match(one.findings[1]!.message, /21 of 21 thresholds differ/);
    const features = { inputs: { features: names(7) } };
    const other = check(dir, { path: native(model), compare_with: onnx(model), ...features });
    assert.deepEqual(other.compared, one.compared);
    assert.match(other.findings[0]!.hint!, /^do not compare scores of the export/);
    const text = dir.call([
      'check',
      jobWith(dir, { path: native(model), compare_with: onnx(model), ...features }),
    ]);
    assert.match(text.stdout, /warning: model\.compare_with: 6 of 64 rows of 1 file land in another leaf/);
    assert.match(text.stdout, /ready to run\n$/);
  });

  it('says so where the files agree', { timeout }, () => {
    const dir = workdir();
    writeRows(dir, 'xgboost-binary', names(7));
    const { findings } = check(dir, {
      path: onnx('xgboost-binary'),
      compare_with: native('xgboost-binary'),
      inputs: { input: names(7) },
    });
    assert.equal(findings.length, 1);
    assert.match(
      findings[0]!.message,
      /^64 rows of 1 file, scored with .* land in the same leaves; their raw scores differ by at most 0, which is rounding; all of their thresholds are the same$/,
    );
  });

  it('shows no value of a redacted column', { timeout }, () => {
    const dir = workdir();
    writeRows(dir, 'lightgbm-binary', names(7));
    const { warnings } = check(
      dir,
      {
        path: onnx('lightgbm-binary'),
        compare_with: native('lightgbm-binary'),
        inputs: { input: names(7) },
      },
      { redact: ['Column_0'] },
    );
    assert.match(warnings[0]!, /tree 0 tests "Column_0", whose values are redacted\n/);
    assert.doesNotMatch(warnings[0]!, /0\.354/);
  });

  it('refuses a file of other features, of other classes, of the same kind, or of none, and a run ignores it', {
    timeout,
  }, () => {
    const dir = workdir();
    const columns = [...names(6, (i) => `delay_${i}`), 'other'];
    writeRows(dir, 'lightgbm-binary', columns);
    const text = readFileSync(native('lightgbm-binary'), 'utf8');
    const named = dir.write('named.txt', text.replaceAll('Column_', 'delay_'));
    const inputs = { inputs: { input: columns } };
    const refusals: readonly (readonly [model: string, other: string, expected: RegExp])[] = [
      ['lightgbm-binary', named, /named\.txt" has features that .* does not take: "delay_6"$/],
      [
        'lightgbm-binary',
        join(casesFolder, 'frame/model.txt'),
        /"features" .* takes \d+ values|has \d+ columns|has features/,
      ],
      [
        'xgboost-multi-target',
        native('xgboost-multi-target'),
        /its tree 1 adds to class or target 0, and that/,
      ],
      ['lightgbm-binary', onnx('lightgbm-dart'), /are both ONNX models: one must be an ONNX export/],
      ['lightgbm-binary', join(dir.path, 'missing.txt'), /missing\.txt" cannot be read/],
    ];
    for (const [model, other, expected] of refusals) {
      const { code, findings, compared } = check(dir, { path: onnx(model), compare_with: other, ...inputs });
      assert.equal(code, 2, other);
      assert.equal(compared, null);
      assert.equal(findings.length, 1, other);
      assert.match(findings[0]!.message, expected);
      assert.doesNotMatch(findings[0]!.message, /\n/);
    }
    const job = jobWith(dir, { path: onnx('lightgbm-binary'), compare_with: 'missing.txt', ...inputs });
    assert.match(dir.call(['check', job]).stdout, /ready to run, but the models cannot be compared\n$/);
    const ran = dir.call(['run', job]);
    assert.equal(ran.code, 0, said(ran));
  });
});
