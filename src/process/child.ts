import { type ChildProcess, fork } from 'node:child_process';
import { getSystemErrorName } from 'node:util';
import { Worker } from 'node:worker_threads';
import { deathWatch } from './death-watch.js';
import { ignoreSignals } from './signals.js';
import { leastThreads, threadsLeft } from './threads-left.js';

/** Environment variable that holds the pid of a child's parent. */
const parentVariable = 'NIGHTSHIFT_PARENT';

/**
 * A child returns dropped buffers of this size to the system. By default glibc raises this limit when it sees
 * a large buffer freed, and keeps the memory between buffers that are in use: 40 to 90 MB for two workers
 * over 500 columns, for the same processor time.
 */
const returnedBytes = 256 * 1024;

/**
 * The threads of a child share one heap of glibc. By default each has its own, and what they keep unused adds
 * up: 10 to 15 MB for each worker over 2,000 columns.
 */
const arenas = '1';

/** Descriptor of a child from which it reads bytes that are too many for a message. */
export const bytesDescriptor = 4;

/** A child that is silent for this many seconds has failed to start, which takes a tenth of a second. */
const startSeconds = 30;

const started = new WeakSet<ChildProcess>();
/** Why a child was killed before it started. */
const whyKilled = new WeakMap<ChildProcess, string>();
/** Children that have not started yet, and will take more threads. */
let starting = 0;

/**
 * Starts `entry` as a child process that ends with this one, however this one ends. The child must call
 * `followParent` and then send a message at once. It is killed if it sends none, because Node itself can hang
 * at its start where it may start no more threads; where that is certain, it is killed before it tries. Its
 * stderr is inherited, or a pipe to read; descriptor `bytesDescriptor` is a pipe to it.
 */
export function startChild(entry: URL, stderr: 'inherit' | 'pipe', seconds = startSeconds): ChildProcess {
  const [watch, ...words] = deathWatch() ?? [];
  const how =
    watch === undefined
      ? {}
      : { execPath: watch, execArgv: [...words, process.execPath, ...process.execArgv] };
  // Node reads these certificates when it starts (60 to 100 ms of processor time), and children open no
  // connections.
  const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;
  const left = threadsLeft() - starting * leastThreads;
  const child = fork(entry, [], {
    ...how,
    env: {
      MALLOC_MMAP_THRESHOLD_: String(returnedBytes),
      MALLOC_ARENA_MAX: arenas,
      ...environment,
      [parentVariable]: `${process.pid}${watch === undefined ? ' unwatched' : ''}`,
    },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', stderr, 'ipc', 'pipe'],
  });
  child.on('error', () => {});
  // A child that has ended reads no more; `exit` says so. One that could not be started has no pipes.
  (child.stdio as ChildProcess['stdio'] | undefined)?.[bytesDescriptor]?.on('error', () => {});
  if (left < leastThreads && child.pid !== undefined)
    kill(
      child,
      `because only ${Math.max(0, left)} of the ${leastThreads} threads that it needs may be started`,
    );
  limitStart(child, seconds);
  return child;
}

/** Returns true if the child has sent a message: if it ends before that, its work is not the cause. */
export function hasStarted(child: ChildProcess): boolean {
  return started.has(child);
}

/** Returns why the child was killed before it started, null if it was not. */
export function whyNotStarted(child: ChildProcess): string | null {
  return whyKilled.get(child) ?? null;
}

function kill(child: ChildProcess, why: string): void {
  whyKilled.set(child, why);
  child.kill('SIGKILL');
}

/**
 * Kills a child that sends nothing. Counts only seconds in which this process ran (it may have been stopped).
 */
function limitStart(child: ChildProcess, mostSeconds: number): void {
  let seconds = 0;
  const watch = setInterval(() => {
    if (++seconds < mostSeconds) return;
    kill(child, 'because it did not respond');
  }, 1000);
  watch.unref();
  let isStarting = true;
  starting++;
  const settle = () => {
    clearInterval(watch);
    if (isStarting) starting--;
    isStarting = false;
  };
  child.once('message', () => {
    started.add(child);
    settle();
  });
  child.once('exit', settle);
  if (child.pid === undefined) settle();
}

/** Hint for a child that cannot be started. */
export const startHint =
  'check the limits of memory, processes and threads (ulimit -u, ulimit -v), then run again';

/** Returns how a child ended: the signal, the system's error if it could not be started, or its exit code. */
export function endOf(code: number | null, signal: string | null): string {
  if (signal !== null) return signal;
  return code !== null && code < 0 ? getSystemErrorName(code) : `exit code ${code}`;
}

/**
 * Ends this child process with its parent, and leaves signals to the parent: Ctrl-C reaches the whole process
 * group, and the parent decides what to finish. Where the kernel cannot end it (no setpriv), a thread polls
 * for the parent once a second; it costs 9 MiB.
 */
export function followParent(): void {
  ignoreSignals();
  const [parent, unwatched] = (process.env[parentVariable] ?? '').split(' ');
  process.on('disconnect', () => process.exit(0));
  if (parent !== String(process.ppid) || !process.connected) process.exit(0);
  if (unwatched === undefined) return;
  const watch = `setInterval(() => { if (process.ppid !== ${process.ppid}) process.kill(process.pid, 'SIGKILL'); }, 1000)`;
  new Worker(watch, { eval: true }).unref();
}

/** Returns true if a child could not be started because too many files are open. */
export function metFileLimit(code: number | null): boolean {
  return code !== null && code < 0 && /^(?:EMFILE|ENFILE)$/.test(getSystemErrorName(code));
}
