import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool } from '../../src/workers/pool.js';
import { keepWorkers, startPrewarmed } from '../../src/workers/prewarmed.js';
import { isAlive } from '../process/is-alive.js';
import { until } from '../until.js';

const stage = new URL('./stages/tricky.js', import.meta.url);

const untilGone = (pid: number) => until(() => !isAlive(pid), `process ${pid} is still there`);

test('a pool takes the processes that were started ahead before it starts its own, and those left over end', async () => {
  const prewarmed = startPrewarmed(3, stage);
  const pool = createPool({
    size: 2,
    isolation: 'process',
    stage,
    plan: 'plan',
    taskTimeoutMs: null,
    prewarmed,
  });
  const left = prewarmed.take({ onMessage: () => {}, onEnd: () => {} });
  assert.notEqual(left, null);
  assert.equal(prewarmed.take({ onMessage: () => {}, onEnd: () => {} }), null, 'the pool took two of three');
  try {
    assert.deepEqual(await pool.opened(), { opened: 'plan' });
    const context = { key: 'a', value: 'a' };
    const results = await Promise.all([1, 2, 3].map((task) => pool.run(context, task)));
    assert.deepEqual(
      results.map((result) => (result as { task: number }).task),
      [1, 2, 3],
    );
  } finally {
    left?.kill();
    await pool.close(500);
  }
  await untilGone(left!.pid!);
});

test("processes that nobody took end when the prewarmed are closed, a taken one is its taker's", async () => {
  const prewarmed = startPrewarmed(2, stage);
  const taken = prewarmed.take({ onMessage: () => {}, onEnd: () => {} })!;
  const [left] = prewarmed.pids();
  assert.notEqual(left, taken.pid);
  prewarmed.close();
  assert.equal(prewarmed.take({ onMessage: () => {}, onEnd: () => {} }), null);
  await untilGone(left!);
  assert.ok(isAlive(taken.pid!));
  taken.kill();
  await untilGone(taken.pid!);
});

test('a spare that died meanwhile is not handed out', async () => {
  const prewarmed = startPrewarmed(1, stage);
  const [pid] = prewarmed.pids();
  process.kill(pid!, 'SIGKILL');
  await until(() => prewarmed.pids().length === 0, 'the death of the process is not noticed');
  assert.equal(prewarmed.take({ onMessage: () => {}, onEnd: () => {} }), null);
  prewarmed.close();
});

/** Does `work` while every process that is started ends before our code runs in it. */
async function whileNoneStarts(work: () => Promise<void>): Promise<void> {
  const before = process.env['NODE_OPTIONS'] ?? '';
  process.env['NODE_OPTIONS'] = '--require ./there-is-no-such-file.cjs';
  try {
    await work();
  } finally {
    process.env['NODE_OPTIONS'] = before;
  }
}

test('a pool of which no process starts fails with a temporary error that names the limits', () =>
  whileNoneStarts(async () => {
    const pool = createPool({ size: 2, isolation: 'process', stage, plan: 'plan', taskTimeoutMs: null });
    await assert.rejects(pool.opened(), {
      reason: 'worker-ended',
      exitCode: 5,
      message: 'a worker ended with exit code 1 while it started, three times in a row',
      hint: /ulimit -u/,
    });
    await pool.close(500);
  }));

test('a pool of which only some processes start continues with those', async () => {
  const prewarmed = startPrewarmed(1, stage);
  await whileNoneStarts(async () => {
    const options = { size: 3, isolation: 'process', stage, plan: 'plan', taskTimeoutMs: null } as const;
    const pool = createPool({ ...options, prewarmed });
    const context = { key: 'a', value: 'a' };
    const tasks = Array.from({ length: 30 }, (_, i) => i);
    const results = await Promise.all(tasks.map((task) => pool.run(context, task)));
    assert.deepEqual(
      results.map((result) => (result as { task: number }).task),
      tasks,
    );
    await pool.close(500);
  });
});

test('a pool takes the workers that others have opened and released as they are', async () => {
  const kept = keepWorkers();
  const options = { size: 1, isolation: 'process', stage, taskTimeoutMs: null } as const;
  const run = (pool: ReturnType<typeof createPool>, task: number) => pool.run({ key: 'a', value: 'a' }, task);
  const first = createPool({ ...options, plan: 'first' });
  await run(first, 1);
  await first.drop('a');
  const pids = first.pids();
  kept.add(first.release());
  assert.deepEqual([first.pids(), kept.pids()], [[], pids]);
  await first.close(500);
  const second = createPool({ ...options, plan: 'second', prewarmed: kept });
  try {
    assert.deepEqual(await second.opened(), { opened: 'first' });
    assert.deepEqual(second.pids(), pids);
    assert.equal(((await run(second, 2)) as { task: number }).task, 2);
    assert.deepEqual(kept.pids(), []);
  } finally {
    await second.close(500);
  }
  await untilGone(pids[0]!);
});

test('a busy worker is not released, and one that died is not kept', async () => {
  const kept = keepWorkers();
  const pool = createPool({ size: 1, isolation: 'process', stage, plan: 'plan', taskTimeoutMs: null });
  const running = pool.run({ key: 'a', value: 'a' }, 1);
  assert.deepEqual(pool.release(), []);
  await running;
  const released = pool.release();
  process.kill(released[0]!.pid!, 'SIGKILL');
  await until(() => released[0]!.signalCode !== null, 'the death of the process is not noticed');
  kept.add(released);
  assert.deepEqual(kept.pids(), []);
  await pool.close(500);
});
