import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countBefore } from '../../src/chunk/count-before.js';
import fc from '../seeded.js';

test('counts the items of an ascending list that are before a limit', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 30 })),
      fc.integer({ min: -1, max: 31 }),
      (items, limit) => {
        items.sort((a, b) => a - b);
        const expected = items.filter((item) => item < limit).length;
        assert.equal(
          countBefore(items.length, (i) => items[i]! < limit),
          expected,
        );
      },
    ),
  );
});
