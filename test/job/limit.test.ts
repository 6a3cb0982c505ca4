import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exceedsLimit, type Limit, parseLimit } from '../../src/job/limit.js';

const limits: readonly (readonly [written: string | number, limit: Limit | null])[] = [
  ['1%', { fraction: 0.01 }],
  ['0.5 %', { fraction: 0.005 }],
  ['100%', { fraction: 1 }],
  ['0%', { fraction: 0 }],
  [0, { count: 0 }],
  [25, { count: 25 }],
  ['25', { count: 25 }],
  ['101%', null],
  ['-1%', null],
  ['%', null],
  [0.01, null],
  [-1, null],
  ['', null],
];
for (const [written, limit] of limits) {
  test(`reads the limit ${JSON.stringify(written)} as ${JSON.stringify(limit)}`, () => {
    assert.deepEqual(parseLimit(written), limit);
  });
}

test('a limit is kept at its figure and broken beyond it', () => {
  assert.equal(exceedsLimit({ fraction: 0.01 }, 1, 100), false);
  assert.equal(exceedsLimit({ fraction: 0.01 }, 2, 100), true);
  assert.equal(exceedsLimit({ fraction: 0 }, 0, 0), false);
  assert.equal(exceedsLimit({ count: 5 }, 5, 1_000_000), false);
  assert.equal(exceedsLimit({ count: 5 }, 6, 6), true);
});
