import { parentPort } from 'node:worker_threads';
import { keepYoungSpace } from './keep-young-space.js';
import type { FromWorker, ToWorker } from './messages.js';
import { serve } from './serve.js';

keepYoungSpace();

// A worker outlives Ctrl-C on its own: the main process decides what is finished and what is dropped.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

if (parentPort !== null) {
  const port = parentPort;
  const take = serve(
    (message) => port.postMessage(message),
    () => port.close(),
  );
  port.on('message', take);
  port.postMessage({ kind: 'started' } satisfies FromWorker);
} else if (process.send !== undefined) {
  const send = process.send.bind(process);
  const take = serve(
    (message) => send(message),
    () => process.disconnect(),
  );
  process.on('message', (message) => take(message as ToWorker));
  // The main process is gone: nobody is left to publish what this worker would still compute.
  process.on('disconnect', () => process.exit(0));
  send({ kind: 'started' } satisfies FromWorker);
}
