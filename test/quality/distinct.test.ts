import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  distinctError,
  estimateDistinct,
  hashText,
  mergeDistinct,
  noteHash,
  raiseRanks,
  registers,
  sealDistinct,
} from '../../src/quality/distinct.js';
import fc from '../seeded.js';
import { numbersColumn, profileOf, seededRandom } from './made-columns.js';

function sketchOf(texts: readonly string[]): string {
  const ranks = new Uint8Array(registers);
  for (const text of texts) noteHash(ranks, hashText(text));
  return sealDistinct(ranks);
}

test('estimates of 10 to 1,000,000 different values are within four standard errors', () => {
  for (const count of [10, 100, 1000, 5000, 20_000, 100_000, 1_000_000]) {
    const texts = sketchOf(Array.from({ length: count }, (_, i) => `key-${i}`));
    near(estimateDistinct(texts), count);
  }
});

test('numbers in a row, and numbers with fractions, are distinguished', () => {
  for (const count of [5000, 50_000]) {
    const whole = Array.from({ length: count }, (_, i) => i * 8);
    const fractions = Array.from({ length: count }, (_, i) => i / 7);
    near(estimateDistinct(profileOf(numbersColumn(whole)).distinct), count);
    near(estimateDistinct(profileOf(numbersColumn(fractions)).distinct), count);
  }
});

test('merging is associative and order-free, and repeats change nothing', () => {
  const texts = fc.array(fc.string(), { maxLength: 50 });
  fc.assert(
    fc.property(texts, texts, texts, (a, b, c) => {
      const [x, y, z] = [sketchOf(a), sketchOf(b), sketchOf(c)];
      const merged = mergeDistinct(mergeDistinct(x, y), z);
      assert.equal(mergeDistinct(x, mergeDistinct(z, y)), merged);
      assert.equal(mergeDistinct(merged, x), merged);
      assert.equal(sketchOf([...b, ...c, ...a, ...a]), merged);
    }),
  );
});

function near(found: number, expected: number): void {
  assert.ok(Math.abs(found - expected) <= 4 * distinctError * expected + 1, `${found} for ${expected}`);
}

test('registers are raised four at a time as they are one by one, wherever they lie', () => {
  fc.assert(
    fc.property(fc.nat({ max: 3 }), fc.integer(), (offset, seed) => {
      const random = seededRandom(seed);
      const [one, other] = [0, 1].map(() =>
        Uint8Array.from({ length: registers }, () => random() ** 6 * 128),
      );
      const ranks = one!.slice();
      const shifted = new Uint8Array(registers + 4);
      shifted.set(other!, offset);
      raiseRanks(ranks, shifted.subarray(offset, offset + registers));
      assert.deepEqual(
        ranks,
        one!.map((rank, i) => Math.max(rank, other![i]!)),
      );
    }),
  );
});
