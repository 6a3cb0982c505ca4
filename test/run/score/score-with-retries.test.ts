import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Slice } from '../../../src/chunk/slice.js';
import { TransientError } from '../../../src/errors.js';
import { scoreWithRetries } from '../../../src/run/score/score-with-retries.js';
import type { SliceTask } from '../../../src/run/slice/score-slice.js';
import type { Pool } from '../../../src/workers/pool.js';
import { WorkerEndedError } from '../../../src/workers/worker-ended.js';

const slice = { index: 0, rows: null } as unknown as Slice;
const options = {
  handOver: false,
  batchTimeoutMs: null,
  challenges: null,
  ranks: null,
  published: null,
  failFast: true,
  retries: 0,
  signal: new AbortController().signal,
  observe: () => {},
};

/** A pool whose workers end on every whole slice, and on no part of it. */
function poolThatEnds(timedOut: boolean): Pool {
  const ended = { code: null, signal: 'SIGKILL', hasStarted: true };
  const run = async (_: unknown, { probe }: SliceTask) => {
    if (probe === null) throw new WorkerEndedError(ended, 'a worker ended', false, timedOut);
  };
  return { run } as unknown as Pool;
}

for (const [timedOut, hint] of [
  [true, /batch_timeout/],
  [false, /memory/],
] as const) {
  test(`a slice that ends workers as a whole fails with the right advice${timedOut ? ' after a timeout' : ''}`, async () => {
    await assert.rejects(
      scoreWithRetries(poolThatEnds(timedOut), { key: 'a', value: null }, slice, null, options),
      (error) =>
        error instanceof TransientError && error.reason === 'worker-ended' && hint.test(error.hint ?? ''),
    );
  });
}
