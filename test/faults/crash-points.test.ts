import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lastLine, workdir } from '../workdir.js';
import { points } from './commit-points.js';
import { full, leftovers, published, sampleRun } from './made-job.js';

/** The protocol is the main process' own: the quick suite starts no workers. */
const oneDay = { days: '2013-01-04*', ...(full ? {} : ({ workers: 1, isolation: 'none' } as const)) };

const undisturbed = () => {
  const dir = workdir();
  assert.equal(dir.call(['run', sampleRun(dir, oneDay), '--quiet']).code, 0);
  return published(dir);
};

describe('a crash between two steps of the commit protocol', () => {
  const expected = undisturbed();
  assert.equal(Object.keys(expected).length, 3);

  for (const { at, held, quick } of points) {
    if (!full && quick === undefined) continue;
    it(`is recovered by the next run: after "${at}"${held ? ', held for the run' : ''}`, () => {
      const dir = workdir();
      const job = sampleRun(dir, { ...oneDay, held });
      const crashed = dir.nightshift(['run', job, '--quiet'], { NIGHTSHIFT_CRASH_AT: at });
      assert.equal(crashed.signal, 'SIGKILL', `the run did not reach "${at}": ${crashed.stderr}`);
      assert.ok(!existsSync(join(dir.path, 'out', '_SUCCESS')));
      const again = dir.call(['run', job]);
      assert.equal(again.code, 0, again.stderr);
      assert.deepEqual(published(dir), expected);
      assert.deepEqual(leftovers(dir), []);
      if (at === 'held') assert.match(again.stderr, /"skipped":1,/);
      const isScoredAgain = lastLine(again).partitions.skipped === 0;
      const wasSafe = ['intended', 'moved-0', 'moved-1', 'synced', 'recorded', 'forgotten'].includes(at);
      if (wasSafe || ['released', 'settled', 'manifested'].includes(at))
        assert.ok(!isScoredAgain, 'what was decided to be published was scored a second time');
    });
  }

  it('is recovered when recovery itself crashes, at each of its steps', {
    skip: !full && 'a long one: make faults',
  }, () => {
    const dir = workdir();
    const job = sampleRun(dir, { ...oneDay, held: false });
    for (const at of full
      ? ['intended', 'moved-0', 'moved-1', 'synced', 'recorded']
      : ['intended', 'moved-1', 'recorded']) {
      const crashed = dir.nightshift(['run', job, '--quiet'], { NIGHTSHIFT_CRASH_AT: at });
      assert.equal(crashed.signal, 'SIGKILL', at);
    }
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
    assert.deepEqual(published(dir), expected);
    assert.deepEqual(leftovers(dir), []);
  });
});
