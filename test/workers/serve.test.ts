import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FromWorker } from '../../src/workers/messages.js';
import { serve } from '../../src/workers/serve.js';

test('a worker that is asked twice to close closes its stage once', async () => {
  const stage = `data:text/javascript,${encodeURIComponent(`
    export const closes = [];
    export const openStage = async () => ({ report: null, openContext: async () => null, close: async () => { closes.push(1); } });
  `)}`;
  const { closes } = (await import(stage)) as { readonly closes: readonly number[] };
  const replies: FromWorker[] = [];
  let ended = 0;
  const closed = new Promise<void>((resolve) => {
    const take = serve(
      (message) => replies.push(message),
      () => {
        ended++;
        resolve();
      },
    );
    take({ kind: 'open', stage, plan: null });
    take({ kind: 'close' });
    take({ kind: 'close' });
  });
  await closed;
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([replies.map(({ kind }) => kind), closes.length, ended], [['opened'], 1, 1]);
});
