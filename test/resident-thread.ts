import { type ChildProcess, fork } from 'node:child_process';
import { type MessagePort, workerData } from 'node:worker_threads';
import type { ResidentCall } from './resident.js';
import type { Ran } from './workdir.js';

// The thread of `callResident`: hands calls to the resident process, restarted if it ended.

const { port, answered } = workerData as { readonly port: MessagePort; readonly answered: Int32Array };
let child: ChildProcess | null = null;

port.on('message', (call: ResidentCall) => {
  child ??= start();
  child.send(call);
});

function start(): ChildProcess {
  const started = fork(new URL('./resident-program.js', import.meta.url), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    started[name]!.on('data', (text) => {
      texts[name] += text;
    });
  }
  started.on('message', (ran) => answer(ran as Ran));
  started.on('close', (code, signal) => {
    child = null;
    answer({ code, signal, ...texts });
  });
  return started;
}

function answer(ran: Ran): void {
  port.postMessage(ran);
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
}
