import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alarmRate, chiSquareBound, ratesDiffer } from '../../src/quality/noise.js';

/** Probability of at least `least` successes in `trials` trials of rate `rate`, summed term by term. */
function atLeast(least: number, trials: number, rate: number): number {
  let term = (1 - rate) ** trials;
  let below = 0;
  for (let k = 0; k < least; k++) {
    below += term;
    term *= ((trials - k) / (k + 1)) * (rate / (1 - rate));
  }
  let tail = 0;
  for (let k = least; k <= trials; k++) {
    tail += term;
    term *= ((trials - k) / (k + 1)) * (rate / (1 - rate));
  }
  return below + tail > 0.999_999 ? tail : Number.NaN;
}

const before = { rows: 336_776, missing: 8419 };
const rate = 0.025;

/** The least count of missing rows called different, and the least possible at one error in 100,000. */
function leastFound(rows: number): { readonly ours: number; readonly best: number } {
  let ours = Math.ceil(rows * rate);
  while (!ratesDiffer(ours, rows, before.missing, before.rows)) ours++;
  let best = Math.ceil(rows * rate);
  while (atLeast(best, rows, rate) > alarmRate) best++;
  return { ours, best };
}

test('the bound of one degree of freedom is that of a normal variable, squared', () => {
  assert.ok(Math.abs(chiSquareBound(1) - 19.5115) < 0.001);
  assert.ok(chiSquareBound(2) > 2 * Math.log(1e5));
});

test('missing values twice as many are found as often as the sample allows, and chance is not', () => {
  const found = [900, 1200, 1500, 2000, 3000, 5000].map((rows) => {
    const { ours, best } = leastFound(rows);
    assert.ok(ours >= best && ours <= best + 2, `${rows} rows: ${ours}, ${best} at best`);
    assert.ok(atLeast(ours, rows, rate) < alarmRate, `${rows} rows alarm too often`);
    return [ours, best].map((least) => Math.round(1000 * atLeast(least, rows, 2 * rate)) / 10);
  });
  assert.deepEqual(found, [
    [40.1, 46],
    [67.3, 67.3],
    [81.2, 84.3],
    [95.8, 96.7],
    [99.9, 99.9],
    [100, 100],
  ]);
});

/**
 * The most of `rows` rows called fewer than 0.8 %, and the most possible at one error in 100,000; -1: none.
 */
function mostFound(rows: number): { readonly ours: number; readonly best: number } {
  const share = 0.008;
  let ours = -1;
  while (ratesDiffer(ours + 1, rows, 2694, 336_776)) ours++;
  let best = -1;
  while (1 - atLeast(best + 2, rows, share) < alarmRate) best++;
  return { ours, best };
}

test('rare values that all but vanish are found from the size on at which they can be', () => {
  const found = [900, 1400, 1500, 2000, 3000, 5000].map((rows) => {
    const { ours, best } = mostFound(rows);
    assert.ok(ours <= best && ours >= best - 1, `${rows} rows: ${ours}, ${best} at best`);
    if (ours >= 0) assert.ok(1 - atLeast(ours + 1, rows, 0.008) < alarmRate, `${rows} rows alarm too often`);
    return [ours, best].map((most) =>
      Math.abs(Math.round(1000 * (1 - atLeast(most + 1, rows, 0.0001))) / 10),
    );
  });
  assert.deepEqual(found, [
    [0, 0],
    [0, 0],
    [86.1, 86.1],
    [98.2, 98.2],
    [100, 100],
    [100, 100],
  ]);
});
