import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { until } from '../until.js';
import { lastLine, type Workdir, workdir } from '../workdir.js';
import { full, modelRun, oneProcess, published, rowsOf } from './made-job.js';

interface Fault {
  readonly title: string;
  readonly strike: (file: string, dir: Workdir) => void;
  readonly reason: RegExp;
  readonly quick?: true;
}

const rows = 150_000;
const body = rowsOf(rows);

const faults: readonly Fault[] = [
  { title: 'truncated', strike: (file) => truncateSync(file, 1000), reason: /^input-changed$/, quick: true },
  { title: 'appended to', strike: (file) => appendFileSync(file, '9999999,1\n'), reason: /^input-changed$/ },
  {
    title: 'replaced',
    strike: (file, dir) => renameSync(dir.write('other.csv', rowsOf(10)), file),
    reason: /^input-changed$/,
  },
  {
    title: 'written again with the same length',
    strike: (file) => {
      const text = readFileSync(file, 'utf8').replace('1,100\n', '1,999\n');
      dirWrite(file, text);
    },
    reason: /^input-changed$/,
  },
  {
    title: 'taken away',
    strike: (file) => renameSync(file, `${file}.gone`),
    reason: /^(storage-away|input-changed)$/,
  },
];

function dirWrite(file: string, text: string): void {
  appendFileSync(file, '');
  truncateSync(file, 0);
  appendFileSync(file, text);
}

describe('an input that is changed while it is read', () => {
  for (const { title, strike, reason, quick } of faults) {
    if (!full && quick === undefined) continue;
    it(`fails its partition alone, with the reason: ${title}`, async () => {
      const dir = workdir();
      const job = modelRun(dir, 'ends-its-process', 'run: { workers: 1, chunk_bytes: 16KiB }\n');
      dir.write('in/a.csv', rowsOf(100));
      const file = dir.write('in/b.csv', body);
      const { ended } = dir.start(['run', job]);
      await until(() => isBeingWritten(dir, 'b'), 'no row is scored');
      strike(file, dir);
      const ran = await ended;
      assert.equal(ran.code, 4, ran.stderr);
      const status = JSON.parse(dir.call(['status', job, '--json']).stdout) as {
        partitions: { partition: string; state: string; reason: string; exit_code: number; why: string }[];
      };
      const b = status.partitions.find(({ partition }) => partition === 'b') ?? recordOf(dir, 'b');
      assert.match(b.reason, reason, JSON.stringify(b));
      assert.equal(b.exit_code, 5);
      assert.match(b.why, /b\.csv/);
      assert.ok('part-a.csv' in published(dir) && !('part-b.csv' in published(dir)));
      dir.write('in/b.csv', rowsOf(100));
      const again = dir.call(['retry', job, '--quiet']);
      assert.equal(again.code, 0, again.stderr);
      assert.equal(lastLine(again).partitions.published, 1);
      assert.ok('_SUCCESS' in published(dir));
    });
  }
});

/** Returns true once scored rows of a partition lie in staging. */
function isBeingWritten(dir: Workdir, partition: string): boolean {
  const folder = join(dir.path, 'out/_nightshift/staging', partition);
  if (!existsSync(folder)) return false;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.some((name) => (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0) > 0);
}

function recordOf(dir: Workdir, partition: string): { reason: string; exit_code: number; why: string } {
  const { failure } = JSON.parse(dir.read(`out/_nightshift/partitions/${partition}.json`)) as {
    failure: { reason: string; exitCode: number; message: string };
  };
  return { reason: failure.reason, exit_code: failure.exitCode, why: failure.message };
}

describe('an input that may not be read', () => {
  it('fails its partition with the reason, the others are published', (t) => {
    if (process.getuid?.() === 0) return t.skip('root may read everything');
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', oneProcess);
    dir.write('in/a.csv', rowsOf(10));
    chmodSync(dir.write('in/b.csv', rowsOf(10)), 0);
    const ran = dir.call(['run', job, '--quiet']);
    assert.equal(ran.code, 4, ran.stderr);
    assert.match(ran.stderr, /b\.csv.*permission denied/);
  });
});

describe('what a published partition depends on', () => {
  const change: readonly [string, (dir: Workdir, job: string) => void, RegExp][] = [
    ['the input', (dir) => void dir.write('in/a.csv', rowsOf(31)), /input size, input modification time/],
    [
      'the job',
      (dir) => void dir.write('job.yaml', dir.read('job.yaml').replace('int64, m', 'int32, m')),
      /job/,
    ],
    ['a published file that is gone', (dir) => dir.remove('out/part-a.csv'), /published file part-a\.csv/],
  ];

  it('is told by status when it changes, and scored again; nothing else is', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', oneProcess);
    dir.write('in/a.csv', rowsOf(30));
    dir.write('in/b.csv', rowsOf(30));
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
    const before = dir.call(['run', job, '--quiet']);
    assert.deepEqual(lastLine(before).partitions, { planned: 2, published: 0, failed: 0, skipped: 2 });
    for (const [what, strike, why] of full ? change : change.slice(0, 1)) {
      strike(dir, job);
      const status = dir.call(['status', job]);
      assert.match(status.stdout, why, what);
      const again = dir.call(['run', job, '--quiet']);
      assert.equal(again.code, 0, again.stderr);
      assert.ok(lastLine(again).partitions.published >= 1, what);
      if (what !== 'the job') assert.equal(lastLine(again).partitions.skipped, 1, what);
    }
  });

  it('is its content where the job says `identity: sha256`: touching changes nothing, a changed byte does', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', `identity: sha256\n${oneProcess}`);
    const file = dir.write('in/a.csv', rowsOf(30));
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
    dir.write('in/a.csv', rowsOf(30));
    assert.equal(lastLine(dir.call(['run', job, '--quiet'])).partitions.skipped, 1);
    dirWrite(file, rowsOf(30).replace('1,100\n', '1,999\n'));
    assert.equal(lastLine(dir.call(['run', job, '--quiet'])).partitions.published, 1);
  });

  it('removes files of inputs that are no longer there once the new set is complete, and only what is still ours', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', oneProcess);
    for (const name of ['a', 'b', 'c']) dir.write(`in/${name}.csv`, rowsOf(30));
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
    dir.remove('in/b.csv');
    dir.remove('in/c.csv');
    // As long as ours, and not ours any more.
    dir.write('out/part-c.csv', dir.read('out/part-c.csv').replace('id', 'ID'));
    dir.write('out/part-d.csv', 'and this\n');
    assert.equal(dir.call(['run', job, '--quiet']).code, 0);
    const left = Object.keys(published(dir)).filter((name) => name.startsWith('part-'));
    assert.deepEqual(left, ['part-a.csv', 'part-c.csv', 'part-d.csv']);
    assert.equal(dir.readOr(join('out', '_rejects', 'part-b.ndjson'), 'gone'), 'gone');
  });
});
