import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { modelRun, rowsOf } from '../faults/made-job.js';
import { until } from '../until.js';
import { main, said, type Workdir, workdir } from '../workdir.js';

const settings = 'run: { workers: 1, isolation: none }\n';

/** What a piped run left: `out` holds bytes, of which the scores are. */
interface Piped {
  readonly code: number | null;
  readonly out: Buffer;
  readonly stderr: string;
}

/** Starts `nightshift run job.yaml ARGS` with a temporary folder of its own, `tmp`. */
function startPiped(dir: Workdir, args: readonly string[]) {
  mkdirSync(join(dir.path, 'tmp'), { recursive: true });
  const child = spawn(process.execPath, [main, 'run', 'job.yaml', ...args], {
    cwd: dir.path,
    env: { ...process.env, TMPDIR: join(dir.path, 'tmp') },
  });
  child.stdin.on('error', () => {});
  const out: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (piece: Buffer) => out.push(piece));
  child.stderr.on('data', (text: Buffer) => {
    stderr += text;
  });
  const ended = new Promise<Piped>((resolve) => {
    child.on('close', (code) => resolve({ code, out: Buffer.concat(out), stderr }));
  });
  return { child, ended };
}

async function pipe(dir: Workdir, args: readonly string[], input: string | Uint8Array): Promise<Piped> {
  const { child, ended } = startPiped(dir, args);
  child.stdin.end(input);
  return ended;
}

const lastOf = ({ stderr }: Piped) => JSON.parse(stderr.trimEnd().split('\n').at(-1)!);
const left = (dir: Workdir) => readdirSync(join(dir.path, 'tmp')).filter((name) => !/^node/.test(name));
const both = ['--input', '-', '--output', '-'];

describe('a run from a pipe', () => {
  it('writes what the run of a file publishes, and its last line to stderr', async () => {
    const dir = workdir();
    modelRun(dir, 'ends-its-process', settings);
    dir.write('in/a.csv', rowsOf(500));
    for (const format of ['csv', 'jsonl']) {
      dir.write('job.yaml', dir.read('job.yaml').replace(/format: \w+/, `format: ${format}`));
      const file = dir.call(['run', 'job.yaml', '--output', `out-${format}`]);
      assert.equal(file.code, 0, file.stderr);
      const expected = dir.read(`out-${format}/part-a.${format}`).replaceAll('a.csv', 'stdin');
      for (const input of [dir.read('in/a.csv'), gzipSync(dir.read('in/a.csv'))]) {
        const piped = await pipe(dir, both, input);
        assert.equal(piped.code, 0, piped.stderr);
        assert.equal(piped.out.toString(), expected);
        assert.deepEqual([lastOf(piped).output, lastOf(piped).summary], ['-', null]);
        assert.equal(lastOf(piped).rows.scored, 500);
        assert.match(said(piped), /a run from a pipe cannot be resumed/);
        assert.deepEqual(left(dir), []);
      }
    }
  });

  it('writes one scored file, also where the job splits its input', async () => {
    const dir = workdir();
    modelRun(dir, 'ends-its-process', 'run: { workers: 1, isolation: none, chunk_bytes: 1KiB }\n');
    const whole = await pipe(dir, both, rowsOf(500));
    dir.write('job.yaml', dir.read('job.yaml').replace('in/*.csv', 'in/*.csv, split: 1KiB'));
    dir.write('in/stdin', rowsOf(500));
    for (const input of [
      ['--input', '-'],
      ['--input', 'in/stdin'],
    ]) {
      const split = await pipe(dir, [...input, '--output', '-'], rowsOf(500));
      assert.equal(split.code, 0, split.stderr);
      assert.equal(split.out.toString(), whole.out.toString());
    }
  });

  it('publishes into a folder as any run does, and rescores other data', async () => {
    const dir = workdir();
    modelRun(dir, 'ends-its-process', settings);
    for (const rows of [10, 20]) {
      const { code, out, stderr } = await pipe(dir, ['--input', '-'], rowsOf(rows));
      assert.equal(code, 0, stderr);
      const line = JSON.parse(out.toString());
      assert.deepEqual([line.rows.scored, line.partitions.published], [rows, 1]);
      assert.ok(existsSync(join(dir.path, 'out/_SUCCESS')));
    }
    assert.deepEqual(left(dir), []);
  });

  it('writes nothing to stdout where it does not end with 0', async () => {
    const dir = workdir();
    modelRun(dir, 'ends-its-process', settings);
    const cases: [string, readonly string[], number][] = [
      ['', [], 99],
      ['other,names\n1,2\n', [], 2],
      [`${rowsOf(50)}7,`, ['--exit-on-check'], 3],
      [`${rowsOf(5)}x,y\nz,w\nx,y\n`, [], 3],
    ];
    dir.write('job.yaml', dir.read('job.yaml').replace('50%', '10%'));
    for (const [input, args, code] of cases) {
      const piped = await pipe(dir, [...both, ...args], input);
      assert.deepEqual([piped.code, piped.out.length], [code, 0], piped.stderr);
      assert.equal(lastOf(piped).exit_code, code);
      assert.deepEqual(left(dir), []);
    }
  });

  it('ends at a signal and at its deadline while it waits for data', async () => {
    const dir = workdir();
    modelRun(dir, 'ends-its-process', settings);
    const waiting = startPiped(dir, both);
    waiting.child.stdin.write(rowsOf(10));
    const waits = () =>
      readdirSync(join(dir.path, 'tmp')).some((name) => name.startsWith('nightshift-pipe-'));
    await until(waits, 'the run does not wait for data');
    waiting.child.kill('SIGTERM');
    const stopped = await waiting.ended;
    assert.deepEqual([stopped.code, stopped.out.length], [143, 0], stopped.stderr);
    assert.equal(lastOf(stopped).reason, 'interrupted');

    dir.write('job.yaml', dir.read('job.yaml').replace('workers: 1', 'workers: 1, max_duration: 1s'));
    const late = startPiped(dir, both);
    late.child.stdin.write(rowsOf(10));
    const ended = await late.ended;
    assert.deepEqual([ended.code, lastOf(ended).reason], [6, 'time-budget'], ended.stderr);
    assert.match(lastOf(ended).error.message, /"run.max_duration" was reached after 66 B of standard/);
    assert.deepEqual(left(dir), []);
  });

  it('ends with 5 if the reader goes away before all rows are written', async () => {
    const dir = workdir();
    modelRun(dir, 'ends-its-process', settings);
    dir.write('job.yaml', dir.read('job.yaml').replace(/format: \w+/, 'format: csv'));
    const { child, ended } = startPiped(dir, both);
    child.stdout.once('data', () => child.stdout.destroy());
    child.stdin.end(rowsOf(50_000));
    const { code, stderr } = await ended;
    assert.equal(code, 5, stderr);
    assert.match(stderr, /standard output failed before all of it was written: its reader closed it/);
    assert.deepEqual(left(dir), []);
  });

  it('removes what a killed run left, and nothing of a run that lives', async () => {
    const dir = workdir();
    modelRun(dir, 'ends-its-process', settings);
    const killed = startPiped(dir, both);
    const living = startPiped(dir, both);
    const folders = () => left(dir).filter((name) => name.startsWith('nightshift-pipe-'));
    await until(() => folders().length === 2, 'the runs do not wait for data');
    killed.child.kill('SIGKILL');
    await killed.ended;
    const piped = await pipe(dir, both, rowsOf(10));
    assert.equal(piped.code, 0, piped.stderr);
    assert.equal(left(dir).length, 1);
    living.child.stdin.end(rowsOf(20));
    const { code, stderr } = await living.ended;
    assert.equal(code, 0, stderr);
    assert.deepEqual(left(dir), []);
  });

  it('is refused in one sentence where a pipe makes no sense', () => {
    const dir = workdir();
    modelRun(dir, 'ends-its-process', settings);
    dir.write('in/b.csv', rowsOf(3));
    dir.write('in/c.csv', rowsOf(3));
    const cases: [readonly string[], RegExp][] = [
      [['run', 'job.yaml', '--input', '-', '--shard', '1/2'], /"input.path" is standard input, which only/],
      [['check', 'job.yaml', '--input', '-'], /give this command files: --input PATH/],
      [['status', 'job.yaml', '--output', '-'], /"output.path" is standard output, which only/],
      [['run', 'job.yaml', '--input', '-', '--input', 'in/b.csv'], /either "-" \(standard input\) or files/],
      [['run', 'job.yaml', '--output', '-'], /standard output takes one scored file, but there are \d input/],
    ];
    for (const [args, sentence] of cases) {
      const ran = dir.call([...args]);
      assert.equal(ran.code, 2, ran.stderr);
      assert.match(said(ran), sentence);
    }
  });
});
