import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countUnknown, maxListed } from '../../src/repair/unknown-values.js';

test('counts every row, also of values for which there is no room', () => {
  const many = Array.from({ length: maxListed + 5 }, (_, i) => [`v${i}`, 2] as const);
  const counted = countUnknown('c', many, false);
  assert.equal(counted.values.length, maxListed);
  assert.deepEqual([counted.total, counted.unlisted], [2 * (maxListed + 5), 10]);
});

test('keeps 200 characters of a value', () => {
  assert.equal(countUnknown('c', [['x'.repeat(500), 1]], false).values[0]!.value.length, 201);
});

test('counts rows whose values nobody may quote, and lists none of them', () => {
  const counted = countUnknown('c', [['a', 2]], false, 3);
  assert.deepEqual([counted.total, counted.unlisted, counted.values.length], [5, 3, 1]);
});
