import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { timesOf } from '../../../src/run/score/trial-run.js';

/** Marks of slices of 1,000 rows that took so much of each process. */
function marksOf(slices: readonly (readonly [main: number, worker: number])[]) {
  let [main, worker] = [0, 0];
  return slices.map(([more, work]) => {
    main += more;
    worker += work;
    return { rows: 1000, main, worker };
  });
}

describe('the times of a trial run', () => {
  it('separates the rows of warm processes from what warms them', () => {
    const cold = [9000, 7000, 5000, 4000, 3500].map((work) => [500, work] as const);
    const warm = [3000, 3000, 9000, 3000, 3000].map((work) => [200, work] as const);
    const marks = marksOf([...cold, ...warm]);
    const { main, worker } = marks.at(-1)!;
    const times = timesOf(marks, { main: main + 50, worker })!;
    assert.deepEqual(times.perRow, { main: 0.2, worker: 3 });
    assert.deepEqual(times.warming, { main: 5 * 300 + 50, worker: 28_500 - 15_000 + 6000 });
    assert.equal(times.isWarm, true);
  });

  it('takes the last slice of a short input, and says that nothing was warm', () => {
    const marks = marksOf([
      [500, 9000],
      [400, 7000],
    ]);
    const times = timesOf(marks, marks.at(-1)!)!;
    assert.deepEqual(times.perRow, { main: 0.4, worker: 7 });
    assert.equal(times.isWarm, false);
    assert.equal(timesOf([], { main: 0, worker: 0 }), null);
  });
});
