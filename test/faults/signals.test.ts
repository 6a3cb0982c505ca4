import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { groupOf, hasTakenSignals, isBusyInModel } from '../process/processes.js';
import { startGroup } from '../process/start-group.js';
import { until } from '../until.js';
import { lastLine, main, type Ran, type Workdir, workdir } from '../workdir.js';
import { full, modelRun, published, rowsOf } from './made-job.js';

const needsProc = process.platform !== 'linux' && 'needs /proc';

/** The process that tries the model out, once it is busy in the model. */
async function probeOf(group: number): Promise<number> {
  const isProbe = (pid: number) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').match(/probe-child|workers.entry/) !== null;
    } catch {
      return false;
    }
  };
  let pid: number | undefined;
  await until(() => {
    pid = groupOf(group).find((each) => isProbe(each) && isBusyInModel(each));
    return pid !== undefined;
  }, 'nobody tries the model out');
  return pid!;
}

function neverAnswers(): Workdir {
  const dir = workdir();
  modelRun(dir, 'never-answers', 'run: { workers: 1 }\n');
  dir.write('in/a.csv', rowsOf(40));
  return dir;
}

const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 143, SIGKILL: null } as const;

describe('a run that is ended while a model that never answers is tried out', { skip: needsProc }, () => {
  for (const [i, [signal, code]] of Object.entries(codes).entries()) {
    for (const [j, to] of (['the main process', 'the group'] as const).entries()) {
      for (const [k, command] of ['run', 'check'].entries()) {
        // Half of them in the quick suite: each signal with either command, each with either target.
        if (!full && (i + j + k) % 2 === 1) continue;
        it(`leaves no process: ${signal} to ${to} of ${command}`, async () => {
          const dir = neverAnswers();
          const { pid, ended } = startGroup(dir, [command, 'job.yaml']);
          await probeOf(pid);
          process.kill(to === 'the group' ? -pid : pid, signal);
          const ran = await ended;
          assert.equal(ran.code, code, ran.stderr);
          if (code !== null && command === 'run') {
            assert.equal(lastLine(ran).exit_code, code);
            assert.equal(lastLine(ran).reason, 'interrupted');
          }
          await until(() => groupOf(pid).length === 0, 'a process stayed');
          dir.remove();
        });
      }
    }
  }

  it('ends with 5 when the process that tries it out is killed', async () => {
    const dir = neverAnswers();
    const { pid, ended } = startGroup(dir, ['run', 'job.yaml']);
    process.kill(await probeOf(pid), 'SIGKILL');
    const ran = await ended;
    assert.equal(ran.code, 5, ran.stderr);
    assert.equal(lastLine(ran).reason, 'probe-killed');
    await until(() => groupOf(pid).length === 0, 'a process stayed');
    dir.remove();
  });
});

describe('a hang-up while a run scores', { skip: needsProc }, () => {
  /** Starts a run, hangs up once it has planned, and waits for its end; the model never ends on row 1. */
  async function hangUp(env: NodeJS.ProcessEnv, badRow: number | null): Promise<{ ran: Ran; dir: Workdir }> {
    const dir = workdir();
    modelRun(dir, 'never-ends', 'run: { workers: 1 }\n');
    dir.write(
      'in/a.csv',
      rowsOf(2_000, (row) => row === badRow),
    );
    const { pid, ended } = startGroup(dir, ['run', 'job.yaml'], env);
    await until(() => readdirSync(dir.path).includes('out'), 'the run does not begin');
    process.kill(pid, 'SIGHUP');
    return { ran: await ended, dir };
  }

  it('ends it like SIGTERM', async () => {
    const { ran } = await hangUp({ _: '/usr/bin/node' }, 1_000);
    assert.equal(ran.code, 143, ran.stderr);
    assert.equal(lastLine(ran).reason, 'interrupted');
    assert.match(lastLine(ran).error!.message, /SIGHUP/);
  });

  it('does not end it under nohup', async () => {
    const { ran, dir } = await hangUp({ _: '/usr/bin/nohup' }, null);
    assert.equal(ran.code, 0, ran.stderr);
    assert.ok(published(dir)['_SUCCESS'] !== undefined);
  });
});

it('a signal that comes twice at once, as under npx and timeout, ends a run with its whole report', {
  skip: needsProc,
}, async () => {
  const dir = workdir();
  modelRun(dir, 'never-ends', 'run: { workers: 1 }\n');
  dir.write('in/a.csv', rowsOf(40));
  dir.write(
    'in/b.csv',
    rowsOf(40, (row) => row === 20),
  );
  const { pid, ended } = startGroup(dir, ['run', 'job.yaml']);
  await until(() => dir.has('out/part-a.csv'), 'the first partition is not published');
  process.kill(pid, 'SIGINT');
  // At once two signals of one name would be delivered as one, and two of different names in either order.
  await sleep(50);
  process.kill(pid, 'SIGINT');
  const ran = await ended;
  assert.equal(ran.code, 130, ran.stderr);
  assert.deepEqual(
    [lastLine(ran).reason, lastLine(ran).partitions.planned, lastLine(ran).partitions.published],
    ['interrupted', 2, 1],
  );
});

it('SIGUSR1 opens no debugger', { skip: needsProc }, async () => {
  const dir = neverAnswers();
  const { pid, ended } = startGroup(dir, ['run', 'job.yaml']);
  const probe = await probeOf(pid);
  for (const one of groupOf(pid)) process.kill(one, 'SIGUSR1');
  await until(() => groupOf(pid).every(hasTakenSignals), 'a signal is not delivered');
  assert.ok(groupOf(pid).includes(probe));
  process.kill(pid, 'SIGTERM');
  const { code, stderr } = await ended;
  assert.equal(code, 143);
  assert.doesNotMatch(stderr, /Debugger listening/);
});

describe('a standard stream on a full disk', { skip: needsProc }, () => {
  function runInto(stdout: 'pipe' | number, stderr: 'pipe' | number, args: readonly string[]) {
    const dir = workdir();
    modelRun(dir, 'never-ends', 'run: { isolation: none }\n');
    dir.write('in/a.csv', rowsOf(40));
    const child = spawn(process.execPath, [main, 'run', 'job.yaml', ...args], {
      cwd: dir.path,
      stdio: ['ignore', stdout, stderr],
    });
    const texts = { stdout: '', stderr: '' };
    child.stdout?.on('data', (text) => {
      texts.stdout += text;
    });
    child.stderr?.on('data', (text) => {
      texts.stderr += text;
    });
    return new Promise<Ran & { readonly dir: Workdir }>((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal, ...texts, dir }));
    });
  }

  for (const form of [['--json'], ['--text'], []]) {
    it(`stderr ${form.join()}: the run goes on and says so in its last line`, async () => {
      const ran = await runInto('pipe', openSync('/dev/full', 'w'), form);
      assert.equal(ran.code, 0);
      assert.ok(published(ran.dir)['_SUCCESS'] !== undefined);
      const { log_loss } = lastLine(ran) as unknown as { readonly log_loss?: string };
      assert.match(log_loss ?? '', /^standard error could not be written \(ENOSPC\): \d+ writes? w/);
    });
  }

  it('stdout: a run without a last line ends with 5 and says why', async () => {
    const ran = await runInto(openSync('/dev/full', 'w'), 'pipe', ['--text']);
    assert.equal(ran.code, 5);
    assert.match(ran.stderr, /the last line could not be written to standard output \(ENOSPC\)/);
    assert.ok(published(ran.dir)['_SUCCESS'] !== undefined);
  });
});
