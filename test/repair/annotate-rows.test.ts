import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Outcome, type ProblemKind, Problems } from '../../src/chunk/problem.js';
import { annotateRows } from '../../src/repair/annotate-rows.js';
import { countStatus, rowStatus, statusWords } from '../../src/repair/row-status.js';
import fc from '../seeded.js';

function kind(code: string, column: string | null, outcome: Outcome): ProblemKind {
  return { code, column, expected: '', outcome };
}

const kinds = [
  kind('missing', 'a', 'repaired'),
  kind('missing', 'a', 'repaired'),
  kind('out-of-range', 'a', 'flagged'),
  kind('rule', 'late', 'rejected'),
  kind('short-row', null, 'repaired'),
];

function listsOf({
  offsets,
  codes,
  dictionary,
  length,
}: ReturnType<typeof annotateRows>['problems']): string[][] {
  return Array.from({ length }, (_, i) =>
    [...codes.subarray(offsets[i]!, offsets[i + 1]!)].map((code) => dictionary[code]!),
  );
}

test('a chunk without problems is ok in every row', () => {
  const status = rowStatus(new Problems(), 3);
  assert.deepEqual(status, { status: null, kept: null });
  const notes = annotateRows(new Problems(), status, 3);
  assert.deepEqual(
    [...notes.status.codes].map((code) => notes.status.dictionary[code]),
    ['ok', 'ok', 'ok'],
  );
  assert.deepEqual(listsOf(notes.problems), [[], [], []]);
  assert.deepEqual(countStatus(null, 3), [3, 0, 0, 0]);
});

test('each kept row has its strongest status and its problems once, in the order in which they were found (property)', () => {
  const problem = fc.tuple(fc.nat(9), fc.constantFrom(...kinds));
  fc.assert(
    fc.property(fc.array(problem, { maxLength: 40 }), (list) => {
      const problems = new Problems();
      for (const [row, one] of list) problems.add(one, row, null);
      const status = rowStatus(problems, 10);
      const notes = annotateRows(problems, status, 10);
      const rows = Array.from({ length: 10 }, (_, row) =>
        list.filter(([at]) => at === row).map(([, one]) => one),
      );
      const strongest = (found: readonly ProblemKind[]) =>
        Math.max(0, ...found.map(({ outcome }) => statusWords.indexOf(outcome)));
      const kept = rows.filter((found) => strongest(found) < 3);
      assert.deepEqual([...notes.status.codes], kept.map(strongest));
      assert.deepEqual(
        listsOf(notes.problems),
        kept.map((found) => [
          ...new Set(found.map(({ code, column }) => (column === null ? code : `${code}:${column}`))),
        ]),
      );
      const counts = countStatus(status.status, 10);
      assert.equal(
        counts.reduce((sum, count) => sum + count),
        10,
      );
      assert.equal(10 - counts[3]!, notes.status.length);
    }),
  );
});
