import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createTreeScorer } from '../../../src/model/trees/open-tree-scorer.js';
import type { TreeModel } from '../../../src/model/trees/tree-model.js';
import type { Reals } from '../../../src/model/trees/walk-trees.js';
import { skipLarge, trainerProcess } from './trainer-process.js';
import { readTreeFile, stepsBetween, type TreeCase, treeCases } from './tree-cases.js';
import { unitsFromTruth } from './true-answer.js';

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

const trainers = trainerProcess(['--rows', '1000000', '--times', '4', '--answers']);
after(trainers.close);

for (const { name } of skipLarge === false ? treeCases() : [{ name: 'every case' }])
  test(`answers a million rows as the trainer: ${name}`, { skip: skipLarge, timeout: 1_800_000 }, (t) =>
    trainers.withCase(name, async (one) => {
      const { raw, prediction } = await score(readTreeFile(one.models[0]!), one);
      const steps = stepsBetween(prediction, one.prediction);
      const different = steps.filter((step) => step > 0).length;
      const most = steps.reduce((a, b) => Math.max(a, b), 0);
      const isEqual = Buffer.from(raw.buffer).equals(Buffer.from(one.raw.buffer));
      t.diagnostic(
        `raw ${isEqual ? 'equal' : 'DIFFERENT'}, ${different} answers differ, at most ${most} steps; ${errorsOf(one, prediction)}`,
      );
      assert.ok(isEqual, 'the raw score of a row differs');
      const row = steps.indexOf(most);
      const place = `answer ${row}: ${prediction[row]}, the trainer's ${one.prediction[row]}, raw score ${one.raw[row]}`;
      assert.ok(most <= 1, `${different} answers differ, by up to ${most} steps; ${place}`);
    }),
  );

test('tells units of the smallest answers from the truth', () => {
  const answer = { kind: 'score', link: { kind: 'exp' } } as const;
  for (const [sum, isFloat] of [
    [-700, false],
    [-744, false],
    [-1000, false],
    [-103, true],
  ] as const) {
    const found = isFloat ? Math.fround(Math.exp(sum)) : Math.exp(sum);
    assert.ok(unitsFromTruth(found, answer, [sum], 0, isFloat) <= 1, `${sum}`);
  }
});

/** Returns how far some answers, ours and the trainer's, are from the true value of the post-transform. */
function errorsOf(one: TreeCase, prediction: Reals): string {
  const { answer, divisor, table } = readTreeFile(one.models[0]!);
  if (answer.kind === 'sign' || divisor !== 1 || one.raw.length !== one.prediction.length) return 'no errors';
  const errors = (answers: Reals) => {
    let [most, above] = [0, 0];
    for (let i = 0; i < answers.length; i += Math.ceil(answers.length / 2000)) {
      const row = i - (i % table.groups);
      const sums = Array.from(one.raw.subarray(row, row + table.groups));
      // Linear leaves have sums of any size: their answers are 0, 1 or infinite.
      if (sums.some((sum) => !(Math.abs(sum) <= 700))) continue;
      const units = unitsFromTruth(answers[i]!, answer, sums, i - row, table.numbers === 'float32');
      most = Math.max(most, units);
      if (units > 1) above++;
    }
    return `${most.toFixed(2)} at most, ${(above / 20).toFixed(2)} % above 1`;
  };
  return `units from the truth: ${errors(prediction)}; the trainer ${errors(one.prediction)}`;
}
