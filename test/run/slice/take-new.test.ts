import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceRow } from '../../../src/chunk/chunk.js';
import type { ProblemKind } from '../../../src/chunk/problem.js';
import { cellAt } from '../../../src/repair/cell.js';
import { type NewRows, takeNew } from '../../../src/run/slice/take-new.js';
import { chunkOf } from '../../repair/tables.js';

const upTo = (to: number): NewRows => ({
  column: 'at',
  type: 'float64',
  scored: [{ after: null, to }],
  sentinels: [99],
});

const dead: ProblemKind = { code: 'long-row', column: null, expected: '2 cells', outcome: 'rejected' };

test('keeps the problems of the rows that are taken, and the places of these rows in the file', () => {
  const chunk = chunkOf({
    id: { type: 'string', cells: ['a', 'b', 'c', 'd', 'e', 'f'] },
    at: { type: 'float64', cells: [1, null, 3, 4, 99, null] },
  });
  chunk.problems.add({ ...dead, code: 'unreadable', column: 'id' }, 0, 'x');
  chunk.problems.add(dead, 1, 'y');
  chunk.problems.add({ ...dead, code: 'unreadable', column: 'id' }, 3, 'z');
  const located = { ...chunk, origin: { ...chunk.origin, firstRow: 11, raw: (row: number) => `raw ${row}` } };
  const { chunk: taken, marks } = takeNew(located, upTo(2));
  assert.deepEqual(marks, { leftOut: [1], taken: [0, 2], greatest: 4 });
  assert.equal(taken.rows, 5);
  const ids = Array.from({ length: 5 }, (_, row) => cellAt(taken.columns.get('id')!, row));
  assert.deepEqual(ids, ['b', 'c', 'd', 'e', 'f']);
  const rows = Array.from({ length: 5 }, (_, row) => sourceRow(taken.origin, row));
  assert.deepEqual(rows, [12, 13, 14, 15, 16]);
  assert.equal(taken.origin.raw(1, 99), 'raw 2');
  const { problems } = taken;
  assert.deepEqual(
    Array.from(problems, ({ kind, row, found }) => [kind.code, row, found]),
    [
      ['long-row', 0, 'y'],
      ['unreadable', 2, 'z'],
      // A sentinel and a missing value; not the row that is malformed as a whole.
      ['missing-watermark', 3, 99],
      ['missing-watermark', 4, null],
    ],
  );
});

test('rejects an infinity, which would end all later runs', () => {
  const chunk = chunkOf({ at: { type: 'float64', cells: [Number.POSITIVE_INFINITY, 3] } });
  const { marks, chunk: taken } = takeNew(chunk, upTo(2));
  assert.deepEqual(marks, { leftOut: [0], taken: [0, 1], greatest: 3 });
  const found = Array.from(taken.problems, (problem) => [problem.row, problem.found]);
  assert.deepEqual(found, [[0, Number.POSITIVE_INFINITY]]);
});

test('gives back the chunk itself where all rows are new', () => {
  const chunk = chunkOf({ at: { type: 'float64', cells: [3, 4] } });
  assert.equal(takeNew(chunk, upTo(2)).chunk, chunk);
});
