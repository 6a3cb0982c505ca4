import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool } from '../../src/workers/pool.js';
import { startPrewarmed } from '../../src/workers/prewarmed.js';
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
