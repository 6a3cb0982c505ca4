import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { createTreeScorer } from '../../../src/model/trees/open-tree-scorer.js';
import type { TreeModel } from '../../../src/model/trees/tree-model.js';
import type { Reals } from '../../../src/model/trees/walk-trees.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { readTreeFile, stepsBetween, type TreeCase, treeCases } from './tree-cases.js';

const timeout = 60_000;

/** Scores the rows of a case, and returns the raw sums and what the trainer's `predict` returns. */
async function score(model: TreeModel, one: TreeCase): Promise<{ raw: Reals; prediction: Reals }> {
  const { numbers, groups } = model.table;
  const { answer } = model;
  const name = answer.kind === 'score' ? 'score' : answer.kind === 'sign' ? 'label' : 'probabilities';
  const plan = {
    path: '',
    sha256: null,
    rewrites: [],
    threads: 1,
    batchRows: 1000,
    fixedRows: null,
    constants: [],
    withholdsMessages: false,
    outputs: [
      { name: 'raw_score', type: numbers },
      { name, type: name === 'label' ? ('int64' as const) : numbers },
      ...(answer.kind === 'classes' ? [{ name: 'label', type: 'int64' as const }] : []),
    ],
  };
  const values = numbers === 'float64' ? one.values : Float32Array.from(one.values);
  const scorer = createTreeScorer(model, plan);
  const { fetches, failed } = await scorer.score(
    (from, to) => ({
      features: {
        type: numbers,
        dims: [to - from, one.features],
        data: values.subarray(from * one.features, to * one.features),
      },
    }),
    one.rows,
  );
  assert.deepEqual(failed, []);
  const labels = () => Float32Array.from(fetches['label']!.data as BigInt64Array, Number);
  const isLabel = name === 'label' || one.prediction.length < one.rows * groups;
  const found = isLabel ? labels() : (fetches[name]!.data as Reals);
  const prediction = answer.kind === 'binary' ? found.filter((_, i) => i % 2 === 1) : found;
  return { raw: fetches['raw_score']!.data as Reals, prediction };
}

for (const one of treeCases()) {
  for (const path of one.models) {
    test(`answers as the trainer: ${one.name}, ${path.split('/').at(-1)}`, { timeout }, async () => {
      const { raw, prediction } = await score(readTreeFile(path), one);
      assert.deepEqual(
        new Uint8Array(raw.buffer),
        new Uint8Array(one.raw.buffer),
        'the raw score, bit by bit',
      );
      assert.equal(prediction.length, one.prediction.length);
      assert.ok(Math.max(...stepsBetween(prediction, one.prediction)) <= 1, 'the prediction, within a step');
    });
  }
}

const python = process.env['NIGHTSHIFT_TREES_PYTHON'];
const skip =
  (process.env['NIGHTSHIFT_FULL'] !== '1' && 'only with NIGHTSHIFT_FULL=1') ||
  (python === undefined && 'only with NIGHTSHIFT_TREES_PYTHON, a Python with lightgbm and xgboost');

test('answers a million rows as the trainers, in every case', { skip, timeout: 7_200_000 }, async (t) => {
  const folder = temporaryFolder();
  const script = 'data-samples/train/tree_models.py';
  const names = treeCases().map(({ name }) => name);
  for (const name of names) {
    // One case at a time: each takes 60 MB.
    const args = [script, folder, '--rows', '1000000', '--times', '4', '--only', name];
    execFileSync(python!, args, { stdio: 'inherit' });
    for (const one of treeCases(folder).filter((found) => found.name === name)) {
      const { raw, prediction } = await score(readTreeFile(one.models[0]!), one);
      const steps = stepsBetween(prediction, one.prediction);
      const far = steps.filter((step) => step > 1).length;
      const most = steps.reduce((a, b) => Math.max(a, b), 0);
      const isEqual = Buffer.from(raw.buffer).equals(Buffer.from(one.raw.buffer));
      t.diagnostic(
        `${name}: raw ${isEqual ? 'equal' : 'DIFFERENT'}, ${far} answers more than one step off, at most ${most}`,
      );
      assert.ok(isEqual, `${name}: the raw score of a row differs`);
      // The C library's exp is itself up to 0.511 units off, which a quotient can double.
      assert.ok(
        most <= 3 && far <= one.rows / 500,
        `${name}: ${far} answers more than one step off, at most ${most}`,
      );
    }
    execFileSync('rm', ['-rf', `${folder}/${name}`]);
  }
});
