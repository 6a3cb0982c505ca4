import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after } from 'node:test';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Ran } from './workdir.js';

/** One call of the program, and the folder in which it is made. */
export interface ResidentCall {
  readonly folder: string;
  readonly args: readonly string[];
}

/** Longer than any call of a test takes on a busy machine. */
export const patienceMs = 5 * 60_000;
const answered = new Int32Array(new SharedArrayBuffer(4));
let port: MessagePort | null = null;

/**
 * Calls the program in a process that serves all calls of this test file, one after another, and waits for
 * its end. From the second call on that takes a fraction of the processor time, because everything is loaded
 * and compiled.
 */
export function callResident(call: ResidentCall): Ran {
  port ??= openPort();
  Atomics.store(answered, 0, 0);
  port.postMessage(call);
  if (Atomics.wait(answered, 0, 0, patienceMs) === 'timed-out')
    throw new Error(`nightshift ${call.args.join(' ')} has not ended within ${patienceMs / 1000} s`);
  return receiveMessageOnPort(port)!.message as Ran;
}

/** Starts the thread that talks with the process while this one waits. */
function openPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const thread = new Worker(join(process.cwd(), 'dist/test/resident-thread.js'), {
    workerData: { port: port2, answered },
    transferList: [port2],
    execArgv: [],
  });
  thread.unref();
  port1.unref();
  return port1;
}

/**
 * Starts a process of its own that serves calls with `env` in its environment, while this one serves what
 * they ask for; it ends with the test file. One call at a time.
 */
export function residentWith(env: NodeJS.ProcessEnv): (call: ResidentCall) => Promise<Ran> {
  const child = fork(join(process.cwd(), 'dist/test/resident-program.js'), {
    env: { ...process.env, ...env },
    execArgv: [],
  });
  after(() => void child.disconnect());
  return async (call) => {
    child.send(call);
    const [ran] = await once(child, 'message', { signal: AbortSignal.timeout(patienceMs) });
    return ran as Ran;
  };
}
