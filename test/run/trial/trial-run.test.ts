import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { timesOf, trialSlices } from '../../../src/run/trial/trial-run.js';

/** Marks of slices of so many rows that took so much of each process. */
function marksOf(slices: readonly (readonly [main: number, worker: number])[], rows = 10_000) {
  let [main, worker] = [0, 0];
  return slices.map(([more, work]) => {
    main += more;
    worker += work;
    return { rows, main, worker };
  });
}

describe('the times of a trial run', () => {
  it('separates the rows of warm processes from what warms them', () => {
    const cold = [9000, 7000, 5000, 4000, 3500].map((work) => [500, work] as const);
    const warm = [3000, 3000, 9000, 3000, 3000].map((work) => [200, work] as const);
    const marks = marksOf([...cold, ...warm]);
    const { main, worker } = marks.at(-1)!;
    const times = timesOf(marks, { main: main + 50, worker })!;
    assert.deepEqual(times.perRow, { main: 0.02, worker: 0.3 });
    assert.deepEqual(times.warming, { main: 5 * 300 + 50, worker: 28_500 - 15_000 + 6000 });
    assert.equal(times.isWarm, true);
  });

  it('counts slices that are half warm as warming, if others follow them', () => {
    const work = [9000, 7000, 5000, 4000, 2500, 2500, 2500, 2500, 1000, 1000, 1000, 1000];
    const marks = marksOf(work.map((each) => [200, each] as const));
    assert.equal(trialSlices, work.length);
    const { perRow, warming } = timesOf(marks, marks.at(-1)!)!;
    assert.deepEqual(perRow, { main: 0.02, worker: 0.1 });
    assert.deepEqual(warming, { main: 0, worker: 39_000 - 12 * 1000 });
    assert.equal(timesOf(marks.slice(0, 8), marks[7]!)!.perRow!.worker, 0.25);
  });

  it('takes the last slice of a short input, and says that nothing was warm', () => {
    const slices = [
      [50_000, 900_000],
      [40_000, 700_000],
    ] as const;
    const marks = marksOf(slices, 100_000);
    const times = timesOf(marks, marks.at(-1)!)!;
    assert.deepEqual(times.perRow, { main: 0.4, worker: 7 });
    assert.equal(times.isWarm, false);
    assert.equal(timesOf([], { main: 0, worker: 0 }), null);
  });

  it('tells nothing of a row where there are few, unless they take long', () => {
    const ended = { main: 1000, worker: 90_000 };
    const all = { perRow: null, warming: ended, isWarm: false };
    assert.deepEqual(timesOf([{ rows: 842, ...ended }], ended), all);
    // Ten slices of a few rows each are short, however many they are.
    const ten = (worker: number) => marksOf(Array(10).fill([100, worker]), 84);
    assert.deepEqual(timesOf(ten(9000), ended), all);
    assert.deepEqual(timesOf(ten(84_000), { main: 1000, worker: 840_000 })!.perRow, {
      ...{ main: 100 / 84, worker: 1000 },
    });
  });
});
