import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../until.js';
import { lastLine, type Ran, type Workdir, workdir } from '../workdir.js';
import { modelRun, rowsOf } from './made-job.js';

const preload = fileURLToPath(new URL('./hang-disk.js', import.meta.url));

/** Starts a command whose disk stops answering once the file `at` exists; null: once it has a child process. */
function startOnHungDisk(
  args: readonly string[],
  at: string | null,
  more = '',
): { dir: Workdir; pid: number; ended: Promise<Ran> } {
  const dir = workdir();
  execFileSync('mkfifo', [join(dir.path, 'pipe')]);
  modelRun(dir, 'never-ends', `run: { workers: 1${more} }\n`);
  dir.write('in/a.csv', rowsOf(2_000));
  const env = {
    NODE_OPTIONS: `--import ${preload}`,
    HANG_AT: at === null ? '' : join(dir.path, at),
    HANG_IN: join(dir.path, 'pipe'),
    UV_THREADPOOL_SIZE: '4',
  };
  return { dir, ...dir.start(args, env) };
}

/** True once the program handles SIGHUP, which Node by itself does not. */
function handlesSignals(pid: number): boolean {
  const [, caught] = /^SigCgt:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return (Number.parseInt(caught!.slice(-1), 16) & 1) === 1;
}

function childrenOf(pid: number): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
}

/** The commands; null: the disk stops once it has started a worker, else at once. */
const model = join(process.cwd(), 'test/fixtures/never-ends.onnx');
const commands: readonly (readonly [args: readonly string[], at: 'hung' | null])[] = [
  [['profile', 'job.yaml', '-o', 'base.json'], null],
  [['compare', 'job.yaml', '--models', 'job.yaml'], null],
  [['init', '--model', model, '--input', 'in/a.csv', '-o', 'new.yaml'], 'hung'],
  [['check', 'job.yaml'], 'hung'],
  [['retry', 'job.yaml'], 'hung'],
  [['finish', 'job.yaml'], 'hung'],
  [['plan', 'job.yaml'], 'hung'],
  [['status', 'job.yaml'], 'hung'],
  [['report', 'out'], 'hung'],
  [['inspect', 'in/a.csv'], 'hung'],
  [['repair', 'in/a.csv', '-o', 'b.csv'], 'hung'],
];

// Node waits for its threads before it exits, so SIGKILL has to end the process: exit code 137 for a shell.
describe('a disk that does not answer', { skip: process.platform !== 'linux' && 'needs /proc' }, () => {
  it('does not keep a run beyond "run.max_duration"', { timeout: 120_000 }, async () => {
    const { ended } = startOnHungDisk(['run', 'job.yaml'], 'out', ', max_duration: 3s');
    const ran = await ended;
    assert.equal(ran.signal, 'SIGKILL', ran.stderr);
    assert.equal(lastLine(ran).exit_code, 6);
    assert.equal(lastLine(ran).reason, 'time-budget');
    assert.match(ran.stderr, /could not end by itself within 8 s: a disk or a network mount may not answer/);
  });

  it('does not keep a run that was told to stop', { timeout: 120_000 }, async () => {
    const { dir, pid, ended } = startOnHungDisk(['run', 'job.yaml'], 'out');
    await until(() => existsSync(join(dir.path, 'out')), 'the run does not begin');
    process.kill(pid, 'SIGTERM');
    const ran = await ended;
    assert.equal(ran.signal, 'SIGKILL', ran.stderr);
    assert.equal(lastLine(ran).exit_code, 143);
  });

  it('keeps no command that was told to stop', { timeout: 240_000 }, async () => {
    const all = commands.map(async ([args, at]) => {
      const { dir, pid, ended } = startOnHungDisk(args, at);
      const isReady = () => (at === null ? childrenOf(pid) !== '' : handlesSignals(pid));
      await until(isReady, `${args[0]} does not begin`);
      dir.write('hung', '');
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      process.kill(pid, 'SIGTERM');
      const ran = await ended;
      const said = `${args[0]}: ${ran.code}, ${ran.signal}, ${ran.stderr}`;
      assert.ok(ran.signal === 'SIGKILL' || ran.code === 143, said);
      assert.match(ran.stderr + ran.stdout, /stopped by SIGTERM/, said);
    });
    await Promise.all(all);
  });

  for (const args of [
    ['profile', 'job.yaml', '-o', 'base.json'],
    ['compare', 'job.yaml', '--models', 'job.yaml'],
  ])
    it(`does not keep ${args[0]} beyond "run.max_duration"`, { timeout: 120_000 }, async () => {
      const { ended } = startOnHungDisk(args, null, ', max_duration: 3s');
      const ran = await ended;
      assert.equal(ran.signal, 'SIGKILL', ran.stderr);
      assert.match(ran.stderr, /could not end by itself within 8 s/);
    });
});
