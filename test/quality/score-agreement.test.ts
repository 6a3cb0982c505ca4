import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agreementOf,
  countAgreement,
  countEqual,
  mergeAgreement,
  noAgreement,
} from '../../src/quality/score-agreement.js';
import fc from '../seeded.js';

test('parts add up to the whole, and the whole is what numpy.corrcoef says', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -100, max: 100 }), fc.integer({ min: -100, max: 100 })), {
        maxLength: 50,
      }),
      fc.nat(50),
      (rows, cut) => {
        const [a, b] = [0, 1].map((i) => Float64Array.from(rows, (row) => row[i as 0 | 1]!)) as [
          Float64Array,
          Float64Array,
        ];
        const parts = [a.slice(0, cut), a.slice(cut)].map((part, i) =>
          countAgreement(part, i === 0 ? b.slice(0, cut) : b.slice(cut)),
        );
        const found = agreementOf(parts.reduce(mergeAgreement, noAgreement));
        assert.equal(found.rows, rows.length);
        assert.equal(found.equal, rows.filter(([x, y]) => x === y).length);
        if (rows.length === 0) return assert.equal(found.correlation, null);
        const mean = (values: Float64Array) => values.reduce((x, y) => x + y, 0) / values.length;
        const [meanA, meanB] = [mean(a), mean(b)];
        const product = (x: Float64Array, mx: number, y: Float64Array, my: number) =>
          x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0);
        const spread = Math.sqrt(product(a, meanA, a, meanA) * product(b, meanB, b, meanB));
        if (spread < 1e-9) return;
        assert.ok(Math.abs(found.correlation! - product(a, meanA, b, meanB) / spread) < 1e-9);
      },
    ),
  );
});

test('missing scores are equal to missing ones, and counted where one alone is missing', () => {
  const nan = Number.NaN;
  const numbers = agreementOf(
    countAgreement(Float64Array.of(nan, nan, 1, 2), Float64Array.of(nan, 1, nan, 2.5)),
  );
  assert.deepEqual([numbers.equal, numbers.missing_in_one, numbers.largest_difference], [1, 2, 0.5]);
  const classes = agreementOf(countEqual(Float64Array.of(0, nan, nan, 1), Float64Array.of(0, nan, 2, 3)));
  assert.deepEqual([classes.equal, classes.missing_in_one, classes.largest_difference], [2, 1, null]);
});

test('infinite scores are equal or not, and have no distance', () => {
  const most = Number.POSITIVE_INFINITY;
  const found = agreementOf(
    countAgreement(Float64Array.of(most, most, 1, -most), Float64Array.of(most, -most, 1.5, Number.NaN)),
  );
  assert.deepEqual(
    [found.rows, found.equal, found.missing_in_one, found.mean_difference, found.largest_difference],
    [4, 1, 1, 0.5, 0.5],
  );
});
