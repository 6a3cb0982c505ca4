import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DDSketch } from '@datadog/sketches-js';
import { createBinSum } from '../../src/quality/bin-sum.js';
import {
  binEnd,
  binKey,
  binStart,
  binValue,
  coarsen,
  coarserKey,
  countBelow,
  emptySketch,
  fullPrecision,
  maxBins,
  quantile,
  relativeError,
  type Sketch,
  sketchCount,
} from '../../src/quality/sketch.js';
import { mergeSketches } from '../../src/quality/sketch-sum.js';
import fc from '../seeded.js';
import { numbersColumn, profileOf, seededNormal, seededRandom } from './made-columns.js';
import { addBins, sumOfBins } from './sum-of-bins.js';

const normalDouble = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .filter((value) => value === 0 || Math.abs(value) > 1e-300);

function sketchOf(values: readonly number[]): Sketch {
  return profileOf(numbersColumn(values)).numbers!.sketch;
}

test('a value is within its bin, at every precision', () => {
  fc.assert(
    fc.property(normalDouble, fc.integer({ min: 1, max: fullPrecision }), (value, precision) => {
      const key = binKey(value, precision);
      assert.ok(binStart(key, precision) <= value && value < binEnd(key, precision));
    }),
  );
});

test('a bin of more values than fit into 4 bytes is counted exactly, before and after it is emptied', () => {
  const sum = createBinSum();
  for (const count of [2 ** 31 - 1, 1, 2 ** 31 - 1]) addBins(sum, [1, 2], [count, 7]);
  assert.deepEqual(sumOfBins(sum).counts, [2 ** 32 - 1, 21]);
  sum.take();
  addBins(sum, [3], [2 ** 31 - 1]);
  addBins(sum, [1, 2, 3], [1, 2, 3]);
  const expected = { precision: fullPrecision, keys: [1, 2, 3], counts: [1, 2, 2 ** 31 + 2] };
  assert.deepEqual(sumOfBins(sum), expected);
});

test('keys ascend with their values, and bins lie end to end', () => {
  fc.assert(
    fc.property(normalDouble, normalDouble, fc.integer({ min: 1, max: fullPrecision }), (a, b, precision) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      assert.ok(binKey(low, precision) <= binKey(high, precision));
      const key = binKey(low, precision);
      if (key > 0 && key < 2047 * 2 ** precision - 1) {
        assert.equal(binEnd(key, precision), binStart(key + 1, precision));
      }
      if (key < -1) assert.equal(binEnd(key, precision), binStart(key + 1, precision));
    }),
  );
});

test('a bin is no wider than the stated share of its value', () => {
  fc.assert(
    fc.property(normalDouble, fc.integer({ min: 1, max: fullPrecision }), (value, precision) => {
      const key = binKey(value, precision);
      if (key === 0 || Math.abs(value) < 1e-290 || Math.abs(value) > 1e300) return;
      const width = binEnd(key, precision) - binStart(key, precision);
      assert.ok(width <= 2 ** -precision * Math.abs(value) * (1 + 2 ** -precision) + 1e-300);
    }),
  );
});

test('a coarser key is the key at the coarser precision', () => {
  fc.assert(
    fc.property(normalDouble, fc.nat({ max: fullPrecision - 1 }), (value, steps) => {
      assert.equal(coarserKey(binKey(value, fullPrecision), steps), binKey(value, fullPrecision - steps));
    }),
  );
});

/** Sets of values of which some need coarser bins than others. */
const values = fc.oneof(
  fc.array(normalDouble, { maxLength: 60 }),
  fc.array(fc.integer({ min: -500, max: 500 }), { maxLength: 200 }),
  fc.nat({ max: 1000 }).map((seed) => {
    const normal = seededNormal(seededRandom(seed));
    return Array.from({ length: 3000 }, () => normal() * 10 ** (seed % 5));
  }),
);

test('merging is associative, commutative, and equals the sketch of all values', () => {
  fc.assert(
    fc.property(values, values, values, (a, b, c) => {
      const [x, y, z] = [sketchOf(a), sketchOf(b), sketchOf(c)];
      const merged = mergeSketches(mergeSketches(x, y), z);
      assert.deepEqual(mergeSketches(x, mergeSketches(y, z)), merged);
      assert.deepEqual(mergeSketches(mergeSketches(z, x), y), merged);
      assert.deepEqual(sketchOf([...c, ...a, ...b]), merged);
      assert.equal(sketchCount(merged), a.length + b.length + c.length);
      assert.ok(merged.keys.length <= maxBins);
    }),
    { numRuns: 40 },
  );
});

test('an empty sketch changes nothing', () => {
  const sketch = sketchOf([3, 1, 2]);
  assert.equal(mergeSketches(emptySketch(), sketch), sketch);
  assert.equal(mergeSketches(sketch, emptySketch()), sketch);
  assert.equal(quantile(emptySketch(), 0.5, false), null);
});

test('counts below a bin edge are exact, whatever the precision', () => {
  const random = seededRandom(4);
  const normal = seededNormal(random);
  const list = Array.from({ length: 20_000 }, () => 50 * normal());
  const fine = sketchOf(list);
  for (const sketch of [fine, coarsen(fine, 3)]) {
    for (let i = 0; i < sketch.keys.length; i += 13) {
      const edge = binStart(sketch.keys[i]!, sketch.precision);
      assert.equal(countBelow(sketch, edge), list.filter((value) => value < edge).length);
    }
  }
});

test('quantiles agree with DDSketch within both errors', () => {
  const random = seededRandom(8);
  const normal = seededNormal(random);
  const reference = new DDSketch({ relativeAccuracy: 0.005 });
  const list = Array.from({ length: 30_000 }, () => Math.exp(2 * normal()));
  for (const value of list) reference.accept(value);
  const sketch = sketchOf(list);
  for (const q of [0.01, 0.1, 0.5, 0.9, 0.99]) {
    const expected = reference.getValueAtQuantile(q);
    const found = quantile(sketch, q, false)!;
    assert.ok(
      Math.abs(found - expected) <= (0.005 + relativeError(sketch)) * expected * 1.01,
      `${found}, ${expected}`,
    );
  }
});

test('a bin is written as the shortest number in it', () => {
  const sketch = sketchOf([0.1, 14, -3, 0]);
  const told = sketch.keys.map((_, i) => binValue(sketch, i, false));
  assert.deepEqual(told, [-3, 0, 0.1, 14]);
});

test('a sum beyond its bins is as fine as fits, and has the bins of one halving after another', () => {
  const spread = fc.double({ min: -1e4, max: 1e4, noNaN: true });
  const keysOf = (values: readonly number[]) =>
    [...new Set(values.map((value) => binKey(value, fullPrecision)))].sort((a, b) => a - b);
  const many = fc.uniqueArray(spread, { minLength: 1_500, maxLength: 2_000 }).map(keysOf);
  fc.assert(
    fc.property(many, many, (one, other) => {
      const sum = createBinSum();
      for (const keys of [one, other])
        addBins(
          sum,
          keys,
          keys.map(() => 1),
        );
      const counts = new Map<number, number>();
      for (const key of [...one, ...other]) counts.set(key, (counts.get(key) ?? 0) + 1);
      const keys = [...counts.keys()].sort((a, b) => a - b);
      let expected: Sketch = { precision: fullPrecision, keys, counts: keys.map((key) => counts.get(key)!) };
      while (expected.keys.length > maxBins) expected = coarsen(expected, expected.precision - 1);
      assert.deepEqual(sumOfBins(sum), expected);
    }),
    { numRuns: 20 },
  );
});
