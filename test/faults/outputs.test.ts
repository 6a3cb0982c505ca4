import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { until } from '../until.js';
import { lastLine, said, workdir } from '../workdir.js';
import { full, leftovers, modelRun, oneProcess, published, rowsOf } from './made-job.js';
import { mount, noMount } from './mount.js';

const isRoot = process.getuid?.() === 0;

describe('a disk that is full', { skip: noMount }, () => {
  // The output takes about 1.1 MiB: these sizes run out at the start, while scoring, at the commit, at the
  // summary.
  const sizes = full
    ? [
        512, 1024, 1100, 1150, 1200, 1250, 1300, 1350, 1400, 1500, 1600, 1700, 1800, 2000, 2200, 2400, 2600,
        2800,
      ]
    : [1700];
  for (const kib of sizes) {
    it(`of ${kib} KiB is exit 5 naming the folder, with nothing partial published, and the rerun completes`, () => {
      const dir = workdir();
      const job = modelRun(dir, 'ends-its-process', 'run: { workers: 1, chunk_bytes: 32KiB }\n');
      dir.write('in/a.csv', rowsOf(20_000));
      dir.write('in/b.csv', rowsOf(20_000));
      const calm = dir.call(['run', job, '--output', 'calm', '--quiet']);
      assert.equal(calm.code, 0, calm.stderr);
      const whole = dir.hashes('calm', (path) => path.startsWith('part-'));
      const out = join(dir.path, 'out');
      const unmount = mount(out, `size=${kib}k`);
      try {
        const ran = dir.call(['run', job, '--quiet']);
        const files = dir.hashes('out', (path) => path.startsWith('part-'));
        for (const [name, hash] of Object.entries(files))
          assert.equal(hash, whole[name], `${name} is partial`);
        if (ran.code === 0) {
          assert.deepEqual(files, whole);
          assert.ok(existsSync(join(out, '_SUCCESS')));
          return;
        }
        assert.equal(ran.code, 5, ran.stdout + ran.stderr);
        assert.equal(lastLine(ran).reason, 'disk-full');
        assert.ok(ran.stderr.includes(out), ran.stderr);
        assert.ok(!existsSync(join(out, '_SUCCESS')));
        const grown = spawnSync('mount', ['-o', 'remount,size=64m', out]);
        assert.equal(grown.status, 0);
        const again = dir.call(['run', job, '--quiet']);
        assert.equal(again.code, 0, again.stderr);
        assert.deepEqual(
          dir.hashes('out', (path) => path.startsWith('part-')),
          whole,
        );
        assert.deepEqual(leftovers(dir), []);
      } finally {
        unmount();
        dir.remove();
      }
    });
  }
});

describe('an output that cannot be written', () => {
  it('is one sentence and exit 2 where the file system is read-only', { skip: noMount }, () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', oneProcess);
    dir.write('in/a.csv', rowsOf(10));
    const unmount = mount(join(dir.path, 'out'), 'size=1m,ro');
    try {
      const ran = dir.call(['run', job, '--quiet']);
      assert.equal(ran.code, 2, ran.stderr);
      assert.match(
        said(ran),
        /^output ".*out" cannot be written: its file system is read-only \(choose another output\)\n$/,
      );
    } finally {
      unmount();
    }
  });

  it('is one sentence and exit 2 where this user may not write', {
    skip: isRoot && 'root may write everywhere',
  }, () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', oneProcess);
    dir.write('in/a.csv', rowsOf(10));
    mkdirSync(join(dir.path, 'out'));
    chmodSync(join(dir.path, 'out'), 0o500);
    const ran = dir.call(['run', job, '--quiet']);
    assert.equal(ran.code, 2, ran.stderr);
    assert.match(ran.stderr, /permission denied/);
  });

  it('is one sentence where a file stands in its place', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', oneProcess);
    dir.write('in/a.csv', rowsOf(10));
    dir.write('out', 'a file');
    const ran = dir.call(['run', job, '--quiet']);
    assert.equal(ran.code, 2, ran.stderr);
    assert.match(ran.stderr, /a part of its path is a file/);
  });

  it('is exit 5 when it vanishes while the run goes on, and the rerun completes', async () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', 'run: { workers: 1, chunk_bytes: 16KiB, retries: 0 }\n');
    dir.write('in/a.csv', rowsOf(60_000));
    const { ended } = dir.start(['run', job]);
    await until(() => dir.has('out/_nightshift/attempts/a.json'), 'the run does not begin');
    renameSync(join(dir.path, 'out'), join(dir.path, 'gone'));
    const ran = await ended;
    assert.equal(ran.code, 5, ran.stdout + ran.stderr);
    assert.doesNotMatch(ran.stderr, /\n\s+at /);
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
    assert.ok('part-a.csv' in published(dir));
  });
});

describe('links planted in the output folder', () => {
  const planted = ['_nightshift', '_rejects', '_nightshift/staging', '_nightshift/partitions'];
  for (const name of full ? planted : planted.slice(0, 2)) {
    it(`lead nothing out of it: ${name}`, () => {
      const dir = workdir();
      const job = modelRun(dir, 'ends-its-process', oneProcess);
      dir.write('in/a.csv', rowsOf(10));
      mkdirSync(join(dir.path, 'elsewhere'));
      mkdirSync(join(dir.path, 'out', name, '..'), { recursive: true });
      symlinkSync(join(dir.path, 'elsewhere'), join(dir.path, 'out', name));
      const ran = dir.call(['run', job, '--quiet']);
      assert.equal(ran.code, 2, ran.stderr);
      assert.match(ran.stderr, /symbolic link, which is not allowed there/);
      assert.deepEqual(readdirSync(join(dir.path, 'elsewhere')), []);
    });
  }

  it('are replaced, not followed, where a published file goes', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', oneProcess);
    dir.write('in/a.csv', rowsOf(10));
    const victim = dir.write('victim', 'untouched');
    mkdirSync(join(dir.path, 'out'));
    for (const name of ['part-a.csv', '_summary.json', '_SUCCESS'])
      symlinkSync(victim, join(dir.path, 'out', name));
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
    assert.equal(dir.read('victim'), 'untouched');
    assert.match(dir.read('out/part-a.csv'), /^id,/);
  });
});
