import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLine, type Workdir, workdir } from '../workdir.js';
import { full, leftovers, modelRun, published, rowsOf, sampleRun } from './made-job.js';
import { random } from './random.js';

const shards = full ? 8 : 3;
const kills = full ? 50 : 2;

/** The sample days with process workers in the long form; twelve small partitions in the short one. */
function jobIn(dir: Workdir): string {
  if (full) return sampleRun(dir, { workers: 1 });
  for (let i = 0; i < 12; i++) dir.write(`in/${i}.csv`, rowsOf(20 + 200 * i));
  const job = modelRun(dir, 'ends-its-process', 'run: { workers: 1, isolation: none }\n');
  return dir.write('job.yaml', dir.read(job.slice(dir.path.length + 1)).replace('50%', '50%, min_rows: 30'));
}

/** Runs a shard until it ends by itself; as long as `mayKill` says so, kills it after a random time. */
async function runShard(
  dir: Workdir,
  job: string,
  shard: string,
  next: () => number,
  mayKill: () => boolean,
): Promise<void> {
  for (;;) {
    const isKilled = mayKill();
    const { pid, ended } = dir.start(['run', job, '--shard', shard, '--quiet']);
    if (isKilled) {
      await sleep(full ? 200 + 2500 * next() : 150 + 800 * next());
      try {
        process.kill(pid, 'SIGKILL');
      } catch {}
    }
    const ran = await ended;
    if (ran.signal === 'SIGKILL') continue;
    assert.equal(ran.code, 0, ran.stderr);
    return;
  }
}

describe('shards that run at once in one folder', () => {
  it(`leave what a single run leaves: ${shards} shards, ${kills} kills`, { timeout: 900_000 }, async () => {
    const whole = workdir();
    const first = whole.call(['run', jobIn(whole), '--quiet']);
    assert.equal(first.code, 0, first.stderr);
    const dir = workdir();
    const job = jobIn(dir);
    assert.equal(dir.call(['plan', job, '--save']).code, 0);
    const next = random(18);
    let left = kills;
    const mayKill = () => left-- > 0;
    await Promise.all(
      Array.from({ length: shards }, (_, i) => runShard(dir, job, `${i + 1}/${shards}`, next, mayKill)),
    );
    const finished = dir.call(['finish', job, '--quiet']);
    assert.equal(finished.code, 0, finished.stderr);
    assert.deepEqual(published(dir), published(whole));
    assert.deepEqual(leftovers(dir), []);
    assert.deepEqual(lastLine(finished).rows, lastLine(first).rows);
  });
});

describe('a saved plan', () => {
  it('ends shards and finish with 5 when the inputs are no longer its own', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', 'run: { workers: 1, isolation: none }\n');
    for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) dir.write(`in/${name}.csv`, rowsOf(20 + i));
    const saved = dir.call(['plan', job, '--save', '--shards', '3']);
    const { shards: planned } = JSON.parse(saved.stdout) as {
      shards: { shard: string; partitions: number }[];
    };
    assert.deepEqual(
      planned.map(({ shard, partitions }) => [shard, partitions]),
      [
        ['1/3', 1],
        ['2/3', 1],
        ['3/3', 2],
      ],
    );
    assert.equal(dir.call(['run', job, '--shard', '1/3', '--quiet']).code, 0);
    const before = dir.read('in/b.csv');
    for (const [change, message] of [
      [() => dir.write('in/e.csv', rowsOf(3)), /partition "e" was added/],
      [() => dir.remove('in/e.csv'), null],
      [() => dir.write('in/b.csv', rowsOf(3)), /partition "b" was written again/],
      [() => dir.remove('in/b.csv'), /partition "b" is gone/],
    ] as const) {
      change();
      for (const args of [
        ['run', job, '--shard', '2/3'],
        ['finish', job],
      ]) {
        if (message === null) continue;
        const ran = dir.call([...args, '--quiet']);
        assert.equal(ran.code, 5, ran.stderr);
        assert.equal(lastLine(ran).reason, 'plan-changed');
        assert.match(lastLine(ran).error!.message, message);
      }
    }
    dir.write('in/b.csv', before);
    assert.equal(dir.call(['plan', job, '--save']).code, 0);
    for (const shard of ['1/3', '2/3', '3/3'])
      assert.equal(dir.call(['run', job, '--shard', shard, '--quiet']).code, 0);
    const finished = dir.call(['finish', job, '--quiet']);
    assert.equal(finished.code, 0, finished.stderr);
    assert.ok(existsSync(join(dir.path, 'out/_SUCCESS')));
  });
});

describe('calls for single partitions that run at once in one folder', () => {
  it('all publish what is theirs, and nothing twice: 8 at once', { timeout: 300_000 }, async () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', 'run: { workers: 1, isolation: none }\n');
    const names = Array.from({ length: 8 }, (_, i) => `part-${i}`);
    for (const [i, name] of names.entries()) dir.write(`in/${name}.csv`, rowsOf(20 + i));
    const calls = names.map((name) => dir.start(['run', job, '--partition', name, '--quiet']).ended);
    const lines = (await Promise.all(calls)).map((end) => {
      assert.equal(end.code, 0, end.stderr);
      return lastLine(end).partitions;
    });
    assert.deepEqual(
      lines,
      names.map(() => ({ planned: 1, published: 1, failed: 0, skipped: 0 })),
    );
    const finished = dir.call(['finish', job, '--quiet']);
    assert.equal(finished.code, 0, finished.stderr);
    const { rows, partitions } = lastLine(finished);
    assert.deepEqual(partitions, { planned: 8, published: 0, failed: 0, skipped: 8 });
    assert.equal(rows.scored, rows.read);
    assert.deepEqual(leftovers(dir), []);
    assert.ok(existsSync(join(dir.path, 'out/_SUCCESS')));
  });
});

describe('finish', () => {
  it('runs many times, and several at once, to the same end', { timeout: 120_000 }, async () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', 'run: { workers: 1, isolation: none }\n');
    const text = dir.read('job.yaml').replace('max_rejected: 50%', 'max_rejected: 50%, min_rows: 30');
    dir.write('job.yaml', text);
    for (const [i, name] of ['a', 'b'].entries()) dir.write(`in/${name}.csv`, rowsOf(20 + i));
    for (const shard of ['1/2', '2/2'])
      assert.equal(dir.call(['run', job, '--shard', shard, '--quiet']).code, 0);
    const ends = await Promise.all(
      Array.from({ length: 3 }, () => dir.start(['finish', job, '--quiet']).ended),
    );
    const lines = ends.map((end) => {
      assert.equal(end.code, 0, end.stderr);
      const { run_id: _, partitions, ...same } = lastLine(end);
      assert.equal(partitions.published + partitions.skipped, 2);
      return { ...same, published: partitions.published };
    });
    assert.deepEqual(lines.map((line) => line.published).sort(), [0, 0, 2]);
    for (const line of lines) assert.deepEqual({ ...line, published: 2 }, { ...lines[0], published: 2 });
    const before = published(dir);
    assert.equal(dir.call(['finish', job, '--quiet']).code, 0);
    assert.deepEqual(published(dir), before);
    assert.deepEqual(leftovers(dir), []);
  });
});
