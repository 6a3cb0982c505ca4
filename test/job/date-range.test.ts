import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datesBetween } from '../../src/job/date-range.js';

test('dates are days, months or years, both ends included', () => {
  assert.deepEqual(datesBetween('2012-02-28', '2012-03-01'), ['2012-02-28', '2012-02-29', '2012-03-01']);
  assert.deepEqual(datesBetween('2012-11', '2013-01'), ['2012-11', '2012-12', '2013-01']);
  assert.deepEqual(datesBetween('2012', '2013'), ['2012', '2013']);
  assert.deepEqual(datesBetween('2013-01-04', '2013-01-04'), ['2013-01-04']);
  assert.equal(datesBetween('2000-01-01', '2029-12-31').length, 10_958);
});

test('dates that are no range are refused by the option at fault', () => {
  for (const [from, to, message] of [
    ['2013-02-30', '2013-03-01', /"--from" must be .*found 2013-02-30/],
    ['2013-02-01', '2013-13', /"--to" must be .*found 2013-13/],
    ['20130101', '20130102', /"--from" must be/],
    ['2013-01', '2013-01-02', /must both be days, months or years/],
    ['2013-01-02', '2013-01-01', /"--to" must not be before "--from"/],
    ['1900-01-01', '2013-01-01', /at most 11000 dates apart/],
  ] as const)
    assert.throws(() => datesBetween(from, to), message);
});
