import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { modelRun, published, rowsOf } from '../faults/made-job.js';
import { lastLine, type Workdir, workdir } from '../workdir.js';

const variable = `${'$'}{date}`;

function datedJob(dir: Workdir): string {
  modelRun(dir, 'ends-its-process', 'run: { workers: 1, isolation: none }\n');
  const text = dir
    .read('job.yaml')
    .replace('path: in/*.csv', `path: "in/${variable}*.csv"`)
    .replace('path: out,', `path: "out/${variable}",`);
  return dir.write('job.yaml', text);
}

const lines = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('run --from --to', () => {
  it('runs each date by itself, goes on after one that fails, and skips what is done', () => {
    const dir = workdir();
    const job = datedJob(dir);
    for (const [i, day] of ['01', '02', '04'].entries()) dir.write(`in/2013-01-${day}.csv`, rowsOf(20 + i));
    dir.write('in/2013-01-03.csv', 'id,y\n1,2\n');
    const args = ['run', job, '--from', '2013-01-01', '--to', '2013-01-05', '--quiet', '--text'];
    const first = dir.call(args);
    assert.equal(first.code, 2, first.stderr);
    const all = lines(first.stdout);
    assert.equal(all.length, 6);
    assert.deepEqual(
      all.map(({ date, exit_code }) => [date, exit_code]),
      [
        ['2013-01-01', 0],
        ['2013-01-02', 0],
        ['2013-01-03', 2],
        ['2013-01-04', 0],
        ['2013-01-05', 99],
        [null, 2],
      ],
    );
    const whole = all.at(-1);
    assert.equal(whole.reason, all[2].reason);
    assert.equal(whole.verdict, 'bad');
    assert.deepEqual(whole.error, all[2].error);
    assert.equal(whole.rows.scored, 20 + 21 + 22);
    assert.deepEqual(
      whole.dates.map(({ date, exit_code }: { date: string; exit_code: number }) => [date, exit_code]),
      all.slice(0, 5).map(({ date, exit_code }) => [date, exit_code]),
    );
    assert.match(
      first.stderr,
      /^date +exit +reason .*\n-.*\n2013-01-01 +0 +ok .*\n(.*\n){2}2013-01-04 +0 .*\n2013-01-05 +99 +no-input /m,
    );
    const before = published(dir);
    dir.write('in/2013-01-03.csv', rowsOf(30));
    const second = dir.call(args);
    assert.equal(second.code, 0, second.stderr);
    const { partitions, rows, exit_code } = lastLine(second);
    assert.deepEqual(
      [partitions, rows.scored, exit_code],
      [{ planned: 4, published: 1, failed: 0, skipped: 3 }, 20 + 21 + 22 + 30, 0],
    );
    const after = published(dir);
    for (const name of Object.keys(before)) if (/part-/.test(name)) assert.equal(after[name], before[name]);
    const alone = dir.call(['run', job, '--date', '2013-01-03', '--output', 'alone', '--quiet']);
    assert.equal(alone.code, 0, alone.stderr);
    assert.equal(dir.read('alone/part-2013-01-03.csv'), dir.read('out/2013-01-03/part-2013-01-03.csv'));
  });

  it('ends with 99 if no date has input, and with 2 at once for what no date can mend', () => {
    const dir = workdir();
    const job = datedJob(dir);
    const empty = dir.call(['run', job, '--from', '2013-01', '--to', '2013-02', '--quiet']);
    assert.equal(empty.code, 99, empty.stderr);
    assert.equal(lines(empty.stdout).length, 3);
    for (const [args, message] of [
      [['--from', '2013-01-01'], /give "--from" and "--to" together/],
      [['--from', '2013-01-01', '--to', '2013-01-02', '--date', '2013-01-01'], /without "--date"/],
      [['--from', '2013-01-02', '--to', '2013-01-01'], /must not be before/],
      [
        ['--from', '2013-01-01', '--to', '2013-01-02', '--output', 'same'],
        /every date of the backfill has the same output/,
      ],
    ] as const) {
      const ran = dir.call(['run', job, ...args, '--quiet']);
      assert.equal(ran.code, 2, ran.stderr);
      assert.equal(lastLine(ran).reason, 'usage');
      assert.match(lastLine(ran).error!.message, message);
    }
    dir.write('job.yaml', 'name: [');
    const broken = dir.call(['run', job, '--from', '2013-01-01', '--to', '2013-01-09', '--quiet']);
    assert.equal(broken.code, 2);
    assert.equal(lastLine(broken).reason, 'job-file');
  });
});
