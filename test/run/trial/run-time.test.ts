import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type RunFigures, timeOf } from '../../../src/run/trial/run-time.js';

const figures: RunFigures = {
  trial: {
    perRow: { main: 0.5, worker: 4 },
    warming: { main: 200_000, worker: 300_000 },
    isWarm: true,
  },
  scoring: { own: 3, tried: 3 },
  start: { main: 600_000, worker: 700_000 },
  workers: 2,
  cores: 8,
  isParallel: true,
  stretch: 1,
};

describe('the time of a run', () => {
  it('starts every worker once, and shares the rows among them', () => {
    assert.deepEqual(timeOf(figures), {
      cpu: { fixed: 0.8 + 2 * 1, perMillion: 4.5 },
      elapsed: { fixed: 1, perMillion: 2 },
    });
  });

  it('takes the scoring of the candidate in place of that of the trial', () => {
    assert.equal(timeOf({ ...figures, scoring: { own: 1, tried: 3 } }).cpu.perMillion, 2.5);
  });

  it('is bound by the cores, by the main process, and by what else runs on the machine', () => {
    assert.equal(timeOf({ ...figures, cores: 2 }).elapsed.perMillion, 2.25);
    assert.equal(timeOf({ ...figures, workers: 32, cores: 64 }).elapsed.perMillion, 0.5);
    assert.equal(timeOf({ ...figures, stretch: 3 }).elapsed.perMillion, 6);
  });

  it('is that of the rows that were tried where they are too few to tell more', () => {
    const { cpu, elapsed } = timeOf({ ...figures, trial: { ...figures.trial, perRow: null } });
    assert.deepEqual(
      [cpu, elapsed],
      [
        { fixed: 2.8, perMillion: null },
        { fixed: 1, perMillion: null },
      ],
    );
  });

  it('counts everything in the main process where workers are no processes', () => {
    const trial = { ...figures.trial, perRow: { main: 4, worker: 0 } };
    const one = timeOf({ ...figures, trial, isParallel: false, scoring: { own: 5, tried: 3 } });
    assert.deepEqual([one.cpu.perMillion, one.elapsed.perMillion], [6, 6]);
  });
});
