import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import type { ModelFacts } from '../../src/model/explain-model.js';
import type { CheckFinding } from '../../src/run/check-finding.js';
import type { CheckedInput } from '../../src/run/check-job.js';
import { caseOf } from '../model/cases.js';
import { type Ran, sampleJob, type Workdir, workdir } from '../workdir.js';

interface Checked {
  readonly ok: boolean;
  readonly reason?: string;
  readonly model: ModelFacts;
  readonly inputs: readonly CheckedInput[];
  readonly findings: readonly CheckFinding[];
}

function check(dir: Workdir, job: object | string, ...more: string[]): { ran: Ran; report: Checked } {
  const path = dir.write('job.yaml', typeof job === 'string' ? job : JSON.stringify(job));
  const ran = dir.call(['check', path, '--json', ...more]);
  return { ran, report: JSON.parse(ran.stdout) as Checked };
}

function jobFor(model: string | object, more: object = {}): object {
  return {
    name: 'checked',
    input: { path: 'in.csv' },
    model: typeof model === 'string' ? { path: model } : model,
    output: { path: 'scored' },
    ...more,
  };
}

function withInput(text = 'a,b\n1,2\n'): Workdir {
  const dir = workdir();
  dir.write('in.csv', text);
  return dir;
}

describe('check', () => {
  it('says how every column reaches the model, what was changed in the graph, and how bad values are treated', () => {
    const dir = workdir();
    const job = sampleJob('flight-delay', [[/path: \.\.\/scored.*/, 'path: scored']]);
    const { ran, report } = check(dir, job, '--date', '2013-01-01');
    assert.equal(ran.code, 0, ran.stderr);
    const { model, inputs } = report;
    assert.deepEqual(model.batch, { rows: 2048, from: 'job', rates: [] });
    assert.deepEqual(model.classes, { output_probability: ['0', '1'] });
    assert.deepEqual(model.rewrites, [
      '"output_probability": its ZipMap is removed, so the output is a matrix',
      '"carrier", "origin", "dest": fed as the linear model\'s weights of 124 known strings; proven bit-identical',
    ]);
    const explained = new Map(inputs.map(({ column, cast, policy }) => [column, `${cast} | ${policy}`]));
    assert.equal(
      explained.get('dep_delay'),
      'unchanged | missing: flagged, NaN; outside -120 to 2000: to the nearest bound',
    );
    assert.equal(
      explained.get('carrier'),
      'weight of 16 known strings | missing: row rejected; unknown: flagged, all 0',
    );
  });

  it('prints the mapping as a table for people', () => {
    const dir = workdir();
    const path = dir.write('job.yaml', sampleJob('flight-delay', [[/path: \.\.\/scored.*/, 'path: scored']]));
    const ran = dir.nightshift(['check', path, '--date', '2013-01-01']);
    assert.match(
      ran.stdout,
      /dest +dest +string +weight of 105 known strings +missing: row rejected; unknown/,
    );
    assert.match(ran.stdout, /batch +2048 rows per run of the model, as the job says/);
    assert.match(ran.stdout, /ready to run\n$/);
  });

  it('says everything that does not fit, inputs and outputs, at once', () => {
    const dir = withInput('dep_delay,dest,distnce\n1,a,2\n');
    const model = {
      path: resolve(caseOf('sklearn-onehot-strings').path),
      inputs: { destt: 'dest', carrier: 'dep_delay' },
      outputs: { score: { from: 'output_probabilty', class: 1 } },
    };
    const columns = { dep_delay: { type: 'float32' }, dest: { type: 'string' }, distnce: {} };
    const { ran, report } = check(dir, jobFor(model, { columns }));
    assert.equal(ran.code, 2);
    assert.equal(report.reason, 'model-mapping');
    const message = report.findings[0]!.message;
    for (const part of [
      /"model.inputs" names "destt", which is not an input of the model, did you mean "dest"/,
      /input "distance" of the model has no column, did you mean "distnce" \(add "distance"/,
      /column "dep_delay" of float32 cannot feed the input "carrier"/,
      /from "output_probabilty", which is not an output of the model, did you mean "output_probability"/,
    ])
      assert.match(message, part);
    assert.match(ran.stderr, /^nightshift: the model and the job do not match: \d mistakes\n {2}/);
  });

  it('refuses to guess the order of a matrix, and shows how to say it with the columns of the file', () => {
    const { ran, report } = check(withInput('a,b,c d\n1,2,3\n'), jobFor(resolve(caseOf('mlp').path)));
    assert.equal(ran.code, 2);
    const [finding] = report.findings;
    assert.match(
      finding!.message,
      /input "numbers" of the model takes a matrix of 8 columns but does not name them/,
    );
    assert.match(finding!.hint ?? '', /"model.inputs": \{ "numbers": \[a, b, "c d", \.\.\.\] \}/);
  });

  it('refuses by name what is no model that a table can feed, with the way out', () => {
    const dir = withInput();
    const external = join(dir.path, 'external.onnx');
    cpSync(caseOf('mlp-external-data').path, external);
    mkdirSync(join(dir.path, 'folder'));
    const refused: readonly (readonly [string, string, RegExp, RegExp])[] = [
      [dir.write('empty.onnx', ''), 'model-unreadable', /empty\.onnx" is empty/, /copy it again/],
      [dir.write('text.onnx', 'a,b\n'), 'model-unreadable', /is not an ONNX file/, /export the model/],
      [join(dir.path, 'folder'), 'model-missing', /folder without an MLmodel file/, /path of the \.onnx/],
      [
        external,
        'model-data-missing',
        /stores weights in "weights.bin"/,
        /put "weights.bin", as the exporter/,
      ],
      [
        caseOf('refused-sequence').path,
        'model-mapping',
        /output "pieces" .* is a sequence/,
        /export the model/,
      ],
      [caseOf('refused-one-for-all').path, 'model-mapping', /output "mean" .* no axis of rows/, /export/],
      [
        caseOf('mlflow-disagrees').path,
        'signature-disagrees',
        /column "carrier" as float64/,
        /log the model/,
      ],
    ];
    for (const [path, reason, message, hint] of refused) {
      const inputs = path.includes('refused') ? { numbers: ['a', 'b', 'b'] } : {};
      const { ran, report } = check(dir, jobFor({ path: resolve(path), inputs }));
      const [finding] = report.findings;
      assert.deepEqual([ran.code, report.ok, report.reason], [2, false, reason]);
      assert.match(finding!.message, message);
      assert.match(finding!.hint ?? '', hint);
      assert.doesNotMatch(ran.stderr, /\bat \S+:\d+/);
    }
  });

  it('warns if a score depends on the other rows of its batch', () => {
    const names = Array.from({ length: 8 }, (_, i) => `n${i}`);
    const dir = withInput(`${names.join(',')}\n1,2,3,4,5,6,7,8\n`);
    const model = { path: resolve(caseOf('mlp-int8-dynamic').path), inputs: { numbers: names } };
    const { ran, report } = check(dir, jobFor(model, { run: { batch_rows: 'auto' } }));
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(report.model.batch, { rows: 2048, from: 'default', rates: [] });
    const warning = report.findings.find(({ level }) => level === 'warning');
    assert.match(warning!.message, /depends on the (other )?rows (of|in) its batch/);
  });
});
