import type { ChildProcess } from 'node:child_process';
import { type Channel, type ChannelEvents, connect, startProcess } from './channel.js';
import type { ToWorker } from './messages.js';

/** Worker processes that load their modules while the run is being planned; a pool takes them before it starts others. */
export interface Prewarmed {
  /** Returns a channel to one of them, or null if none is left. */
  take(events: ChannelEvents): Channel | null;
  /** Ids of the processes that are not taken yet. */
  pids(): number[];
  /** Ends the processes that were not taken. */
  close(): void;
}

/** Starts `count` processes that load the stage's module and its dependencies; the first chunk starts a third of a second earlier. `what` is given to the stage's `warmStage`. */
export function startPrewarmed(count: number, stage: URL, what?: unknown): Prewarmed {
  const prewarmed = new Set<ChildProcess>();
  for (let i = 0; i < count; i++) {
    const child = startProcess();
    prewarmed.add(child);
    child.once('exit', () => prewarmed.delete(child));
    child.send({ kind: 'warm', stage: stage.href, what } satisfies ToWorker, () => {});
  }
  return {
    take(events) {
      const [child] = prewarmed;
      if (child === undefined) return null;
      prewarmed.delete(child);
      return connect(child, events);
    },
    pids: () => [...prewarmed].flatMap(({ pid }) => pid ?? []),
    close() {
      for (const child of prewarmed) child.kill('SIGKILL');
      prewarmed.clear();
    },
  };
}
