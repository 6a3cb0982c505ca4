import type { ChildProcess } from 'node:child_process';
import { startCrew } from './crew.js';
import { trimWhereGrown } from './trim-memory.js';
import type { Context, WorkerOptions } from './worker.js';

/**
 * A fixed number of workers; tasks wait in a queue that the caller keeps short. An ended worker is replaced
 * on demand.
 */
export interface Pool {
  readonly size: number;
  /** Resolves with the stage's report once one worker is open; rejects with the error if opening fails. */
  opened(): Promise<unknown>;
  /**
   * Runs a task on some worker for at most `limitMs` (default: the pool's `taskTimeoutMs`). Rejects with the
   * task's own error, or `WorkerEndedError`.
   */
  run(context: Context, task: unknown, limitMs?: number): Promise<unknown>;
  /** Closes a context in every worker, each when idle; resolves once all have closed it or are gone. */
  drop(key: string): Promise<void>;
  /** Bytes resident in all live workers, as each last reported. */
  rssBytes(): number;
  /** Processor time of all live workers that are processes, as each last reported. */
  cpuMicros(): number;
  pids(): number[];
  /** Sets the number of workers; surplus workers end after their task. */
  resize(size: number): void;
  /** Ends a worker process at once; its task rejects with a `WorkerEndedError` whose `forMemory` is true. */
  endForMemory(pid: number): void;
  /**
   * Ends every worker once it is idle and its contexts are dropped, because no more tasks are expected; a
   * task that comes anyway starts workers again.
   */
  rest(): void;
  /** Makes every worker return unused memory to the system. */
  trim(): void;
  /** Gives up its idle processes, which stay open for another pool; close it then. */
  release(): ChildProcess[];
  /**
   * Kills idle processes at once, because the system reclaims all of their memory; asks the others to finish,
   * and kills those that have not within `graceMs`.
   */
  close(graceMs?: number): Promise<void>;
}

/** Starts `size` workers at once, so that they open their models while the caller plans. */
export function createPool(options: WorkerOptions & { readonly size: number }): Pool {
  const gatherers = new Map<string, (data: unknown, parts: readonly unknown[]) => void>();
  const crew = startCrew({
    ...options,
    onGathered: (context, gathered, parts) => gatherers.get(context)?.(gathered, parts),
  });
  const { workers } = crew;
  let nextId = 0;

  return {
    get size() {
      return crew.size;
    },
    opened: () => crew.opened,
    run(context, task, limitMs) {
      return new Promise((resolve, reject) => {
        if (context.gathered !== undefined) gatherers.set(context.key, context.gathered);
        crew.give({ id: nextId++, context, task, limitMs, resolve, reject });
      });
    },
    async drop(key) {
      const waiting: Promise<void>[] = [];
      for (const worker of [...workers]) {
        const dropped = worker.drop(key);
        if (dropped === null) continue;
        waiting.push(dropped);
        if (crew.isResting) await dropped;
      }
      await Promise.all(waiting);
      gatherers.delete(key);
      trimWhereGrown();
    },
    rest: crew.rest,
    rssBytes: () => [...workers].reduce((sum, worker) => sum + worker.rssBytes, 0),
    cpuMicros: () => [...workers].reduce((sum, worker) => sum + worker.cpuMicros, 0),
    pids: () => [...workers].map(({ pid }) => pid).filter((pid) => pid !== null),
    resize: crew.resize,
    endForMemory(pid) {
      for (const worker of workers) if (worker.pid === pid) worker.endForMemory();
    },
    trim() {
      for (const worker of workers) worker.trim();
    },
    release: crew.release,
    async close(graceMs = 5000) {
      crew.stop();
      await Promise.all([...workers].map((worker) => worker.close(graceMs)));
    },
  };
}
