import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deathWatch } from '../../src/process/death-watch.js';
import type { PartitionRecord } from '../../src/run/records/record.js';
import { isAlive } from '../process/is-alive.js';
import { childrenOf, isBusyInModel } from '../process/processes.js';
import { until } from '../until.js';
import { lastLine, type Workdir, workdir } from '../workdir.js';
import { full, modelRun, published, rowsOf, sampleRun } from './made-job.js';

interface Reject {
  readonly row: number;
  readonly problems: readonly string[];
}

function rejects(dir: Workdir, partition: string): Reject[] {
  const text = dir.read(`out/_rejects/part-${partition}.ndjson`).trimEnd();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Reject);
}

/** Returns the profiles of a partition's record, reduced to the parts that do not depend on order. */
function binsOf(dir: Workdir, partition: string) {
  const record = JSON.parse(dir.read(`out/_nightshift/partitions/${partition}.json`)) as PartitionRecord;
  const { raw, outputs } = record.quality!;
  return [...raw, ...outputs].map(({ name, rows, distinct, numbers }) => ({
    name,
    rows,
    distinct,
    sketch: numbers?.sketch,
  }));
}

describe('a model that ends its process (SIGFPE) on some rows', () => {
  it('costs those rows, which are rejected by name; all others are scored', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', 'run: { batch_rows: 16 }\n');
    dir.write(
      'in/bad.csv',
      rowsOf(300, (row) => row === 7 || row === 250),
    );
    dir.write('in/good.csv', rowsOf(50));
    const ran = dir.call(['run', job]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /a worker was ended by SIGFPE/);
    assert.deepEqual(
      rejects(dir, 'bad').map(({ row }) => row),
      [7, 250],
    );
    assert.match(rejects(dir, 'bad')[0]!.problems.join(), /model-/);
    const { rows } = lastLine(ran);
    assert.deepEqual([rows.read, rows.scored, rows.rejected], [350, 348, 2]);
  });
});

describe('profiles that a worker adds up', () => {
  it('count each slice once, however many workers die with what they hold', () => {
    const isBad = (row: number) => row === 7 || row === 500;
    const ways = ['workers: 1', 'workers: 1, chunk_bytes: 1KiB', 'workers: 3, chunk_bytes: 1KiB'];
    const bins = ways.map((way) => {
      const dir = workdir();
      const job = modelRun(dir, 'ends-its-process', `run: { batch_rows: 4, ${way} }\n`);
      dir.write('in/a.csv', rowsOf(600, isBad));
      const ran = dir.call(['run', job]);
      assert.equal(ran.code, 0, ran.stderr);
      assert.match(ran.stderr, /a worker was ended by SIGFPE/);
      return binsOf(dir, 'a');
    });
    assert.deepEqual(
      bins[0]!.map(({ rows }) => rows),
      [600, 600, 598],
    );
    assert.deepEqual(bins[1], bins[0]);
    assert.deepEqual(bins[2], bins[0]);
  });
});

/** Waits until a run's only worker is in the call of a model that never ends. */
function untilStuck(dir: Workdir, pid: number): Promise<void> {
  const hasBegun = () => dir.has('out/_nightshift/attempts/a.json');
  return until(() => hasBegun() && childrenOf(pid).some(isBusyInModel), 'no worker is busy in the model');
}

describe('a model that never ends on some row', () => {
  it('is stopped by batch_timeout; the row is rejected, the others are scored', () => {
    const dir = workdir();
    const job = modelRun(dir, 'never-ends', 'batch_timeout: 400ms\nrun: { workers: 1, batch_rows: 16 }\n');
    dir.write(
      'in/a.csv',
      rowsOf(40, (row) => row === 31),
    );
    const ran = dir.call(['run', job]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /a batch took longer than 0\.4 s/);
    assert.deepEqual(
      rejects(dir, 'a').map(({ row }) => row),
      [31],
    );
    assert.equal(lastLine(ran).rows.scored, 39);
  });

  it('a limit longer than any timer is no limit of zero', () => {
    const dir = workdir();
    const long = 'batch_timeout: 9999999d\nrun: { workers: 1, max_duration: 9999999d }\n';
    const job = modelRun(dir, 'ends-its-process', long);
    dir.write('in/a.csv', rowsOf(40));
    const ran = dir.call(['run', job]);
    assert.equal(ran.code, 0, ran.stderr);
  });

  it('is dropped by SIGTERM within ten seconds: exit 143, and the rerun resumes', async () => {
    const dir = workdir();
    const job = modelRun(dir, 'never-ends', 'run: { workers: 1 }\n');
    dir.write(
      'in/a.csv',
      rowsOf(40, (row) => row === 31),
    );
    dir.write('in/b.csv', rowsOf(40));
    const { pid, ended } = dir.start(['run', job]);
    await untilStuck(dir, pid);
    const workers = childrenOf(pid);
    const start = performance.now();
    process.kill(pid, 'SIGTERM');
    const ran = await ended;
    assert.equal(ran.code, 143, ran.stderr);
    assert.ok(performance.now() - start < 10_000);
    assert.equal(lastLine(ran).reason, 'interrupted');
    assert.ok(
      workers.every((worker) => !isAlive(worker)),
      'a worker outlived the run',
    );
    dir.write('in/a.csv', rowsOf(40));
    const again = dir.call(['run', job, '--quiet']);
    assert.equal(again.code, 0, again.stderr);
  });

  it('ends at once when the main process is killed, and the rerun finds nothing in its way', {
    skip: deathWatch() === null && 'needs Linux and setpriv of util-linux',
  }, async () => {
    const dir = workdir();
    const job = modelRun(dir, 'never-ends', 'run: { workers: 1 }\n');
    dir.write(
      'in/a.csv',
      rowsOf(40, (row) => row === 31),
    );
    const { pid, ended } = dir.start(['run', job]);
    await untilStuck(dir, pid);
    const workers = childrenOf(pid);
    assert.ok(workers.length > 0 && workers.every(isAlive));
    process.kill(pid, 'SIGKILL');
    assert.equal((await ended).signal, 'SIGKILL');
    await until(() => !workers.some(isAlive), 'a worker outlived the run');
    dir.write('in/a.csv', rowsOf(40));
    const again = dir.call(['run', job, '--quiet']);
    assert.equal(again.code, 0, again.stderr);
  });
});

describe('a model that eats memory on some row', () => {
  it('is stopped at run.memory with exit 6, the other partitions are published, and the rerun resumes', () => {
    const dir = workdir();
    const job = modelRun(dir, 'eats-memory', 'run: { workers: 1, memory: 700MiB }\n');
    dir.write('in/a.csv', rowsOf(40));
    dir.write(
      'in/b.csv',
      rowsOf(40, (row) => row === 31),
    );
    const ran = dir.nightshift(['run', job]);
    assert.equal(ran.code, 6, ran.stdout + ran.stderr);
    assert.equal(lastLine(ran).reason, 'memory-budget');
    assert.match(ran.stderr, /memory limit was reached: \d+ MiB of 700 MiB/);
    assert.ok('part-a.csv' in published(dir));
    dir.write('in/b.csv', rowsOf(40));
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
  });
});

describe('a worker that is killed from outside', () => {
  const times = full ? 20 : 1;
  it(`costs one slice, which is tried again, and what it held of profiles: the same bytes, ${times} times`, async () => {
    const calm = workdir();
    assert.equal(calm.call(['run', sampleRun(calm, { days: '2013-01-04*' }), '--quiet']).code, 0);
    for (let i = 0; i < times; i++) {
      const dir = workdir();
      const { pid, ended } = dir.start(['run', sampleRun(dir, { days: '2013-01-04*' })]);
      let killed = 0;
      const hunt = (async () => {
        while (killed < 1 + (i % 2) && isAlive(pid)) {
          // The first worker tries the model out before; all are there when partitions are being marked.
          const busy = dir.has('out/_nightshift/attempts/2013-01-04.json');
          const [worker] = busy ? childrenOf(pid) : [];
          if (worker !== undefined) {
            try {
              process.kill(worker, 'SIGKILL');
              killed++;
            } catch {}
          }
          await sleep(20);
        }
      })();
      const ran = await ended;
      await hunt;
      assert.equal(ran.code, 0, ran.stderr);
      assert.ok(killed > 0, 'no worker was met');
      assert.deepEqual(published(dir), published(calm));
      assert.deepEqual(binsOf(dir, '2013-01-04'), binsOf(calm, '2013-01-04'));
    }
  });
});
