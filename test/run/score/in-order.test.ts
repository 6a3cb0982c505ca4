import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pLimit from 'p-limit';
import { inOrder } from '../../../src/run/score/in-order.js';
import fc from '../../seeded.js';

const never = new AbortController().signal;

async function* count(to: number, onPull: (i: number) => void = () => {}): AsyncGenerator<number> {
  for (let i = 0; i < to; i++) {
    onPull(i);
    yield i;
  }
}

const after = (ticks: number) => new Promise((resolve) => setTimeout(resolve, ticks));

describe('inOrder', () => {
  it('consumes in the order of the source, whatever finishes first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        async (delays, lanes) => {
          const consumed: number[] = [];
          await inOrder(count(delays.length), {
            limit: pLimit(lanes),
            lanes,
            signal: never,
            work: async (i) => {
              await after(delays[i]!);
              return i * 10;
            },
            consume: async (result, item) => {
              assert.equal(result, item * 10);
              await after(0);
              consumed.push(item);
            },
          });
          assert.deepEqual(consumed, [...delays.keys()]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('pulls nothing before there is room, counted over two sources that share a limit', async () => {
    let alive = 0;
    let most = 0;
    const limit = pLimit(3);
    const options = {
      limit,
      lanes: 3,
      signal: never,
      work: async (i: number) => {
        await after(i % 4);
        return i;
      },
      consume: async () => {
        alive--;
      },
    };
    const pull = () => {
      most = Math.max(most, ++alive);
    };
    await Promise.all([inOrder(count(50, pull), options), inOrder(count(50, pull), options)]);
    assert.equal(alive, 0);
    assert.ok(most <= 3, `${most} items were alive at once`);
  });

  it('throws the error of the earliest failed item after all that was under way has settled', async () => {
    const settled: number[] = [];
    const consumed: number[] = [];
    await assert.rejects(
      inOrder(count(100), {
        limit: pLimit(4),
        lanes: 4,
        signal: never,
        work: async (i) => {
          await after(i === 2 ? 8 : 1);
          settled.push(i);
          if (i === 2 || i === 3) throw new Error(`item ${i}`);
          return i;
        },
        consume: async (i) => {
          consumed.push(i);
        },
      }),
      /item 2/,
    );
    assert.deepEqual(consumed, [0, 1]);
    assert.ok(settled.includes(2) && settled.length < 12);
  });

  it('stops pulling when the run is stopped', async () => {
    const stop = new AbortController();
    let pulled = 0;
    await assert.rejects(
      inOrder(
        count(1000, () => pulled++),
        {
          limit: pLimit(2),
          lanes: 2,
          signal: stop.signal,
          work: async (i) => {
            if (i === 5) stop.abort(new Error('told to stop'));
            return i;
          },
          consume: async () => {},
        },
      ),
      /told to stop/,
    );
    assert.ok(pulled < 15, `${pulled} items were pulled`);
  });
});
