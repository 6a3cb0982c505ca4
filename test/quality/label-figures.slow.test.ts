import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countLabels, createLabelSum, type LabelFigures } from '../../src/quality/label-figures.js';
import fc from '../seeded.js';

function figuresOf(
  scores: readonly number[],
  labels: readonly number[],
  cut = scores.length,
): LabelFigures | null {
  const sum = createLabelSum(0.5);
  for (const [from, to] of [
    [0, cut],
    [cut, scores.length],
  ] as const)
    sum.add(
      countLabels(Float64Array.from(scores.slice(from, to)), Float64Array.from(labels.slice(from, to)), 0.5),
    );
  return sum.figures();
}

function near(found: number | null, wanted: number): void {
  assert.ok(
    found !== null && Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)),
    `${found} is not ${wanted}`,
  );
}

test('figures of scikit-learn 1.9 for eight rows', () => {
  const labels = [0, 0, 1, 1, 1, 0, 1, 0];
  const scores = [0.1, 0.4, 0.35, 0.8, 0.65, 0.2, 0.9, 0.5];
  const found = figuresOf(scores, labels, 3)!;
  assert.ok(found.kind === 'binary');
  near(found.auc, 0.875); // roc_auc_score
  near(found.log_loss, 0.4176982473576425);
  near(found.brier, 0.131875);
  near(found.accuracy, 0.75);
  assert.equal(found.positives, 4);
});

test('the area under the curve is the share of pairs in the right order, within the error that it states', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.float({ min: -1000, max: 1000, noNaN: true }), fc.boolean()), { maxLength: 60 }),
      fc.nat(60),
      (rows, cut) => {
        const scores = rows.map(([score]) => score);
        const labels = rows.map(([, label]) => Number(label));
        const found = figuresOf(scores, labels, cut);
        if (rows.length === 0) return assert.equal(found, null);
        assert.ok(found?.kind === 'binary');
        const [ones, zeros] = [1, 0].map((label) => scores.filter((_, i) => labels[i] === label)) as [
          number[],
          number[],
        ];
        if (ones.length === 0 || zeros.length === 0) return assert.equal(found.auc, null);
        let area = 0;
        for (const one of ones) for (const zero of zeros) area += one > zero ? 1 : one === zero ? 0.5 : 0;
        const exact = area / (ones.length * zeros.length);
        assert.ok(Math.abs(found.auc! - exact) <= found.auc_error! + 1e-12, `${found.auc} is not ${exact}`);
      },
    ),
  );
});

test('numbers that are not all 0 or 1 have errors instead, whatever the order of the parts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: -50, max: 50 })), {
        minLength: 2,
        maxLength: 40,
      }),
      fc.nat(40),
      (rows, cut) => {
        const scores = [...rows.map(([score]) => score), 3];
        const labels = [...rows.map(([, label]) => label), 7];
        const found = figuresOf(scores, labels, cut)!;
        assert.ok(found.kind === 'numbers');
        const errors = scores.map((score, i) => score - labels[i]!);
        const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
        near(found.rmse, Math.sqrt(mean(errors.map((error) => error * error))));
        near(found.mae, mean(errors.map(Math.abs)));
        near(found.bias, mean(errors));
      },
    ),
  );
});

test('rows without a score or a label are left out, and scores beyond 0 to 1 have no log loss', () => {
  const found = figuresOf([Number.NaN, 2, -1, Number.POSITIVE_INFINITY, 0.5], [1, 1, 0, 1, Number.NaN])!;
  assert.ok(found.kind === 'binary');
  assert.equal(found.rows, 2);
  assert.equal(found.auc, 1);
  assert.equal(found.log_loss, null);
  assert.deepEqual(found.calibration, []);
});
