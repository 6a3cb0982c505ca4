import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../until.js';
import { main, workdir } from '../workdir.js';
import { full, sampleRun } from './made-job.js';
import { random } from './random.js';

const trials = full ? 200 : 5;
const sample = resolve('data-samples/flights/2013-01-04.csv');

/** Returns the arguments of the i-th call: every other one is a run. */
function callOf(i: number, job: string): readonly string[] {
  const others = [
    ['check', job],
    ['profile', job],
    ['compare', job, '--models', job],
    ['repair', sample, '-o', 'clean.parquet'],
    ['inspect', sample],
    ['plan', job],
    ['retry', job],
    ['finish', job],
    ['status', job],
    ['report', 'out'],
  ];
  return i % 2 === 0 ? ['run', job] : others[((i - 1) / 2) % others.length]!;
}

/** How a call may end: by itself, or by a signal to its main process or to its group. */
const ends = [null, 'SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Returns the processes, except zombies, whose working folder is `path`: those that calls started. */
function processesIn(path: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === path;
    } catch {
      return false;
    }
  });
}

it(`no process stays after any end, ${trials} times: by itself, or by a signal at a random instant`, {
  skip: process.platform !== 'linux' && 'needs /proc',
}, async (t) => {
  const next = random(20130101);
  let cut = 0;
  let ms = 3000;
  for (let i = 0; i < trials; i++) {
    const dir = workdir();
    const job = sampleRun(dir, { days: '2013-01-0[14]*', workers: 1 + (i % 3), held: i % 2 === 0 });
    const signal = ends[i % ends.length] ?? null;
    const call = callOf(i, job);
    const start = performance.now();
    const child = spawn(process.execPath, [main, ...call], {
      cwd: dir.path,
      stdio: 'ignore',
      detached: true,
    });
    const ended = once(child, 'exit');
    if (signal !== null) {
      await sleep(next() * ms);
      try {
        process.kill(i % 4 < 2 ? child.pid! : -child.pid!, signal);
        cut++;
      } catch {}
    }
    await ended;
    if (signal === null && call[0] === 'run') ms = performance.now() - start;
    const path = realpathSync(dir.path);
    await until(() => processesIn(path).length === 0, `a process stays: trial ${i}, ${call[0]}, ${signal}`);
    dir.remove();
  }
  t.diagnostic(`${trials} ends, ${cut} by a signal: no process stayed`);
});
