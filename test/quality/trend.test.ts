import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrendPoint } from '../../src/quality/summary.js';
import { type TrendRun, trendFindings, trendPoint, trendRuns } from '../../src/quality/trend.js';
import { madeDay, madePartition, madeSummary, madeTrend } from './made-run.js';

const before = madeTrend(20);
const usual = { ...before.at(-1)!, run_id: 'now' };

const whole: TrendRun = {
  isWhole: true,
  unwatched: new Set(),
  spreads: new Map([
    ['temp', 10],
    ['dep_delay', 40],
  ]),
};
const findingsOf = (earlier: readonly TrendPoint[], now: TrendPoint, more: Partial<TrendRun> = {}) =>
  trendFindings(earlier, now, { ...whole, ...more });

test('a run like the last ones has no finding', () => {
  assert.deepEqual(findingsOf(before, usual), []);
});

test('a figure far from the median of the last runs is reported with both figures', () => {
  const rejected = findingsOf(before, { ...usual, rejected_share: 0.04 });
  assert.deepEqual(
    rejected.map(({ sentence }) => sentence),
    ['rejected rows: 4 %, compared with about 0.069 % in the last 20 runs'],
  );
  const fewer = findingsOf(before, { ...usual, rows_read: 300 });
  assert.match(fewer[0]!.sentence, /^rows read: 300, compared with about 9\d\d in the last 20 runs$/);
  const cold = findingsOf(before, { ...usual, means: { temp: 200 } });
  assert.deepEqual(
    cold.map(({ name }) => name),
    ['temp'],
  );
});

test('far more rows than in any of a few runs are to be checked', () => {
  const few = before.slice(-2);
  const most = Math.max(...few.map((run) => run.rows_read));
  assert.deepEqual(findingsOf(few, { ...usual, rows_read: 5 * most }), []);
  const [more] = findingsOf(few, { ...usual, rows_read: 5 * most + 1 });
  assert.equal(more?.level, 'check');
  assert.match(more?.sentence ?? '', /^rows read: 4,\d{3}, compared with 9\d\d or fewer in the last 2 runs$/);
});

test('what a weekday, a holiday or a season does is a note, what is farther is to be checked', () => {
  const levels = (now: Partial<TrendPoint>, more: Partial<TrendRun> = {}) =>
    findingsOf(before, { ...usual, ...now }, more).map(({ level }) => level);
  assert.deepEqual(levels({ rows_read: 650 }), ['note']);
  assert.deepEqual(levels({ rows_read: 400 }), ['check']);
  assert.deepEqual(levels({ rows_read: 1500 }), ['check']);
  assert.deepEqual(levels({ flagged_share: 0.09 }), ['note']);
  assert.deepEqual(levels({ flagged_share: 0.3 }), ['check']);
  assert.deepEqual(levels({ missing_shares: { dep_delay: 0.08 } }), ['note']);
  assert.deepEqual(levels({ missing_shares: { dep_delay: 0.3 } }), ['check']);
  assert.deepEqual(levels({ means: { dep_delay: 12 } }), ['note'], 'less than half a standard deviation');
  assert.deepEqual(levels({ means: { dep_delay: 60 } }), ['check']);
  assert.deepEqual(levels({ score_means: { score: 0.4 } }), ['note'], 'a flag: less than twice as many');
  assert.deepEqual(levels({ score_means: { score: 0.6 } }), ['check']);
  assert.deepEqual(levels({ score_means: { score: 0.1 } }), ['check']);
  assert.deepEqual(levels({ means: { dep_delay: 60 } }, { unwatched: new Set(['dep_delay']) }), []);
});

test('says nothing before there are five runs to compare with, nor of an empty run', () => {
  assert.deepEqual(findingsOf(before.slice(0, 4), { ...usual, rejected_share: 0.5 }), []);
  assert.deepEqual(findingsOf(before, { ...usual, rows_read: 0 }), []);
});

test('one odd run among the last ones changes nothing', () => {
  const odd = before.map((run, i) => (i === 7 ? { ...run, rows_read: 9_000_000, rejected_share: 0.9 } : run));
  assert.deepEqual(findingsOf(odd, usual), []);
  assert.equal(findingsOf(odd, { ...usual, rejected_share: 0.04 }).length, 1);
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
