import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lastLine, said, type Workdir, workdir } from '../workdir.js';
import { full, modelRun, published, rowsOf } from './made-job.js';
import { memoryGroup } from './memory-group.js';

/** Writes a CSV of about `megabytes` with rows that differ, without holding it in memory. */
async function bigFile(dir: Workdir, name: string, megabytes: number): Promise<string> {
  const path = dir.write(name, 'id,x,text\n');
  const out = createWriteStream(path, { flags: 'a' });
  let id = 0;
  for (let mb = 0; mb < megabytes; mb++) {
    const lines: string[] = [];
    for (let bytes = 0; bytes < 1 << 20; ) {
      id++;
      const line = `${id},${100 + (id % 997)},some text that is not read by anyone and makes the row as long as rows are ${id * 7919}`;
      lines.push(line);
      bytes += line.length + 1;
    }
    if (!out.write(`${lines.join('\n')}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return path;
}

describe('the memory budget', () => {
  it('is kept on a long file: the run finishes within 400 MiB', { timeout: 3_600_000 }, async () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', 'run: { workers: 2, memory: 400MiB }\n');
    await bigFile(dir, 'in/a.csv', full ? 2_000 : 40);
    const ran = dir.nightshift(['run', job]);
    assert.equal(ran.code, 0, ran.stderr.slice(-2000));
    const summary = JSON.parse(dir.read('out/_summary.json')) as {
      memory: { peak_rss_bytes: number; limit_bytes: number };
    };
    assert.equal(summary.memory.limit_bytes, 400 << 20);
    assert.ok(summary.memory.peak_rss_bytes < 400 << 20, `${summary.memory.peak_rss_bytes}`);
    dir.remove();
  });

  it('is the control group’s where there is one of 256 MiB: the run finishes, or exits 6 and resumes, and is never killed', {
    timeout: 7_200_000,
  }, async (t) => {
    const group = memoryGroup(256 << 20);
    if (group === null) return t.skip('needs the right to make a control group');
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', 'run: { workers: 2 }\n');
    await bigFile(dir, 'in/a.csv', full ? 10_000 : 60);
    try {
      const ran = group.nightshift(['run', job], dir.path);
      t.diagnostic(`exit ${ran.code}, peak ${Math.round(group.peak() / 2 ** 20)} MiB of 256`);
      assert.equal(ran.signal, null, ran.stderr.slice(-2000));
      assert.ok(ran.code === 0 || ran.code === 6, `exit ${ran.code}: ${ran.stderr.slice(-2000)}`);
      assert.doesNotMatch(ran.stderr, /SIGKILL/);
      if (ran.code === 6) assert.match(ran.stdout, /"reason":"memory-budget"/);
    } finally {
      group.remove();
      dir.remove();
    }
  });

  it('starts fewer workers than asked for where the memory holds no more, and says so', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', 'run: { workers: 4, memory: 300MiB, chunk_bytes: 1KiB }\n');
    dir.write('in/a.csv', rowsOf(2_000));
    const ran = dir.nightshift(['run', job]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /\d of 4 workers are started: no more fit into the memory of 300 MiB/);
  });
});

describe('the time budget', () => {
  it('stops the run at max_duration with exit 6, and the rerun goes on from there', () => {
    const dir = workdir();
    const slow =
      'batch_timeout: 2s\nrun: { workers: 1, max_duration: 4s, batch_rows: 16, chunk_bytes: 1KiB }\n';
    const job = modelRun(dir, 'never-ends', slow);
    dir.write('in/a.csv', rowsOf(20));
    // Every slice of it holds a row on which the model hangs: scored with patience, it would take minutes.
    dir.write(
      'in/b.csv',
      rowsOf(20_000, (row) => row % 50 === 0),
    );
    const ran = dir.call(['run', job]);
    assert.equal(ran.code, 6, ran.stderr);
    assert.equal(lastLine(ran).reason, 'time-budget');
    assert.match(said(ran), /"run\.max_duration" was reached with \d+ % of the work done/);
    assert.ok(!('_SUCCESS' in published(dir)) && !('part-b.csv' in published(dir)));
    dir.write('in/b.csv', rowsOf(20));
    dir.write('job.yaml', dir.read('job.yaml').replace('max_duration: 4s', 'max_duration: 10m'));
    const again = dir.call(['run', job, '--quiet']);
    assert.equal(again.code, 0, again.stderr);
    const { published: now, skipped } = lastLine(again).partitions;
    assert.equal(now + skipped, 2);
  });
});

// The long runs last as long as they may: side by side they wait only once.
describe('a clock that is set while a run starts', { concurrency: true }, () => {
  const preload = fileURLToPath(new URL('./shift-clock.js', import.meta.url));
  const day = 86_400_000;
  for (const [what, shift] of [
    ['forward', day],
    ['back', -day],
  ] as const) {
    it(`${what}: neither ends a run by its duration nor lets it stay`, async () => {
      const dir = workdir();
      const job = modelRun(dir, 'never-ends', 'batch_timeout: 10s\nrun: { workers: 1, max_duration: 10m }\n');
      dir.write('in/a.csv', rowsOf(20));
      const env = { NODE_OPTIONS: `--import ${preload}`, SHIFT_MS: String(shift) };
      const short = await dir.start(['run', job, '--quiet'], env).ended;
      assert.equal(short.code, 0, short.stderr);
      dir.write(
        'in/b.csv',
        rowsOf(200, (row) => row % 50 === 0),
      );
      dir.write('job.yaml', dir.read('job.yaml').replace('max_duration: 10m', 'max_duration: 4s'));
      const start = performance.now();
      const long = await dir.start(['run', job, '--quiet'], env).ended;
      assert.equal(long.code, 6, long.stderr);
      assert.match(lastLine(long).error!.hint!, /another run would end the same way/);
      assert.ok(performance.now() - start < 60_000);
    });
  }
});

describe('a partition over which the process died four times, alone', () => {
  it('is quarantined and reported, the others are published, and retry tries it again', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', 'run: { workers: 1, isolation: none }\n');
    dir.write('in/a.csv', rowsOf(20));
    // With one worker partitions come one after the other: the first staged is the first in order.
    for (const _ of [1, 2, 3, 4]) {
      const crashed = dir.nightshift(['run', job, '--partition', 'a', '--quiet'], {
        NIGHTSHIFT_CRASH_AT: 'staged',
      });
      assert.equal(crashed.signal, 'SIGKILL');
    }
    dir.write('in/b.csv', rowsOf(20));
    const ran = dir.call(['run', job, '--quiet']);
    assert.equal(ran.code, 4, ran.stderr);
    assert.deepEqual(lastLine(ran).partitions, { planned: 2, published: 1, failed: 1, skipped: 0 });
    const status = dir.call(['status', job]).stdout;
    assert.match(status, /a +failed .*quarantined, because the process crashed on it 4 times/);
    const retried = dir.call(['retry', job, '--quiet']);
    assert.equal(retried.code, 0, retried.stderr);
    assert.ok('_SUCCESS' in published(dir));
  });
});
