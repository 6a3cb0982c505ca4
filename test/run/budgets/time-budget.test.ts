import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BudgetError } from '../../../src/errors.js';
import { clockFor, timeBudget } from '../../../src/run/budgets/time-budget.js';

const hour = 3_600_000;

/** A budget of one hour from `start`, and the errors that it stopped a run with. */
function budgetOf(option: 'run.max_duration' | 'run.finish_by', start: number) {
  const stopped: string[] = [];
  const actions = {
    stop: (error: Error) => void stopped.push(error.message),
    note: () => {},
    hasProgress: () => true,
  };
  return { tell: timeBudget({ atMs: start + hour, option }, start, actions), stopped };
}

test('a clock that is set does not end a run by its duration, and ends one by its time of day', (t) => {
  const start = Date.now();
  const duration = { ...budgetOf('run.max_duration', start), now: clockFor({ option: 'run.max_duration' }) };
  const time = { ...budgetOf('run.finish_by', start), now: clockFor({ option: 'run.finish_by' }) };
  t.mock.method(Date, 'now', () => start + 2 * hour);
  for (const { tell, now } of [duration, time]) tell(0.5, now());
  assert.deepEqual(duration.stopped, []);
  assert.deepEqual(time.stopped, ['"run.finish_by" was reached with 50 % of the work done']);
});

test('a clock that is set back does not let a run stay beyond its duration', (t) => {
  const start = Date.now();
  const { tell, stopped } = budgetOf('run.max_duration', start);
  const now = clockFor({ option: 'run.max_duration' });
  const began = performance.now();
  t.mock.method(Date, 'now', () => start - 5 * hour);
  t.mock.method(performance, 'now', () => began + hour + 1000);
  tell(0.25, now());
  assert.deepEqual(stopped, ['"run.max_duration" was reached with 25 % of the work done']);
});

test('a duration in which no partition was finished says that another run does not help', () => {
  const hints: (string | null)[] = [];
  for (const hasProgress of [true, false]) {
    const actions = {
      stop: (error: BudgetError) => void hints.push(error.hint),
      note: () => {},
      hasProgress: () => hasProgress,
    };
    timeBudget({ atMs: hour, option: 'run.max_duration' }, 0, actions)(0.5, hour);
  }
  assert.match(hints[0]!, /^run again to continue/);
  assert.match(hints[1]!, /another run would end the same way: raise "run\.max_duration"/);
});
