import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepCodeWith } from '../../src/process/kept-code.js';
import { openChannel } from '../../src/workers/channel.js';
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

test('a worker in the main process leaves the code cache to the end of the run', async () => {
  let kept = 0;
  keepCodeWith(() => kept++, 'code');
  const stage = `data:text/javascript,${encodeURIComponent(`
    export const openStage = async () => ({ report: null, openContext: async () => ({ run: async () => 1, close() {} }), close() {} });
  `)}`;
  const replies: FromWorker[] = [];
  await new Promise<void>((done) => {
    const channel = openChannel('none', {
      onMessage(message) {
        replies.push(message);
        if (message.kind === 'done') channel.kill();
      },
      onEnd: () => done(),
    });
    channel.send({ kind: 'open', stage, plan: null });
    channel.send({ kind: 'task', id: 1, context: 'a', opened: {}, known: [], task: null });
  });
  assert.deepEqual([replies.map(({ kind }) => kind), kept], [['opened', 'done', 'dropped'], 0]);
});

test('a worker keeps its code before it reports its first result, after which it may be killed', async () => {
  const stage = `data:text/javascript,${encodeURIComponent(`
    export const openStage = async () => ({ report: null, openContext: async () => ({ run: async () => 1, close() {} }), close() {} });
  `)}`;
  const order: string[] = [];
  await new Promise<void>((done) => {
    const take = serve(
      ({ kind }) => {
        order.push(kind);
        if (kind === 'done') done();
      },
      () => {},
      () => order.push('keeps its code'),
    );
    take({ kind: 'open', stage, plan: null });
    take({ kind: 'task', id: 1, context: 'a', opened: {}, known: [], task: null });
  });
  assert.deepEqual(order, ['opened', 'keeps its code', 'done']);
});
