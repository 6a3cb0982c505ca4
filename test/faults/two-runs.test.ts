import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '../until.js';
import { lastLine, type Ran, said, workdir } from '../workdir.js';
import { full, leftovers, modelRun, published, rowsOf, sampleRun } from './made-job.js';

const tries = full ? 50 : 1;

describe('two runs of one output at once', () => {
  it(`are one that runs and one that exits 5 at once naming the first, ${tries} times`, async () => {
    for (let i = 0; i < tries; i++) {
      const dir = workdir();
      const job = sampleRun(dir, { days: '2013-01-0[14]*' });
      const both = await Promise.all([0, 1].map(() => dir.start(['run', job, '--quiet']).ended));
      const [won, lost] = both.sort((a, b) => a.code! - b.code!) as [Ran, Ran];
      assert.equal(won.code, 0, won.stderr);
      if (lost.code !== 0) {
        assert.equal(lost.code, 5, lost.stderr);
        const { error, reason } = lastLine(lost);
        assert.equal(reason, 'locked');
        assert.match(error!.message, new RegExp(`run ${lastLine(won).run_id} \\(process \\d+ on `));
      } else {
        // The second came so late that the first had ended: then it has nothing left to do.
        const reports = both.map(lastLine).map(({ partitions }) => partitions);
        assert.deepEqual(reports.map(({ skipped }) => skipped).sort(), [0, 2]);
      }
      assert.equal(Object.keys(published(dir)).length, 5);
      assert.deepEqual(leftovers(dir), []);
      dir.remove();
    }
  });
});

describe('shards of one output', () => {
  it('run side by side, leave neither summary nor _SUCCESS, and `finish` makes the whole of them', async () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process');
    for (let i = 0; i < 5; i++) dir.write(`in/${i}.csv`, rowsOf(20 + i));
    const shards = await Promise.all(
      ['1/2', '2/2'].map((shard) => dir.start(['run', job, '--shard', shard, '--quiet']).ended),
    );
    for (const shard of shards) assert.equal(shard.code, 0, shard.stderr);
    assert.deepEqual(
      shards.map((shard) => lastLine(shard).partitions.published),
      [3, 2],
    );
    const loose = Object.keys(dir.hashes('out', (path) => /^_[A-Zsm]/.test(path)));
    assert.deepEqual(loose, []);
    dir.write('in/late.csv', rowsOf(5));
    const early = dir.call(['finish', job, '--quiet']);
    assert.equal(early.code, 5, early.stderr);
    assert.match(said(early), /1 of 6 partitions are not scored .* the first is "late"/);
    assert.ok(!('_SUCCESS' in published(dir)));
    dir.remove('in/late.csv');
    const finished = dir.call(['finish', job, '--quiet']);
    assert.equal(finished.code, 0, finished.stderr);
    assert.deepEqual(lastLine(finished).partitions, { planned: 5, published: 0, failed: 0, skipped: 5 });
    assert.equal(lastLine(finished).rows.read, 20 + 21 + 22 + 23 + 24);
    assert.ok('_SUCCESS' in published(dir));
  });

  it('are refused where they share a partition with a call that is under way', async () => {
    const dir = workdir();
    const job = modelRun(dir, 'never-ends', 'run: { workers: 1 }\n');
    dir.write(
      'in/a.csv',
      rowsOf(40, (row) => row === 31),
    );
    for (const name of ['b', 'c']) dir.write(`in/${name}.csv`, rowsOf(20));
    const first = dir.start(['run', job, '--partition', '[ab]', '--quiet']);
    await until(() => dir.has('out/_nightshift/attempts/a.json'), 'the first run does not begin');
    for (const args of [
      ['--partition', '[bc]'],
      ['--shard', '1/2'],
    ]) {
      const second = dir.call(['run', job, ...args, '--quiet']);
      assert.equal(second.code, 5, second.stderr);
      assert.match(
        lastLine(second).error!.message,
        /^partitions of this call are in use by run \S+ \(process /,
      );
    }
    const beside = dir.call(['run', job, '--partition', 'c', '--quiet']);
    assert.equal(beside.code, 0, beside.stderr);
    process.kill(first.pid, 'SIGTERM');
    assert.equal((await first.ended).code, 143);
    assert.deepEqual(Object.keys(published(dir)).sort(), ['_rejects/part-c.ndjson', 'part-c.csv']);
  });

  it('hold their partitions until `finish` when a gate is on the whole run', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process');
    dir.write(
      'job.yaml',
      dir.read('job.yaml').replace('max_rejected: 50%', 'max_rejected: 50%, min_rows: 30'),
    );
    for (let i = 0; i < 2; i++) dir.write(`in/${i}.csv`, rowsOf(20));
    for (const shard of ['1/2', '2/2']) {
      const ran = dir.call(['run', job, '--shard', shard, '--quiet']);
      assert.equal(lastLine(ran).reason, 'held');
      assert.deepEqual(Object.keys(published(dir)), []);
    }
    const status = JSON.parse(dir.call(['status', job, '--json']).stdout) as { sentence: string };
    assert.equal(status.sentence, '2 held');
    const finished = dir.call(['finish', job, '--quiet']);
    assert.equal(finished.code, 0, finished.stderr);
    assert.equal(Object.keys(published(dir)).length, 5);
    assert.deepEqual(leftovers(dir), []);
  });
});

describe('a gate on the whole run that closes', () => {
  it('publishes nothing, exits 3, writes the summary all the same, and opens again when the job is mended', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process');
    const text = dir.read('job.yaml');
    dir.write('job.yaml', text.replace('max_rejected: 50%', 'min_rows: 1000'));
    for (let i = 0; i < 3; i++) dir.write(`in/${i}.csv`, rowsOf(20));
    const closed = dir.call(['run', job, '--quiet']);
    assert.equal(closed.code, 3, closed.stderr);
    assert.deepEqual(Object.keys(published(dir)), []);
    assert.deepEqual(leftovers(dir), []);
    const summary = JSON.parse(dir.read('out/_summary.json')) as {
      exit_code: number;
      partitions: { held_back: number };
    };
    assert.deepEqual([summary.exit_code, summary.partitions.held_back], [3, 3]);
    dir.write('job.yaml', text);
    assert.equal(dir.call(['retry', job, '--quiet']).code, 0);
    assert.equal(Object.keys(published(dir)).length, 7);
  });
});
