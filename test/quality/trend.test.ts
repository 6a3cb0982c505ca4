import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trendFindings, trendPoint, trendRuns } from '../../src/quality/trend.js';
import { madeDay, madePartition, madeSummary, madeTrend } from './made-run.js';

const before = madeTrend(20);
const usual = { ...before.at(-1)!, run_id: 'now' };

test('a run like the last ones has nothing to tell', () => {
  assert.deepEqual(trendFindings(before, usual), []);
});

test('what is far from the middle of the last runs is told with both figures', () => {
  const rejected = trendFindings(before, { ...usual, rejected_share: 0.04 });
  assert.deepEqual(
    rejected.map(({ sentence }) => sentence),
    ['rejected rows: 4 %, where the last 20 runs had about 0.069 %'],
  );
  const fewer = trendFindings(before, { ...usual, rows_read: 300 });
  assert.match(fewer[0]!.sentence, /^rows read: 300, where the last 20 runs had about 9\d\d$/);
  const cold = trendFindings(before, { ...usual, means: { temp: 200 } });
  assert.deepEqual(
    cold.map(({ name }) => name),
    ['temp'],
  );
});

test('says nothing before there are five runs to compare with, nor of an empty run', () => {
  assert.deepEqual(trendFindings(before.slice(0, 4), { ...usual, rejected_share: 0.5 }), []);
  assert.deepEqual(trendFindings(before, { ...usual, rows_read: 0 }), []);
});

test('one odd run among the last ones changes nothing', () => {
  const odd = before.map((run, i) => (i === 7 ? { ...run, rows_read: 9_000_000, rejected_share: 0.9 } : run));
  assert.deepEqual(trendFindings(odd, usual), []);
  assert.equal(trendFindings(odd, { ...usual, rejected_share: 0.04 }).length, 1);
});

test('a summary remembers the last thirty runs, itself the last, and itself but once', () => {
  const many = madeTrend(50);
  const summary = madeSummary([madePartition('2013-01-04', madeDay(800, 2))], { before: many });
  assert.equal(summary.trend.runs.length, trendRuns);
  const { trend, ...rest } = summary;
  assert.deepEqual(trend.runs.at(-1), trendPoint(rest));
  const again = madeSummary([madePartition('2013-01-04', madeDay(800, 2))], { before: trend.runs });
  assert.deepEqual(again.trend.runs, trend.runs);
});
