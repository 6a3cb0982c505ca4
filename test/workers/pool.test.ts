import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidError } from '../../src/errors.js';
import type { Isolation } from '../../src/workers/channel.js';
import { createPool, type Pool } from '../../src/workers/pool.js';
import { WorkerEndedError } from '../../src/workers/worker-ended.js';
import { until } from '../until.js';

const stage = new URL('./stages/tricky.js', import.meta.url);

async function withPool(
  isolation: Isolation,
  size: number,
  body: (pool: Pool) => Promise<void>,
  { plan = 'plan', taskTimeoutMs = null as number | null } = {},
): Promise<void> {
  const pool = createPool({ size, isolation, stage, plan, taskTimeoutMs });
  try {
    await body(pool);
  } finally {
    await pool.close(500);
  }
}

const context = (key: string) => ({ key, value: `value of ${key}` });

interface Sliced {
  readonly own: number;
  readonly isFatal?: boolean;
  readonly slice: { readonly kind: 'bytes'; readonly index: number; readonly bytes: Uint8Array };
}

/** A task with a slice of so many bytes, part of a longer memory as those of a compressed file are. */
function sliced(bytes: number, own: number): Sliced {
  const memory = Buffer.alloc(bytes + 100, 'slice');
  memory.writeUInt32LE(own, 0);
  return { own, slice: { kind: 'bytes', index: own, bytes: memory.subarray(0, bytes) } };
}

for (const isolation of ['process', 'thread', 'none'] as const) {
  describe(`pool, isolation ${isolation}`, () => {
    it('reports what opening found and runs tasks in their context, also after more contexts than a worker keeps', () =>
      withPool(isolation, 2, async (pool) => {
        assert.deepEqual(await pool.opened(), { opened: 'plan' });
        const keys = Array.from({ length: 40 }, (_, i) => `c${i % 13}`);
        const results = await Promise.all(keys.map((key, i) => pool.run(context(key), i)));
        for (const [i, key] of keys.entries()) {
          const { context: got, task } = results[i] as { context: string; task: number };
          assert.deepEqual([got, task], [`value of ${key}`, i]);
        }
      }));

    it('gives each task the whole of its context, whatever it shares with the one before', () =>
      withPool(isolation, 2, async (pool) => {
        const [repair, columns] = [{ limits: [1, 2] }, [{ name: 'a' }]];
        const contexts = Array.from({ length: 20 }, (_, i) => ({
          key: `c${i}`,
          value: {
            file: `f${i}`,
            repair: i % 5 === 0 ? { limits: [i] } : repair,
            read: { columns: i % 7 === 0 ? [] : columns, ...(i % 3 === 0 ? { constants: [i] } : {}) },
          },
        }));
        const again = [...contexts, ...contexts.toReversed()];
        const results = await Promise.all(again.map((one, i) => pool.run(one, i)));
        assert.deepEqual(
          results.map((result) => (result as { context: unknown }).context),
          again.map(({ value }) => value),
        );
      }));

    it('gives a task the bytes of its slice, few or many, also after more contexts than a worker keeps', () =>
      withPool(isolation, 2, async (pool) => {
        const sizes = [0, 1, 65_535, 65_536, 5_000_007, 300_000, 65_537];
        const tasks = Array.from({ length: 40 }, (_, i) => sliced(sizes[i % sizes.length]!, i));
        const results = await Promise.all(tasks.map((task, i) => pool.run(context(`c${i % 11}`), task)));
        for (const [i, result] of results.entries()) {
          const { slice, own } = (result as { task: Sliced }).task;
          assert.equal(own, i);
          assert.deepEqual({ ...slice, bytes: null }, { ...tasks[i]!.slice, bytes: null });
          assert.ok(Buffer.from(slice.bytes).equals(tasks[i]!.slice.bytes), `task ${i}`);
        }
      }));

    it('gives back what a context gathered, once: when it is dropped, or makes room for others', () =>
      withPool(isolation, 2, async (pool) => {
        const gathered = new Map<string, unknown[]>();
        const gathering = (key: string) => ({
          ...context(key),
          gathered: (data: unknown) =>
            void gathered.set(key, [...(gathered.get(key) ?? []), ...(data as unknown[])]),
        });
        const keys = Array.from({ length: 40 }, (_, i) => `c${i % 13}`);
        await Promise.all(keys.map((key, i) => pool.run(gathering(key), i)));
        await Promise.all([...new Set(keys)].map((key) => pool.drop(key)));
        for (const key of new Set(keys)) {
          const own = keys.flatMap((one, i) => (one === key ? [i] : []));
          assert.deepEqual(
            (gathered.get(key) as number[]).sort((a, b) => a - b),
            own,
          );
        }
        await pool.drop('c0');
      }));

    it('gives what a stage sends ahead of an answer together with it', () =>
      withPool(isolation, 1, async (pool) => {
        const gathered: unknown[] = [];
        const here = {
          ...context('a'),
          gathered: (data: unknown, parts: readonly unknown[]) => void gathered.push([data, parts]),
        };
        await pool.run(here, 'send');
        assert.deepEqual(gathered, [[null, ['one', 'two']]]);
        await pool.drop('a');
        assert.deepEqual(gathered.slice(1), [[['send'], ['last']]]);
      }));

    it('lets idle workers end at rest, once they have handed over what they gathered, and starts others for a later task', () =>
      withPool(isolation, 2, async (pool) => {
        const gathered: unknown[] = [];
        const here = { ...context('a'), gathered: (data: unknown) => void gathered.push(data) };
        const tasks = Array.from({ length: 8 }, (_, i) => i);
        const before = await Promise.all(tasks.map((task) => pool.run(here, task)));
        pool.rest();
        await pool.drop('a');
        assert.deepEqual((gathered.flat() as number[]).sort(), tasks);
        await until(() => pool.pids().length === 0, 'an idle worker does not end');
        const later = await pool.run(here, 'later');
        assert.equal((later as { task: string }).task, 'later');
        const pidsOf = (results: unknown[]) => results.map((one) => (one as { pid: number }).pid);
        if (isolation === 'process') assert.ok(!pidsOf(before).includes(pidsOf([later])[0]!));
      }));

    it('gives a task its own error, of the class it had, and goes on', () =>
      withPool(isolation, 1, async (pool) => {
        await assert.rejects(pool.run(context('a'), 'throw'), (error: unknown) => {
          assert.ok(error instanceof InvalidError);
          assert.deepEqual([error.reason, error.location], ['bad-slice', { row: 7 }]);
          return true;
        });
        await assert.rejects(pool.run({ key: 'b', value: 'refuse' }, 1), /input is gone/);
        assert.equal(((await pool.run(context('a'), 'fine')) as { task: string }).task, 'fine');
      }));

    it('fails every task with the reason when the stage cannot be opened', () =>
      withPool(
        isolation,
        2,
        async (pool) => {
          await assert.rejects(pool.run(context('a'), 1), /model cannot be opened/);
          await assert.rejects(pool.opened(), InvalidError);
          await assert.rejects(pool.run(context('a'), 2), /model cannot be opened/);
        },
        { plan: 'refuse' },
      ));
  });
}

describe('pool of processes', () => {
  it('loses one task with a worker that is killed or aborts, replaces the worker, and finishes the others', () =>
    withPool('process', 2, async (pool) => {
      const tasks = [1, 'die', 2, 3, 'abort', 4, 5];
      const results = await Promise.allSettled(tasks.map((task) => pool.run(context('a'), task)));
      assert.deepEqual(
        results.map((result) => result.status),
        tasks.map((task) => (typeof task === 'number' ? 'fulfilled' : 'rejected')),
      );
      const ends = results.flatMap((r) => (r.status === 'rejected' ? [r.reason as WorkerEndedError] : []));
      assert.deepEqual(
        ends.map((end) => [end instanceof WorkerEndedError, end.ended.signal]),
        [
          [true, 'SIGKILL'],
          [true, 'SIGABRT'],
        ],
      );
    }));

  it('goes on after a worker that ended with a task whose bytes it had read, or not yet', () =>
    withPool('process', 1, async (pool) => {
      const large = sliced(6_000_000, 1);
      await assert.rejects(pool.run(context('a'), { ...large, isFatal: true }), WorkerEndedError);
      await pool.run(context('a'), 'fine');
      const lost = assert.rejects(pool.run(context('a'), large), WorkerEndedError);
      process.kill(pool.pids()[0]!, 'SIGKILL');
      await lost;
      const { task } = (await pool.run(context('a'), large)) as { task: Sliced };
      assert.ok(Buffer.from(task.slice.bytes).equals(large.slice.bytes));
    }));

  it('drops what a worker sent ahead of an answer that it never gave', () =>
    withPool('process', 1, async (pool) => {
      const gathered: unknown[] = [];
      const here = {
        ...context('a'),
        gathered: (data: unknown, parts: readonly unknown[]) => void gathered.push([data, parts]),
      };
      await assert.rejects(pool.run(here, 'send and die'), WorkerEndedError);
      await pool.run(here, 'send');
      assert.deepEqual(gathered, [[null, ['one', 'two']]]);
    }));

  it('does not wait for what a killed worker had gathered', () =>
    withPool('process', 2, async (pool) => {
      const gathered: unknown[] = [];
      const here = { ...context('a'), gathered: (data: unknown) => void gathered.push(data) };
      await Promise.all([1, 2, 3, 4].map((task) => pool.run(here, task)));
      const [first] = pool.pids();
      process.kill(first!, 'SIGKILL');
      await pool.drop('a');
      assert.ok(gathered.length <= 1);
    }));

  it('stops a worker that hangs and says how long it waited', () =>
    withPool(
      'process',
      1,
      async (pool) => {
        await pool.opened();
        await assert.rejects(pool.run(context('a'), 'hang'), /took longer than 0.3 s/);
        assert.equal(((await pool.run(context('a'), 'fine')) as { task: string }).task, 'fine');
      },
      { taskTimeoutMs: 300 },
    ));

  it('gives up after three workers in a row ended while they opened', () =>
    withPool(
      'process',
      1,
      async (pool) => {
        await assert.rejects(pool.run(context('a'), 1), /three times in a row/);
      },
      { plan: 'die' },
    ));

  it('leaves no process behind when it is closed', async () => {
    const pool = createPool({ size: 2, isolation: 'process', stage, plan: 'plan', taskTimeoutMs: null });
    await pool.opened();
    const pids = pool.pids();
    await pool.close();
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), /ESRCH/);
  });
});
