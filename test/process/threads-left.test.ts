import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { threadsLeft } from '../../src/process/threads-left.js';
import { modelRun, rowsOf } from '../faults/made-job.js';
import { lastLine, main, said, workdir } from '../workdir.js';

/** A user who runs nothing else: the limit counts all threads of a user. */
const user = '43210';
const asUser = ['--reuid', user, '--regid', user, '--clear-groups'];

function runLimited(threads: number, words: readonly string[], cwd: string) {
  const limited = ['prlimit', `--nproc=${threads}`, ...words];
  const { status, signal, stdout, stderr } = spawnSync('setpriv', [...asUser, ...limited], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, HOME: cwd, XDG_CACHE_HOME: undefined, TMPDIR: cwd },
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  return { code: status, signal, stdout, stderr };
}

const canLimit = runLimited(60, [process.execPath, main, '--version'], '/').code === 0;

describe('a user who may start few processes and threads', {
  skip: !canLimit && 'needs root and setpriv, and a program that every user may read',
}, () => {
  const dir = workdir();
  after(() => dir.remove());
  const job = modelRun(dir, 'never-ends');
  dir.write('in/a.csv', rowsOf(20));
  for (const folder of ['', '/in']) chmodSync(`${dir.path}${folder}`, 0o777);

  for (const [command, ...limits] of [
    ['run', 12, 20],
    ['check', 14],
    ['profile', 17],
  ] as const)
    for (const threads of limits)
      it(`${command} with ${threads} ends at once with 5, and says how many there may be`, () => {
        const start = performance.now();
        const words = [process.execPath, main, command, job];
        const ran = runLimited(threads, words, dir.path);
        assert.equal(ran.code, 5, ran.stderr);
        const text = command === 'run' ? lastLine(ran).error?.message : ran.stdout + said(ran);
        assert.match(text ?? '', /because only \d+ of the 11 threads that it needs may be started/);
        assert.doesNotMatch(ran.stderr, /\n\s+at |Assertion|pthread/);
        assert.ok(performance.now() - start < 25_000, 'a process was waited for that cannot start');
      });

  it('run works with 60', () => {
    const ran = runLimited(60, [process.execPath, main, 'run', job], dir.path);
    assert.equal(ran.code, 0, ran.stderr);
  });
});

it('counts what a control group may still start', (t) => {
  const folder = `/sys/fs/cgroup/pids/nightshift-test-${process.pid}`;
  try {
    mkdirSync(folder);
    writeFileSync(`${folder}/pids.max`, '40');
  } catch {
    t.skip('no control group can be created here');
    return;
  }
  const url = new URL('../../src/process/threads-left.js', import.meta.url).href;
  const script = `console.log((await import('${url}')).threadsLeft())`;
  const shell = `echo $$ > ${folder}/cgroup.procs; exec "$@"`;
  const words = ['-c', shell, 'sh', process.execPath, '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync('sh', words, { encoding: 'utf8' });
  rmdirSync(folder);
  const left = Number(stdout);
  assert.ok(left > 15 && left < 40, stdout + stderr);
});

it('is without limit where nothing limits the threads', () => {
  assert.ok(threadsLeft() > 100);
});
