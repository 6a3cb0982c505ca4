import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Limit, parseLimit } from '../../src/job/limit.js';

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
