import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunSum, type PartitionQuality } from '../../src/quality/run-quality.js';
import { madeDay } from './made-run.js';

const problem = { code: 'unreadable', column: 'temp', outcome: 'flagged', expected: 'a number' } as const;

function dayOf(seed: number): PartitionQuality {
  const samples = [{ partition: null, row: seed, line: seed + 1, found: 'x' }];
  return {
    quality: madeDay(200, seed, { problems: [{ ...problem, count: 3, samples }] }),
    skipped: { comment: { count: 8, lines: [1, 2, 3, 4, 5, 6, 7, 8] } },
  };
}

function sumOf(seeds: readonly number[]) {
  const sum = createRunSum();
  for (const seed of seeds) sum.add(`day-${seed}`, dayOf(seed));
  return sum.total();
}

test('the quality of a run counts its partitions and says which of them a sample is from', () => {
  const { partitions, quality, skipped } = sumOf([1, 2, 3]);
  assert.equal(partitions, 3);
  assert.equal(quality.rows.read, 600);
  assert.equal(quality.problems[0]!.count, 9);
  assert.deepEqual(
    quality.problems[0]!.samples.map(({ partition, row }) => [partition, row]),
    [
      ['day-1', 1],
      ['day-2', 2],
      ['day-3', 3],
    ],
  );
  assert.equal(skipped[0]!.count, 24);
  assert.deepEqual(
    skipped[0]!.lines.map(({ partition }) => partition).slice(7),
    ['day-1', 'day-2', 'day-2'],
    'ten lines at most',
  );
});

test('the quality of a run does not grow with its partitions', () => {
  const bytes = (partitions: number) =>
    JSON.stringify(sumOf(Array.from({ length: partitions }, (_, i) => i % 7))).length;
  assert.ok(bytes(140) < 1.2 * bytes(14), `${bytes(14)} bytes for 14, ${bytes(140)} for 140`);
});
