import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../until.js';
import { lastLine, type Ran, type Workdir, workdir } from '../workdir.js';
import { modelRun, rowsOf } from './made-job.js';

const preload = fileURLToPath(new URL('./hang-disk.js', import.meta.url));

/** Starts a run whose disk stops answering once the output folder exists. */
function startOnHungDisk(more: string): { dir: Workdir; pid: number; ended: Promise<Ran> } {
  const dir = workdir();
  execFileSync('mkfifo', [join(dir.path, 'pipe')]);
  modelRun(dir, 'never-ends', `run: { workers: 1${more} }\n`);
  dir.write('in/a.csv', rowsOf(2_000));
  const env = {
    NODE_OPTIONS: `--import ${preload}`,
    HANG_AT: join(dir.path, 'out'),
    HANG_IN: join(dir.path, 'pipe'),
    UV_THREADPOOL_SIZE: '4',
  };
  return { dir, ...dir.start(['run', 'job.yaml'], env) };
}

// Node waits for its threads before it exits, so SIGKILL has to end the process: exit code 137 for a shell.
describe('a disk that does not answer', { skip: process.platform !== 'linux' && 'needs /proc' }, () => {
  it('does not keep a run beyond "run.max_duration"', { timeout: 120_000 }, async () => {
    const { ended } = startOnHungDisk(', max_duration: 3s');
    const ran = await ended;
    assert.equal(ran.signal, 'SIGKILL', ran.stderr);
    assert.equal(lastLine(ran).exit_code, 6);
    assert.equal(lastLine(ran).reason, 'time-budget');
    assert.match(ran.stderr, /could not end by itself within 8 s: a disk or a network mount may not answer/);
  });

  it('does not keep a run that was told to stop', { timeout: 120_000 }, async () => {
    const { dir, pid, ended } = startOnHungDisk('');
    await until(() => existsSync(join(dir.path, 'out')), 'the run does not begin');
    process.kill(pid, 'SIGTERM');
    const ran = await ended;
    assert.equal(ran.signal, 'SIGKILL', ran.stderr);
    assert.equal(lastLine(ran).exit_code, 143);
  });
});
