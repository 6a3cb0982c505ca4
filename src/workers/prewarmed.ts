import type { ChildProcess } from 'node:child_process';
import { hasStarted, whyNotStarted } from '../process/child.js';
import { type Channel, type ChannelEvents, connect, startProcess } from './channel.js';
import type { FromWorker, ToWorker } from './messages.js';

/** Worker processes that load their modules while the run is being planned; a pool takes them first. */
export interface Prewarmed {
  /** Returns a channel to one of them, or null if none is left. */
  take(events: ChannelEvents): Channel | null;
  /** Lends one for a trial before there is a plan; null if the one for trials is taken or has ended. */
  lend(): LentWorker | null;
  /** Ids of the processes that are not taken yet. */
  pids(): number[];
  /** Ends the processes that were not taken. */
  close(): void;
}

/** A prewarmed process during a trial. */
interface LentWorker {
  readonly pid: number | null;
  /** What it wrote to standard error so far. */
  stderr(): string;
  hasStarted(): boolean;
  whyNotStarted(): string | null;
  /** Starts the stage's `tryOut`. */
  tryOut(request: unknown): void;
  kill(): void;
  /** Calls back until the returned function is called; `onEnd` at once for a process that has ended. */
  listen(events: {
    onSaid(said: unknown): void;
    onEnd(code: number | null, signal: string | null): void;
  }): () => void;
  /** Makes it a worker like the others. */
  giveBack(): void;
}

/**
 * Starts `count` processes that load the stage's module and its dependencies; the first chunk starts a third
 * of a second earlier. `what` is given to the stage's `warmStage`.
 */
export function startPrewarmed(count: number, stage: URL, what?: unknown): Prewarmed {
  const spare = spares();
  for (let i = 0; i < count; i++) {
    const child = startProcess(i === 0 ? 'pipe' : 'inherit');
    // The system starts no more processes: the pool will fail in the same way and report it.
    if (child.pid === undefined) break;
    spare.add(child);
    child.send({ kind: 'warm', stage: stage.href, what } satisfies ToWorker, () => {});
  }
  let forTrials: ChildProcess | null = spare.first();
  let stderr = '';
  let isLent = true;
  // The report of a failed trial quotes the stderr of its process; a worker shares this process's.
  forTrials?.stderr?.on('data', (text: Buffer) => {
    if (!isLent) process.stderr.write(text);
    else if (stderr.length < 2000) stderr += text.toString();
  });
  return {
    take(events) {
      const child = spare.take();
      if (child === null) return null;
      if (child.stderr !== null) isLent = false;
      return connect(child, events);
    },
    lend() {
      const child = forTrials;
      forTrials = null;
      if (child === null || !spare.remove(child)) return null;
      return {
        pid: child.pid ?? null,
        stderr: () => stderr,
        hasStarted: () => hasStarted(child),
        whyNotStarted: () => whyNotStarted(child),
        tryOut: (request) =>
          void child.send({ kind: 'trial', stage: stage.href, request } satisfies ToWorker, () => {}),
        kill: () => void child.kill('SIGKILL'),
        listen({ onSaid, onEnd }) {
          const heard = (message: unknown) => {
            const said = message as FromWorker;
            if (said.kind === 'said') onSaid(said.said);
          };
          child.on('message', heard);
          child.on('exit', onEnd);
          if (hasEnded(child)) onEnd(child.exitCode, child.signalCode);
          return () => void child.off('message', heard).off('exit', onEnd);
        },
        giveBack() {
          if (!hasEnded(child)) spare.addFirst(child);
        },
      };
    },
    pids: spare.pids,
    close: spare.close,
  };
}

/** Processes that pools have opened and released, for a pool that can use them as they are. */
export interface KeptWorkers extends Prewarmed {
  add(released: readonly ChildProcess[]): void;
}

export function keepWorkers(): KeptWorkers {
  const spare = spares();
  return {
    add(released) {
      for (const child of released) spare.add(child);
    },
    take(events) {
      const child = spare.take();
      return child === null ? null : connect(child, events);
    },
    lend: () => null,
    pids: spare.pids,
    close: spare.close,
  };
}

interface Spares {
  first(): ChildProcess | null;
  /** Adds a process until it ends or is taken. */
  add(child: ChildProcess): void;
  /** Adds one again in front of the others. */
  addFirst(child: ChildProcess): void;
  /** Returns false if it is not among them. */
  remove(child: ChildProcess): boolean;
  take(): ChildProcess | null;
  pids(): number[];
  close(): void;
}

function spares(): Spares {
  let left: ChildProcess[] = [];
  const remove = (child: ChildProcess) => {
    const before = left.length;
    left = left.filter((each) => each !== child);
    return left.length < before;
  };
  return {
    first: () => left[0] ?? null,
    add(child) {
      if (hasEnded(child)) return;
      left.push(child);
      child.once('exit', () => remove(child));
    },
    addFirst: (child) => void left.unshift(child),
    remove,
    take: () => left.shift() ?? null,
    pids: () => left.flatMap(({ pid }) => pid ?? []),
    close() {
      for (const child of left) child.kill('SIGKILL');
      left = [];
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
