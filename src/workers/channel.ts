import type { ChildProcess } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { hasStarted, startChild, whyNotStarted } from '../process/child.js';
import { sendAside } from './bytes-aside.js';
import type { FromWorker, ToWorker } from './messages.js';
import { serve } from './serve.js';

/** How a worker is isolated: in a process (the default: it may fail alone), in a thread, or not at all. */
export type Isolation = 'process' | 'thread' | 'none';

/** Why a worker ended: its exit code or the signal that ended it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  /** False if it ended before any of our code ran in it. */
  readonly hasStarted: boolean;
  /** Why it was killed before it started. */
  readonly whyNotStarted?: string | null;
}

/** A message channel to one worker, independent of its isolation. */
export interface Channel {
  readonly pid: number | null;
  send(message: ToWorker): void;
  /** Ends the worker at once. A thread inside the runtime cannot be ended, only asked to end. */
  kill(): void;
  /** Closes the channel and returns the process, which goes on; null if the worker is none of its own. */
  release(): ChildProcess | null;
}

export interface ChannelEvents {
  onMessage(message: FromWorker): void;
  onEnd(ended: Ended): void;
}

const entry = new URL('./entry.js', import.meta.url);

/** Starts a worker and opens a channel to it. `environment` replaces our environment in a child process. */
export function openChannel(isolation: Isolation, events: ChannelEvents): Channel {
  if (isolation === 'process') return openProcess(events);
  if (isolation === 'thread') return openThread(events);
  return openInProcess(events);
}

function openProcess(events: ChannelEvents): Channel {
  return connect(startProcess(), events);
}

/** Starts a worker process without a channel. */
export function startProcess(stderr: 'inherit' | 'pipe' = 'inherit'): ChildProcess {
  return startChild(entry, stderr);
}

/** Opens a channel to a worker process. */
export function connect(child: ChildProcess, { onMessage, onEnd }: ChannelEvents): Channel {
  const heard = (message: unknown) => onMessage(message as FromWorker);
  const ended = (code: number | null, signal: string | null) =>
    onEnd({ code, signal, hasStarted: hasStarted(child), whyNotStarted: whyNotStarted(child) });
  child.on('message', heard).on('exit', ended);
  // A process that cannot be started, for want of files, does not end either.
  child.on('error', ({ errno }: NodeJS.ErrnoException) => {
    if (child.pid === undefined) ended(errno ?? null, null);
  });
  return {
    pid: child.pid ?? null,
    // `exit` reports a worker that is gone; messages sent to it in the meantime are lost.
    send: (message) => sendAside(child, message),
    kill: () => void child.kill('SIGKILL'),
    release: () => child.off('message', heard).off('exit', ended),
  };
}

function openThread({ onMessage, onEnd }: ChannelEvents): Channel {
  const worker = new Worker(entry);
  worker.on('message', onMessage);
  worker.on('error', () => {});
  worker.on('exit', (code) => onEnd({ code, signal: null, hasStarted: true }));
  return {
    pid: null,
    send: (message) => worker.postMessage(message),
    kill: () => worker.postMessage({ kind: 'close' } satisfies ToWorker),
    release: () => null,
  };
}

function openInProcess({ onMessage, onEnd }: ChannelEvents): Channel {
  const take = serve(
    (message, sent) => {
      setImmediate(onMessage, message);
      sent?.();
    },
    () => setImmediate(onEnd, { code: 0, signal: null, hasStarted: true }),
  );
  // A worker reuses buffers by the plan that it is given, so it must have its own, as it has in a process.
  const send = (message: ToWorker) => take(structuredClone(message));
  return { pid: null, send, kill: () => take({ kind: 'close' }), release: () => null };
}
