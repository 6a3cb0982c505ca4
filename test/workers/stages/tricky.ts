import { InvalidError } from '../../../src/errors.js';
import type { OpenStage } from '../../../src/workers/stage.js';

/** A stage that does what its task says: answer, throw, end its process, hang. */
export const openStage: OpenStage = async (plan) => {
  if (plan === 'refuse')
    throw new InvalidError('model-unreadable', 'model cannot be opened', { hint: 'fix it' });
  if (plan === 'die') process.kill(process.pid, 'SIGKILL');
  return {
    report: { opened: plan },
    openContext: async (context) => {
      if (context === 'refuse')
        throw new InvalidError('input-unreadable', 'input is gone', { file: 'a.csv' });
      const done: unknown[] = [];
      return {
        async run(task, _, send) {
          if (task === 'throw') throw new InvalidError('bad-slice', 'slice is bad', { row: 7 });
          const isFatal = (task as { readonly isFatal?: boolean } | null)?.isFatal === true;
          if (task === 'die' || isFatal) process.kill(process.pid, 'SIGKILL');
          if (task === 'abort') process.abort();
          if (task === 'hang') for (;;);
          if (task === 'send and die') {
            await send?.('lost');
            process.kill(process.pid, 'SIGKILL');
          }
          if (task === 'send') for (const part of ['one', 'two']) await send?.(part);
          done.push(task);
          return { context, task, pid: process.pid };
        },
        async close(send) {
          for (const task of done) if (task === 'send') await send?.('last');
          return done;
        },
      };
    },
    close: async () => {},
  };
};
