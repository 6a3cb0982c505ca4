import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { candidatesOf } from '../../src/cli/compare-candidates.js';
import { runComparison } from '../../src/cli/run-comparison.js';
import type { Comparison } from '../../src/quality/comparison.js';
import { noLimits, recommend } from '../../src/quality/recommend-model.js';
import { makeModel } from '../model/make-model.js';
import { inOneProcess, type Ran, said, sampleJob, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';
import { runJob } from './tiny-model.js';

/** A model that answers `score` = sigmoid(x) (or of -x), and the class that it means. */
function sigmoid(negative = false): Promise<Uint8Array> {
  const nodes = [
    ...(negative
      ? [{ op_type: 'Neg', input: ['x'], output: ['z'] }]
      : [{ op_type: 'Identity', input: ['x'], output: ['z'] }]),
    { op_type: 'Sigmoid', input: ['z'], output: ['score'] },
    { op_type: 'Round', input: ['score'], output: ['rounded'] },
    { op_type: 'Cast', input: ['rounded'], output: ['class'], attribute: [{ name: 'to', type: 2, i: 7 }] },
  ];
  return makeModel({
    inputs: { x: ['float32', 'N'] },
    outputs: { score: ['float32', 'N'], class: ['int64', 'N'] },
    nodes,
  });
}

const values = Array.from({ length: 400 }, (_, row) => (row % 21) - 10);
const table = `id,x,late,word\n${values.map((x, row) => `${row},${row === 7 ? '' : x},${Number(x > 0 || row % 5 === 0)},${x > 0 ? 'yes' : 'no'}\n`).join('')}`;
const job = {
  input: { path: 'in.csv' },
  model: { path: 'a.onnx' },
  columns: { x: { type: 'float32', missing: 'reject' }, late: { type: 'int32' } },
  run: { workers: 2, chunk_bytes: '1KiB' },
};
/** For tests of what is compared and said, not of who scores. */
const inProcess = { ...job, run: { workers: 1, isolation: 'none', chunk_bytes: '1KiB' } };

async function folder(): Promise<Workdir> {
  const dir = workdir();
  dir.write('a.onnx', await sigmoid());
  dir.write('b.onnx', await sigmoid(true));
  dir.write('in.csv', table);
  return dir;
}

function compared(dir: Workdir, file: object, ...args: readonly string[]): Comparison {
  const ran = compareIn(dir, file, ...args, '--json');
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  return JSON.parse(ran.stdout) as Comparison;
}

function compareIn(dir: Workdir, file: object, ...args: readonly string[]): Ran {
  return runJob(
    dir,
    file,
    'compare',
    '--models',
    ...args.map((arg) => (/^\w+\.onnx$/.test(arg) ? join(dir.path, arg) : arg)),
    '--quiet',
  );
}

describe('nightshift tune', () => {
  it('tries batches, workers and models, and says so in the names', async () => {
    const dir = await folder();
    const args = ['--models', join(dir.path, 'b.onnx'), '--batch-rows', '16', '2048', '--workers', '1', '2'];
    const ran = runJob(dir, job, 'tune', ...args, '--quiet', '--json', '--labels', 'late');
    assert.equal(ran.code, 0, ran.stderr);
    const { models } = JSON.parse(ran.stdout) as Comparison;
    const own = 'tiny (the job’s own)';
    const b = join(dir.path, 'b.onnx');
    assert.deepEqual(
      models.map(({ model, run, speed }) => [model, run.workers, speed.batch_rows]),
      [
        [own, 2, 2048],
        [`${own}@batch_rows=16`, 2, 16],
        [`${own}@workers=1`, 1, 2048],
        [`${own}@batch_rows=16,workers=1`, 1, 16],
        [b, 2, 2048],
        [`${b}@batch_rows=16`, 2, 16],
        [`${b}@workers=1`, 1, 2048],
        [`${b}@batch_rows=16,workers=1`, 1, 16],
      ],
    );
    const [reference] = models;
    for (const { model, outputs, labels } of models.slice(1, 4)) {
      assert.equal(outputs[0]!.agreement!.equal, 399, model);
      assert.deepEqual(labels, reference!.labels, model);
    }
    dir.remove();
  });

  it('tries fewer rounds of a file of trees, as `MODEL@rounds=N` compares them', () => {
    const dir = workdir();
    const frame = join(process.cwd(), 'data-samples/models/trees/frame');
    const text = `name: trees
input: { path: ${join(frame, 'rows.csv')} }
model: # of LightGBM
  path: ${join(frame, 'model.txt')}
output: { path: out }
`;
    const file = dir.write('job.yaml', text);
    const args = ['tune', file, '--batch-rows', '2048', '--workers', '1', '--quiet', '--json'];
    const ran = dir.call(args);
    assert.equal(ran.code, 0, ran.stderr);
    const { models } = JSON.parse(ran.stdout) as Comparison;
    const [own, quarter, half] = models.filter(({ run }) => run.workers === models[0]!.run.workers);
    assert.match(quarter!.model, /@rounds=\d+/);
    assert.match(half!.model, /@rounds=\d+/);
    assert.ok(quarter!.outputs.some(({ agreement }) => agreement!.equal < agreement!.rows));
    const rounds = Number(/rounds=(\d+)/.exec(half!.model)![1]);
    const one = dir.call(['compare', file, '--models', `${own!.path}@rounds=${rounds}`, '--json', '--quiet']);
    assert.deepEqual(
      (JSON.parse(one.stdout) as Comparison).models[1]!.outputs.map(({ mean }) => mean),
      half!.outputs.map(({ mean }) => mean),
    );
    dir.remove();
  });
});

describe('tune with an ONNX model', { timeout: 240_000 }, () => {
  /** A sample job, its model beside it, and the labels. */
  const flightsIn = (dir: Workdir, name: string): string => {
    dir.write('m.onnx', readFileSync(`data-samples/models/${name}.onnx`));
    return dir.write(
      'job.yaml',
      sampleJob(name, [
        inOneProcess,
        [/path: .*flights\/.*/, `path: ${resolve('data-samples/flights/2013-01-01.csv')}`],
        [/path: \S+\.onnx/, 'path: m.onnx'],
        [/batch_rows: \w+/, 'batch_rows: 1024'],
        [/path: \.\.\/scored.*/, 'path: out'],
        [
          /^columns:\n/m,
          'columns:\n  arr_delay: { type: float32 }\n  late: { from: arr_delay > 15, type: int32 }\n',
        ],
      ]),
    );
  };
  const settings = ['--workers', '1', '--batch-rows', '1024', '--quiet', '--json'];

  it('recommends fewer trees where only they are good enough, and a run scores with them', async () => {
    const dir = workdir();
    const file = flightsIn(dir, 'flight-delay-trees');
    const labels = ['--labels', 'late'];
    const look = dir.call(['tune', file, ...settings, ...labels]);
    assert.equal(look.code, 0, said(look));
    const found = JSON.parse(look.stdout) as Comparison;
    const names = found.models.map((one) => one.model.replace(/^.*own\)/, ''));
    assert.deepEqual(names, ['', '@trees=50', '@trees=100']);
    assert.match(found.notes.join(), /no int8 version is among them: the model has no large matrix/);
    const [all, quarter, half] = found.models.map(({ labels }) => (labels as { auc: number }).auc);
    assert.equal(existsSync(join(dir.path, 'm.100-trees.onnx')), false, 'nothing is written without --write');
    // On this day, the whole model is the worst: no limit on time is needed.
    assert.ok(half! > quarter! && quarter! > all!, `${half}, ${quarter}, ${all}`);
    const limits = ['--min-auc', String((all! + quarter!) / 2)];
    const ran = dir.call(['tune', file, ...settings, ...labels, ...limits, '--write']);
    assert.equal(ran.code, 0, said(ran));
    assert.match(dir.read('job.yaml'), /^ {2}path: m\.100-trees\.onnx$/m);
    const { recommendation } = JSON.parse(ran.stdout) as { recommendation: { model: string } };
    assert.match(recommendation.model, /@trees=100$/);
    const scored = dir.call(['run', file]);
    assert.equal(scored.code, 0, said(scored));
    const [row] = await query(`select avg(probability) as mean from '${dir.path}/out/part-*.parquet'`);
    const { mean } = found.models[2]!.outputs.find(({ name }) => name === 'probability')!;
    assert.ok(Math.abs(Number(row!['mean']) - mean!) < 1e-9, `${row!['mean']}, ${mean}`);
    dir.remove();
  });

  it('says why no int8 version is among the models, or how to make one', async () => {
    const dir = workdir();
    const none = /no int8 version is among them: the model has no large matrix/;
    const linear = dir.call(['tune', flightsIn(dir, 'flight-delay'), ...settings]);
    assert.equal(linear.code, 0, said(linear));
    const { models, notes } = JSON.parse(linear.stdout) as Comparison;
    assert.equal(models.length, 1);
    assert.match(notes.join(), none);
    const folder = resolve('data-samples/models/exporters');
    dir.write('in.csv', `f\n${'1\n'.repeat(30)}`);
    const tuned = (path: string, count: number, ...more: readonly string[]) => {
      const inputs = { [count === 8 ? 'numbers' : 'x']: Array(count).fill('f') };
      const ran = runJob(
        dir,
        { input: { path: 'in.csv' }, model: { path, inputs } },
        ...['tune', ...settings, ...more],
      );
      assert.equal(ran.code, 0, said(ran));
      return JSON.parse(ran.stdout) as Comparison;
    };
    const small = join(folder, 'mlp', 'model.onnx');
    assert.match(tuned(small, 8).notes.join(), none);
    const both = tuned(small, 8, '--models', join(folder, 'mlp-int8-dynamic', 'model.onnx'));
    assert.doesNotMatch(both.notes.join(), /int8/);
    assert.ok(both.models.some(({ model }) => model.includes('mlp-int8-dynamic')));
    // The operators of an old opset lack rounding.
    dir.write('old.onnx', await matrixModel(64, 64, 9));
    assert.match(
      tuned('old.onnx', 64).notes.join(),
      /quantize_dynamic in Python makes one of .*old\.onnx, and --models compares it/,
    );
    dir.remove();
  });

  it('measures that int8 takes less memory; a run scores with it where only it keeps the limits', async () => {
    const dir = workdir();
    dir.write('m.onnx', await matrixModel(1024, 8192, 12));
    const values = Array.from({ length: 40 }, (_, row) => row % 7);
    const labelled = (slope: number) => `f,label\n${values.map((f) => `${f},${f * slope}\n`).join('')}`;
    dir.write('in.csv', labelled(1));
    const text = `name: large
input: { path: in.csv }
model:
  path: m.onnx
  inputs: { x: [${Array(1024).fill('f').join(', ')}] }
columns: { label: { type: float64 } }
output: { path: out }
run: { batch_rows: 1024, workers: 1 }
`;
    const file = dir.write('job.yaml', text);
    const look = dir.nightshift(['tune', file, ...settings]);
    assert.equal(look.code, 0, said(look));
    const found = JSON.parse(look.stdout) as Comparison;
    const { models, notes } = found;
    assert.deepEqual(notes.join().includes('int8'), false);
    assert.deepEqual(
      models.map((one) => one.model.replace(/^.*own\)/, '')),
      ['', '@int8'],
    );
    const [own, int8] = models as [Comparison['models'][0], Comparison['models'][0]];
    assert.ok(int8.bytes < own.bytes / 3.9, `${int8.bytes} of ${own.bytes}`);
    // 37 MB, and 4 MB more or less from one measurement to the next, of files that are 25 MB apart.
    const saved = own.run.memory_bytes - int8.run.memory_bytes;
    assert.ok(saved > (own.bytes - int8.bytes) / 2, `${saved}`);
    const half = { ...noLimits, maxMemoryBytes: int8.run.memory_bytes + saved / 2 };
    const inMemory = recommend(found, half);
    assert.equal(inMemory.model, int8.model);
    assert.match(inMemory.refused[0]!.why, /^takes \d+ MB with 1 worker, above \d+ MB$/);

    // Labels as int8 predicts them: a limit on the error, unlike one on memory, gives the same answer each time.
    const { length } = values;
    const slope = (one: typeof own) =>
      one.outputs[0]!.mean! / (values.reduce((sum, f) => sum + f, 0) / length);
    dir.write('in.csv', labelled(slope(int8)));
    const spread = Math.sqrt(values.reduce((sum, f) => sum + f * f, 0) / length);
    const limit = (Math.abs(slope(own) - slope(int8)) * spread) / 2;
    const limits = ['--labels', 'label', '--max-rmse', String(limit)];
    const ran = dir.nightshift(['tune', file, ...settings, ...limits, '--write']);
    assert.equal(ran.code, 0, said(ran));
    const { recommendation } = JSON.parse(ran.stdout) as {
      recommendation: { model: string; refused: { why: string }[] };
    };
    assert.match(recommendation.model, /@int8$/);
    assert.match(recommendation.refused[0]!.why, /^has an RMSE of \S+, above /);
    assert.equal(dir.read('job.yaml'), text.replace('path: m.onnx', 'path: m.int8.onnx'));
    const scored = dir.nightshift(['run', file]);
    assert.equal(scored.code, 0, said(scored));
    const [row] = await query(`select avg(y) as mean from '${dir.path}/out/part-*.parquet'`);
    const { mean } = int8.outputs[0]!;
    assert.ok(
      Math.abs(Number(row!['mean']) - mean!) < 1e-9 + 1e-6 * Math.abs(mean!),
      `${row!['mean']}, ${mean}`,
    );
    dir.remove();
  });
});

/** A model that multiplies a row of floats with a matrix, and answers the sum of the products. */
function matrixModel(depth: number, width: number, opset: number): Promise<Uint8Array> {
  const values = Float32Array.from({ length: depth * width }, (_, i) => Math.sin(i) / depth);
  return makeModel({
    inputs: { x: ['float32', 'N', depth] },
    outputs: { y: ['float32', 'N', 1] },
    nodes: [
      { op_type: 'MatMul', input: ['x', 'w'], output: ['products'] },
      {
        op_type: 'ReduceSum',
        input: ['products'],
        output: ['y'],
        attribute: [{ name: 'axes', type: 7, ints: [1] }],
      },
    ],
    initializers: [
      { name: 'w', data_type: 1, dims: [depth, width], raw_data: new Uint8Array(values.buffer) },
    ],
    opsets: { '': opset },
  });
}

describe('nightshift compare', () => {
  it('finds a copy of the model equal in every row, and its opposite in none', async () => {
    const dir = await folder();
    const { rows, models } = compared(dir, job, 'a.onnx', 'b.onnx');
    assert.equal(rows, 400);
    const [own, same, opposite] = models;
    assert.deepEqual(own!.rows, { scored: 399, rejected: 1, failed: 0 });
    assert.equal(own!.outputs[0]!.agreement, null);
    const [score, classes] = same!.outputs;
    assert.deepEqual(
      [score!.agreement!.equal, score!.agreement!.largest_difference, classes!.agreement!.equal],
      [399, 0, 399],
    );
    const reverse = opposite!.outputs[0]!.agreement!;
    assert.equal(reverse.equal, values.filter((x, row) => x === 0 && row !== 7).length);
    assert.ok(reverse.correlation! < -0.999);
    assert.ok(same!.speed.rows_per_second! > 0 && same!.speed.batch_ms.p99! >= same!.speed.batch_ms.p50!);
    assert.ok(!existsSync(join(dir.path, 'out')), 'nothing is published');
    dir.remove();
  });

  it('compares scores and classes with labels, as numbers or as texts', async () => {
    const dir = await folder();
    const kept = values
      .map((x, row) => ({ x, late: Number(x > 0 || row % 5 === 0) }))
      .filter((_, row) => row !== 7);
    const pairs = kept.flatMap((one) =>
      kept.filter((other) => one.late === 1 && other.late === 0).map((other) => [one.x, other.x] as const),
    );
    const auc =
      pairs.reduce((sum, [one, other]) => sum + (one > other ? 1 : one === other ? 0.5 : 0), 0) /
      pairs.length;
    const [own, opposite] = compared(dir, inProcess, 'b.onnx', '--labels', 'late').models;
    const [figures, reversed] = [own!.labels!, opposite!.labels!];
    assert.ok(figures.kind === 'binary' && reversed.kind === 'binary');
    assert.equal(figures.output, 'score');
    assert.ok(Math.abs(figures.auc! - auc) <= figures.auc_error!);
    assert.ok(Math.abs(reversed.auc! - (1 - auc)) <= reversed.auc_error!);
    const right = kept.filter(({ x, late }) => Number(x > 0) === late).length / kept.length;
    assert.equal(own!.outputs[1]!.accuracy, right);
    const words = compared(dir, inProcess, 'b.onnx', '--labels', 'word', '--positive', 'yes').models[0]!
      .labels!;
    assert.ok(words.kind === 'binary');
    assert.equal(words.auc, 1);
    dir.remove();
  });

  it('takes other settings from a job file, over the same input', async () => {
    const dir = await folder();
    const other = {
      ...job,
      name: 'other',
      input: { path: 'nowhere.csv' },
      output: { path: 'out' },
      columns: { x: { type: 'float32', missing: { fill: 0 } } },
    };
    const file = dir.write('other.yaml', JSON.stringify(other));
    const [own, filled] = compared(dir, inProcess, file).models;
    assert.equal(own!.rows.scored, 399);
    assert.equal(filled!.rows.scored, 400);
    assert.equal(filled!.outputs[0]!.agreement!.rows, 399);
    assert.equal(filled!.outputs[0]!.agreement!.equal, 399);
    dir.remove();
  });

  it('tries a run whose gates close, whose keys repeat and whose scores are ranked, and leaves nothing', async () => {
    const dir = await folder();
    dir.write('in.csv', table.replace('\n3,', '\n2,'));
    const gated = {
      ...job,
      model: {
        path: 'a.onnx',
        outputs: { score: { from: 'score', rank: 'partition' }, class: { from: 'class' } },
      },
      columns: { ...job.columns, id: { type: 'int64', key: true } },
      quality: { min_rows: 1000, max_rejected: 0, max_drift: { fail: 0.1 } },
    };
    const file = dir.write('job.yaml', JSON.stringify({ name: 'gated', output: { path: 'out' }, ...gated }));
    const temporary = join(dir.path, 'temporary');
    mkdirSync(temporary);
    const models = ['--models', join(dir.path, 'b.onnx')];
    const ran = dir.nightshift(['compare', file, ...models, '--json', '--quiet'], { TMPDIR: temporary });
    assert.equal(ran.code, 0, ran.stderr);
    const [own, other] = (JSON.parse(ran.stdout) as Comparison).models;
    assert.deepEqual(own!.rows, other!.rows);
    assert.ok(own!.run.fixed_cpu_seconds! > 0);
    assert.ok(!existsSync(join(dir.path, 'out')), 'nothing is published');
    assert.deepEqual(readdirSync(temporary), []);
    dir.remove();
  });

  it('prints tables that fit the screen', async () => {
    const dir = await folder();
    const ran = compareIn(dir, inProcess, 'a.onnx', '--labels', 'late');
    assert.equal(ran.code, 0, ran.stderr);
    for (const word of ['rows/s', 'correlation', 'AUC', 'accuracy'])
      assert.match(ran.stdout, new RegExp(word));
    const [, beside] = ran.stdout.split(/^labels: late, beside score$/m);
    assert.match(beside!, /^model {2}AUC/m);
    for (const line of beside!.split('\nnote:')[0]!.split('\n')) assert.ok(line.length <= 80, line);
    dir.remove();
  });

  it('recommends the best model within the limits, and says why not the others', async () => {
    const dir = await folder();
    const found = compareIn(dir, job, 'b.onnx', '--labels', 'late', '--min-auc', '0.6');
    assert.match(
      found.stdout,
      /recommended: tiny \(the job.s own\)\n +.*b\.onnx has an AUC of 0\.\d+, below 0\.6/,
    );
    const none = compareIn(dir, job, 'b.onnx', '--max-memory', '1MB', '--json');
    const { recommendation } = JSON.parse(none.stdout) as {
      recommendation: { model: null; refused: { why: string }[] };
    };
    assert.equal(recommendation.model, null);
    assert.match(recommendation.refused[0]!.why, /^takes \d+ MB with \d workers?, above 1 MB$/);
    const idle = compareIn(dir, job, 'b.onnx', '--rows', '10M');
    assert.equal(idle.code, 2);
    assert.match(idle.stderr, /"--rows" has no effect without "--within"/);
    dir.remove();
  });

  it('varies settings of a model, and tells them apart', async () => {
    const dir = await folder();
    const ran = compareIn(dir, job, 'a.onnx', '--json');
    assert.equal(ran.code, 0, ran.stderr);
    const b = join(dir.path, 'b.onnx');
    const { models } = compared(dir, job, `${b}@batch_rows=16,workers=1`, `${b}@batch_rows=16`);
    assert.deepEqual(
      models.map(({ run, speed }) => [run.workers, speed.batch_rows]),
      [
        [2, 2048],
        [1, 16],
        [2, 16],
      ],
    );
    assert.deepEqual(models[1]!.rows, models[2]!.rows);
    assert.equal(models[1]!.outputs[0]!.mean, models[2]!.outputs[0]!.mean);
    assert.equal(models[1]!.outputs[0]!.agreement!.equal, models[2]!.outputs[0]!.agreement!.equal);
    for (const [given, sentence] of [
      [`${b}@batch_row=16`, /there is no setting "batch_row"[\s\S]*did you mean "batch_rows"/],
      [`${b}@workers=0`, /"workers" must be a whole number from 1 to 1024/],
      [`${b}@trees=10`, /no number of rounds gives 10 trees/],
    ] as const) {
      const refused = compareIn(dir, job, given);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, sentence);
    }
    dir.remove();
  });

  it('writes a page and the same figures as JSON beside it', async () => {
    const dir = await folder();
    const page = join(dir.path, 'new.html');
    const ran = compareIn(
      dir,
      inProcess,
      'b.onnx',
      '--labels',
      'late',
      '--page',
      page,
      '--min-auc',
      '0.6',
      '--json',
    );
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(dir.read('new.json').trim(), ran.stdout.trim());
    const html = dir.read('new.html');
    for (const text of [
      'Recommended: 1. tiny',
      // Without it the limits share a line with the recommendation, one letter wide.
      '<div class="verdict good unsigned">',
      'Quality, time and memory',
      'no picture shows it',
      'below 0.6',
      'Agreement',
    ])
      assert.ok(html.includes(text), text);
    assert.doesNotMatch(html, /<script|https?:/);
    const wrong = compareIn(dir, inProcess, 'b.onnx', '--page', 'new.txt');
    assert.match(wrong.stderr, /"--page" must end in \.html, found "new\.txt"/);
    dir.remove();
  });

  it('writes what keeps to a time and a memory: model, workers and batch, and `check` passes', async () => {
    const dir = await folder();
    const rows = Array.from({ length: 60_000 }, (_, row) => `${row},${(row % 21) - 10}\n`);
    dir.write('long.csv', `id,x\n${rows.join('')}`);
    const text = `name: tiny
input: { path: long.csv }
model: { path: b.onnx }
output: { path: out }
run:
  workers: 6 # of eight
  chunk_bytes: 64KiB
`;
    const file = dir.write('job.yaml', text);
    const page = join(dir.path, 'page.html');
    const other = `${join(dir.path, 'a.onnx')}@workers=1,batch_rows=512`;
    const args = ['compare', file, '--models', other, '--quiet', '--write', '--page', page];
    const enough = ['--rows', '10M', '--within', '1000h', '--max-memory', '100GB'];
    const own = dir.nightshift([...args, ...enough]);
    assert.equal(own.code, 0, said(own));
    assert.match(own.stdout, /recommended: tiny .*own\)/);
    assert.match(own.stdout, /its own model is already the recommended one, so nothing is written/);
    const circles = dir.read('page.html').split('<circle').length - 1;
    assert.ok(circles >= 2, `${circles}`);
    const { models } = JSON.parse(dir.read('page.json')) as Comparison;
    for (const { run } of models) assert.ok(run.seconds_per_million! > 0 && run.fixed_seconds! > 0);

    const late = dir.call([...args, '--rows', '10M', '--within', '1ms']);
    assert.equal(late.code, 2, said(late));
    assert.match(
      late.stderr.replace(/\s+/g, ' '),
      /no model meets the limits: "tiny .*own\)" takes about \d+ s for 10,000,000 rows with 6 workers, above 0\.001 s; ".*batch_rows=512" takes about \d+ s for 10,000,000 rows with 1 worker, above/,
    );
    const large = dir.call([...args, '--max-memory', '1MB']);
    assert.equal(large.code, 2, said(large));
    assert.match(large.stderr, /takes \d+ MB with 6 workers, above 1 MB/);
    assert.equal(dir.read('job.yaml'), text);

    // One worker takes less than half of what six do: two measurements of the same differ by far less.
    const [six, one] = models.map(({ run }) => run.memory_bytes) as [number, number];
    assert.ok(one < six / 2, `${one}, ${six}`);
    const limit = ['--max-memory', String(Math.round((one + six) / 2)), '--rows', '10M', '--within', '1000h'];
    const ran = dir.nightshift([...args, ...limit]);
    assert.equal(ran.code, 0, said(ran));
    const edited = text
      .replace('b.onnx', 'a.onnx')
      .replace('workers: 6', 'workers: 1')
      .replace('run:\n', 'run:\n  batch_rows: 512\n');
    assert.equal(dir.read('job.yaml'), edited);
    const checked = dir.call(['check', file]);
    assert.equal(checked.code, 0, said(checked));
    dir.remove();
  });

  it('writes the recommended model into the job file, and refuses where it has changed or none is left', async () => {
    const dir = await folder();
    const text = `# mine
name: tiny
input: { path: in.csv }
model:
  path: b.onnx # the old one
columns: { x: { type: float32, missing: reject }, late: { type: int32 } }
output: { path: out }
run: { workers: 1, isolation: none }
`;
    const file = dir.write('job.yaml', text);
    const args = [
      'compare',
      file,
      '--models',
      join(dir.path, 'a.onnx'),
      '--labels',
      'late',
      '--quiet',
      '--write',
    ];
    const ran = dir.nightshift(args);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /job file .*job\.yaml: model\.path: a\.onnx\n$/);
    assert.equal(dir.read('job.yaml'), text.replace('b.onnx', 'a.onnx'));
    const same = dir.call([...args.slice(0, 3), join(dir.path, 'b.onnx'), ...args.slice(4)]);
    assert.match(same.stdout, /its own model is already the recommended one, so nothing is written/);
    const none = dir.call([...args, '--min-auc', '0.99']);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /no model meets the limits: "tiny/);
    assert.equal(dir.read('job.yaml'), text.replace('b.onnx', 'a.onnx'));
    dir.remove();
  });

  it('does not write into a job file that changes while models are compared', async () => {
    const dir = await folder();
    const text = `name: tiny\ninput: { path: in.csv }\nmodel: { path: b.onnx }\ncolumns: { x: { type: float32, missing: reject }, late: { type: int32 } }\noutput: { path: out }\nrun: { workers: 1, isolation: none }\n`;
    const file = dir.write('job.yaml', text);
    const changed = `${text}# someone else\n`;
    const options = { models: [join(dir.path, 'a.onnx')], labels: 'late', write: true, quiet: true };
    const choose = async () => {
      const candidates = await candidatesOf(file, options, () => {});
      dir.write('job.yaml', changed);
      return { candidates, notes: [] };
    };
    await assert.rejects(
      runComparison(file, options, choose),
      /^InvalidError: job file ".*" changed while the models were compared$/,
    );
    assert.equal(dir.read('job.yaml'), changed);
    dir.remove();
  });

  it('says what labels of texts need', async () => {
    const dir = await folder();
    const note = compareIn(dir, inProcess, 'b.onnx', '--labels', 'word');
    assert.equal(note.code, 0, note.stderr);
    assert.match(
      note.stdout.replace(/\s+/g, ' '),
      /labels "word" are texts, so only classes .*--positive TEXT says/,
    );
    const score = compareIn(dir, inProcess, 'b.onnx', '--labels', 'word', '--score', 'score');
    assert.equal(score.code, 2);
    assert.match(score.stderr, /the labels "word" are texts\n.*--positive TEXT/);
    const never = compareIn(dir, inProcess, 'b.onnx', '--labels', 'word', '--positive', 'YES');
    assert.match(never.stdout.replace(/\s+/g, ' '), /no row has the label "YES" in "word": check --positive/);
    const missing = compareIn(dir, inProcess, 'nowhere.onnx');
    assert.match(
      missing.stderr,
      /model ".*nowhere\.onnx" cannot be read: there is no such file.*\n.*correct --models/,
    );
    dir.remove();
  });

  it('refuses limits that mean nothing', async () => {
    const dir = await folder();
    for (const [option, value, says] of [
      ['--min-auc', '80%', 'a number from 0 to 1'],
      ['--min-auc', '75', 'a number from 0 to 1'],
      ['--max-rmse', '-1', 'a number, at least 0'],
      ['--max-memory', '1XB', 'a size such as 512MB'],
      ['--rows', 'many', 'a number of rows such as 10M'],
      ['--rows', '0', 'a number of rows such as 10M'],
      ['--within', '1x', 'a duration such as 30m or 1h'],
    ] as const) {
      const ran = compareIn(dir, inProcess, 'b.onnx', `${option}=${value}`);
      assert.equal(ran.code, 2, option);
      assert.ok(ran.stderr.includes(`must be ${says}`), ran.stderr);
    }
    dir.remove();
  });

  it('refuses what it cannot compare in one sentence', async () => {
    const dir = await folder();
    const refused: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
      [['nowhere.onnx'], /model ".*nowhere\.onnx" (does not exist|is missing|cannot be read)/],
      [['a.onnx', '--labels', 'nothing'], /column "nothing" must be in the file/],
      [['a.onnx', '--labels', 'late', '--score', 'class'], /has no score named "class", found "score"/],
    ];
    for (const [args, sentence] of refused) {
      const ran = compareIn(dir, inProcess, ...args);
      assert.equal(ran.code, 2, ran.stdout + ran.stderr);
      assert.match(ran.stderr, sentence);
      assert.doesNotMatch(ran.stderr, /\bat .*\.js:/);
    }
    dir.write(
      'named.onnx',
      await makeModel({
        inputs: { x: ['float32', 'N'] },
        outputs: { y: ['float32', 'N'] },
        nodes: [{ op_type: 'Neg', input: ['x'], output: ['y'] }],
      }),
    );
    const strangers = compareIn(dir, inProcess, 'named.onnx');
    assert.equal(strangers.code, 2);
    assert.match(strangers.stderr, /has no output named like one of/);
    dir.remove();
  });
});
