import { type ChildProcess, fork } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { deathWatch } from './death-watch.js';
import { ignoreSignals } from './signals.js';

/** Environment variable that holds the process number of a child's parent. */
const parentVariable = 'NIGHTSHIFT_PARENT';

/**
 * A child returns dropped buffers of this size to the system. By default glibc raises this limit when it sees a large buffer freed, and
 * keeps the memory between buffers that are in use: 40 to 90 MB for two workers over 500 columns, for the same processor time.
 */
const returnedBytes = 256 * 1024;

/**
 * Starts `entry` as a child process that ends with this one, however this one ends. The child must call `followParent`. Its stderr is
 * inherited, or a pipe to read.
 */
export function startChild(entry: URL, stderr: 'inherit' | 'pipe'): ChildProcess {
  const [watch, ...words] = deathWatch() ?? [];
  const how =
    watch === undefined
      ? {}
      : { execPath: watch, execArgv: [...words, process.execPath, ...process.execArgv] };
  const child = fork(entry, [], {
    ...how,
    env: {
      MALLOC_MMAP_THRESHOLD_: String(returnedBytes),
      ...process.env,
      [parentVariable]: `${process.pid}${watch === undefined ? ' unwatched' : ''}`,
    },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', stderr, 'ipc'],
  });
  child.on('error', () => {});
  return child;
}

/**
 * Ends this child process with its parent, and leaves signals to the parent: Ctrl-C reaches the whole process group, and the parent decides
 * what to finish. Where the kernel cannot end it (no setpriv), a thread polls for the parent once a second; it costs 9 MiB.
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
