import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countUnknown, maxListed, mergeUnknown } from '../../src/repair/unknown-values.js';

test('counts every row, also of values for which there is no place', () => {
  const many = Array.from({ length: maxListed + 5 }, (_, i) => [`v${i}`, 2] as const);
  const counted = countUnknown('c', many, false);
  assert.equal(counted.values.length, maxListed);
  assert.deepEqual([counted.total, counted.unlisted], [2 * (maxListed + 5), 10]);
  const merged = mergeUnknown(
    counted,
    countUnknown(
      'c',
      [
        ['v3', 1],
        ['w', 4],
      ],
      false,
    ),
  );
  assert.deepEqual([merged.total, merged.unlisted], [2 * (maxListed + 5) + 5, 14]);
  assert.deepEqual(merged.values[3], { value: 'v3', count: 3 });
});

test('keeps 200 characters of a value', () => {
  assert.equal(countUnknown('c', [['x'.repeat(500), 1]], false).values[0]!.value.length, 201);
});

test('counts merge in slice order to what one count would have been', () => {
  const one = countUnknown(
    'c',
    [
      ['a', 1],
      ['b', 2],
    ],
    false,
  );
  const two = countUnknown(
    'c',
    [
      ['b', 3],
      ['c', 1],
    ],
    false,
  );
  assert.deepEqual(
    mergeUnknown(one, two),
    countUnknown(
      'c',
      [
        ['a', 1],
        ['b', 5],
        ['c', 1],
      ],
      false,
    ),
  );
});
