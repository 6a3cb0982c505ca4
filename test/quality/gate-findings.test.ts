import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closedGates, foldColumns, sentencesText } from '../../src/quality/gate-findings.js';
import type { GateResult } from '../../src/quality/gates.js';
import { madeDay, madePartition, madeSummary } from './made-run.js';

const unreadable = (column: string): GateResult => ({
  gate: 'max_problems',
  code: 'unreadable',
  column,
  scope: 'run',
  figure: 1,
  limit: 0.05,
  severity: 'warn',
  passed: false,
  sentence: `unreadable values of ${column}`,
});

test('one finding names the columns of a file that lost its numbers; three columns have one each', () => {
  const summary = madeSummary([madePartition('2013-01-04', madeDay(400, 3))]);
  const findingsOf = (columns: readonly string[]) =>
    foldColumns(closedGates({ ...summary, gates: columns.map(unreadable) })).map(({ sentence }) => sentence);
  assert.deepEqual(findingsOf(['a', 'b', 'c']), [
    'unreadable values of a',
    'unreadable values of b',
    'unreadable values of c',
  ]);
  assert.deepEqual(findingsOf(['a', 'b', 'c', 'd', 'e', 'f']), [
    'unreadable values of a (and 5 more columns: b, c, d and 2 more)',
  ]);
});

test('what holds a partition back is said in at most three sentences', () => {
  assert.equal(sentencesText(['a', 'b', 'c']), 'a; b; c');
  assert.equal(sentencesText(['a', 'b', 'c', 'd', 'e']), 'a; b; c; and 2 more');
});
