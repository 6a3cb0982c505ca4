import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Comparison } from '../../src/run/comparison.js';
import { makeModel } from '../model/make-model.js';
import { type Ran, type Workdir, workdir } from '../workdir.js';
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

async function folder(): Promise<Workdir> {
  const dir = workdir();
  dir.write('a.onnx', await sigmoid());
  dir.write('b.onnx', await sigmoid(true));
  dir.write('in.csv', table);
  return dir;
}

function compared(dir: Workdir, ...args: readonly string[]): Comparison {
  const ran = compareIn(dir, ...args, '--json');
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  return JSON.parse(ran.stdout) as Comparison;
}

function compareIn(dir: Workdir, ...args: readonly string[]): Ran {
  return runJob(
    dir,
    job,
    'compare',
    '--models',
    ...args.map((arg) => (arg.endsWith('.onnx') ? join(dir.path, arg) : arg)),
    '--quiet',
  );
}

describe('nightshift compare', () => {
  it('finds a copy of the model equal in every row, and its opposite in none', async () => {
    const dir = await folder();
    const { rows, models } = compared(dir, 'a.onnx', 'b.onnx');
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
    const [own, opposite] = compared(dir, 'b.onnx', '--labels', 'late').models;
    const [figures, reversed] = [own!.labels!, opposite!.labels!];
    assert.ok(figures.kind === 'binary' && reversed.kind === 'binary');
    assert.equal(figures.output, 'score');
    assert.ok(Math.abs(figures.auc! - auc) <= figures.auc_error!);
    assert.ok(Math.abs(reversed.auc! - (1 - auc)) <= reversed.auc_error!);
    const right = kept.filter(({ x, late }) => Number(x > 0) === late).length / kept.length;
    assert.equal(own!.outputs[1]!.accuracy, right);
    const words = compared(dir, 'b.onnx', '--labels', 'word', '--positive', 'yes').models[0]!.labels!;
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
    const [own, filled] = compared(dir, file).models;
    assert.equal(own!.rows.scored, 399);
    assert.equal(filled!.rows.scored, 400);
    assert.equal(filled!.outputs[0]!.agreement!.rows, 399);
    assert.equal(filled!.outputs[0]!.agreement!.equal, 399);
    dir.remove();
  });

  it('prints tables that fit the screen', async () => {
    const dir = await folder();
    const ran = compareIn(dir, 'a.onnx', '--labels', 'late');
    assert.equal(ran.code, 0, ran.stderr);
    for (const word of ['rows/s', 'correlation', 'AUC', 'accuracy'])
      assert.match(ran.stdout, new RegExp(word));
    dir.remove();
  });

  it('recommends the best model within the limits, and says why not the others', async () => {
    const dir = await folder();
    const found = compareIn(dir, 'b.onnx', '--labels', 'late', '--min-auc', '0.6');
    assert.match(
      found.stdout,
      /recommended: tiny \(the job.s own\)\n +.*b\.onnx has an AUC of 0\.\d+, below 0\.6/,
    );
    const none = compareIn(dir, 'b.onnx', '--max-memory', '1MB', '--json');
    const { recommendation } = JSON.parse(none.stdout) as {
      recommendation: { model: null; refused: { why: string }[] };
    };
    assert.equal(recommendation.model, null);
    assert.match(recommendation.refused[0]!.why, /^takes \d+ MB with \d workers?, above 1 MB$/);
    const idle = compareIn(dir, 'b.onnx', '--rows', '10M');
    assert.equal(idle.code, 2);
    assert.match(idle.stderr, /"--rows" has no effect without "--within"/);
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
      const ran = compareIn(dir, ...args);
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
    const strangers = compareIn(dir, 'named.onnx');
    assert.equal(strangers.code, 2);
    assert.match(strangers.stderr, /has no output named like one of/);
    dir.remove();
  });
});
