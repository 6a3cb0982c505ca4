import { parentPort } from 'node:worker_threads';
import { followParent } from '../process/child.js';
import { keepCode } from '../process/kept-code.js';
import { receiveAside } from './bytes-aside.js';
import { keepYoungSpace } from './keep-young-space.js';
import type { FromWorker, ToWorker } from './messages.js';
import { serve } from './serve.js';

keepYoungSpace();

if (parentPort !== null) {
  const port = parentPort;
  const take = serve(
    (message, sent) => {
      port.postMessage(message);
      sent?.();
    },
    () => port.close(),
    keepCode,
  );
  port.on('message', take);
  port.postMessage({ kind: 'started' } satisfies FromWorker);
} else if (process.send !== undefined) {
  followParent();
  const send = process.send.bind(process);
  const take = serve(
    (message, sent) => void (sent === undefined ? send(message) : send(message, () => sent())),
    () => process.disconnect(),
    keepCode,
  );
  process.on('message', (message) => take(receiveAside(message as ToWorker)));
  send({ kind: 'started' } satisfies FromWorker);
}
