import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Origin } from '../../src/chunk/chunk.js';
import { type ProblemKind, Problems } from '../../src/chunk/problem.js';
import {
  countProblems,
  maxSamples,
  mergeProblems,
  type ProblemCount,
  placeProblems,
} from '../../src/quality/problem-count.js';
import fc from '../seeded.js';

const origin: Origin = {
  firstRow: 101,
  locate: (row) => ({ line: row + 102, byteOffset: null }),
  raw: () => '',
};
const outside: ProblemKind = {
  code: 'out-of-range',
  column: 'age',
  expected: '0 to 120',
  outcome: 'flagged',
};
const short: ProblemKind = { code: 'short-row', column: null, expected: '4 cells', outcome: 'rejected' };

test('counts every occurrence and keeps the first by source row', () => {
  const problems = new Problems();
  for (const row of [40, 7, 9, 90, 3, 8, 41]) problems.add(outside, row, row * 10);
  problems.add(short, 0, null);
  const [ages, rows] = countProblems(problems, origin, new Set());
  assert.equal(ages!.count, 7);
  assert.deepEqual(
    ages!.samples.map(({ row, line, found }) => [row, line, found]),
    [
      [104, 105, '30'],
      [108, 109, '70'],
      [109, 110, '80'],
      [110, 111, '90'],
      [141, 142, '400'],
    ],
  );
  assert.deepEqual(rows!.samples, [{ partition: null, row: 101, line: 102, found: null }]);
});

test('asks where rows lie only for the samples', () => {
  const problems = new Problems();
  for (let row = 0; row < 5000; row++) problems.add(outside, row, row);
  let asked = 0;
  const locate: Origin['locate'] = (row) => {
    asked++;
    return origin.locate(row);
  };
  countProblems(problems, { ...origin, locate }, new Set());
  assert.equal(asked, maxSamples);
});

test('equal kinds made twice are one problem', () => {
  const problems = new Problems();
  problems.add(outside, 0, 1);
  problems.add({ ...outside }, 1, 2);
  assert.deepEqual(
    countProblems(problems, origin, new Set()).map(({ count }) => count),
    [2],
  );
});

test('withholds what was found in redacted columns, and in whole rows and rules while there are any', () => {
  const problems = new Problems();
  const rule: ProblemKind = { code: 'rule', column: 'adult', expected: 'age > 17', outcome: 'flagged' };
  const other: ProblemKind = { ...outside, column: 'height' };
  problems.add(outside, 0, 'secret');
  problems.add(short, 1, 'secret,row');
  problems.add(rule, 2, 'secret = 3');
  problems.add(other, 3, 999);
  const found = (redact: readonly string[]) =>
    countProblems(problems, origin, new Set(redact)).map(({ samples }) => samples[0]!.found);
  assert.deepEqual(found(['age']), [null, null, null, '999']);
  assert.deepEqual(found([]), ['secret', 'secret,row', 'secret = 3', '999']);
});

test('long findings are cut without breaking a character', () => {
  const problems = new Problems();
  problems.add(outside, 0, `${'x'.repeat(199)}😀😀`);
  const { found } = countProblems(problems, origin, new Set())[0]!.samples[0]!;
  assert.equal(found, `${'x'.repeat(199)}…`);
});

const counted = fc
  .array(fc.tuple(fc.constantFrom(outside, short), fc.nat({ max: 500 })), { maxLength: 20 })
  .map((list) => {
    const problems = new Problems();
    for (const [kind, row] of list) problems.add(kind, row, row);
    return countProblems(problems, origin, new Set());
  });

test('merging is associative, and order-free but for the order of the list', () => {
  const sorted = (list: readonly ProblemCount[]) => [...list].sort((a, b) => (a.code < b.code ? -1 : 1));
  fc.assert(
    fc.property(counted, counted, counted, (a, b, c) => {
      const [x, y, z] = [placeProblems(a, 'p1'), placeProblems(b, 'p2'), placeProblems(c, 'p3')];
      const merged = mergeProblems(mergeProblems(x, y), z);
      assert.deepEqual(mergeProblems(x, mergeProblems(y, z)), merged);
      assert.deepEqual(sorted(mergeProblems(z, mergeProblems(y, x))), sorted(merged));
    }),
  );
});
