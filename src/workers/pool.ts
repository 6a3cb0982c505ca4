import type { Ended } from './channel.js';
import { trimWhereGrown } from './trim-memory.js';
import { type Context, startWorker, type Task, type Worker, type WorkerOptions } from './worker.js';
import { cannotOpen, workersStopped } from './worker-ended.js';

/**
 * A fixed number of workers; tasks wait in a queue that the caller keeps short. The pool replaces a worker that ended when the next task
 * needs one.
 */
export interface Pool {
  readonly size: number;
  /** Resolves with the stage's report once one worker is open; rejects with the error if opening fails. */
  opened(): Promise<unknown>;
  /** Runs a task on some worker. Rejects with the task's own error, or `WorkerEndedError`. */
  run(context: Context, task: unknown): Promise<unknown>;
  /** Closes a context in every worker, one after another when idle; resolves once each has closed it, or is gone. */
  drop(key: string): Promise<void>;
  /** Bytes resident in all live workers, as each last reported. */
  rssBytes(): number;
  pids(): number[];
  /** Sets the number of workers; surplus workers end after their task. */
  resize(size: number): void;
  /** Ends a worker process at once; its task rejects with a `WorkerEndedError` whose `forMemory` is true. */
  endForMemory(pid: number): void;
  /**
   * Ends every worker as soon as it is idle and its contexts are dropped, because no more tasks are expected; one that comes all the same
   * starts workers again.
   */
  rest(): void;
  /** Makes every worker return unused memory to the system. */
  trim(): void;
  /**
   * Kills idle processes at once, because the system reclaims all that they hold; asks the others to finish, and kills those
   * that have not within `graceMs`.
   */
  close(graceMs?: number): Promise<void>;
}

/** Starts `size` workers at once, so that they open their models while the caller plans. */
export function createPool(options: WorkerOptions & { readonly size: number }): Pool {
  const workers = new Set<Worker>();
  const queue: Task[] = [];
  const gatherers = new Map<string, (data: unknown, parts: readonly unknown[]) => void>();
  let size = options.size;
  let nextId = 0;
  let closing = false;
  let resting = false;
  let openFailure: Error | null = null;
  let endedWhileOpening = 0;
  let resolveOpened: (report: unknown) => void = () => {};
  let rejectOpened: (error: Error) => void = () => {};
  const opened = new Promise<unknown>((resolve, reject) => {
    resolveOpened = resolve;
    rejectOpened = reject;
  });
  opened.catch(() => {});

  function start(): void {
    const worker = startWorker(options, {
      onOpened(report) {
        resolveOpened(report);
        endedWhileOpening = 0;
        assign();
      },
      onOpenFailed: failOpening,
      onIdle: assign,
      onDropped(context, gathered, parts) {
        if (gathered !== null && gathered !== undefined) gatherers.get(context)?.(gathered, parts);
        if (resting) letRest();
      },
      onEnd(ended, why, failedToOpen) {
        workers.delete(worker);
        replace(ended, why, failedToOpen);
      },
    });
    workers.add(worker);
    worker.open();
  }

  function letRest(): void {
    for (const worker of workers) if (worker.state === 'idle' && worker.isEmpty) worker.endIdle();
  }

  function failOpening(error: Error): void {
    openFailure = error;
    rejectOpened(error);
    for (const task of queue.splice(0)) task.reject(error);
  }

  /** Starts another worker where one has ended, or fails if the third in a row ended before it was open. */
  function replace(ended: Ended, why: string, failedToOpen: boolean): void {
    if (closing || openFailure !== null) return;
    // Where the system starts no more processes, the run continues with those that it has, open or still opening.
    if (!ended.hasStarted && workers.size > 0) size = workers.size;
    else if (failedToOpen && ++endedWhileOpening > 2) {
      const doing = ended.hasStarted ? 'opened the model' : 'started';
      failOpening(cannotOpen(ended, `${why} while it ${doing}, three times in a row`));
      return;
    }
    assign();
  }

  function assign(): void {
    if (closing || openFailure !== null) return;
    if (resting) {
      letRest();
      return;
    }
    retireSurplus();
    while (workers.size < size && (queue.length > 0 || workers.size === 0)) start();
    for (const worker of workers) {
      if (worker.state !== 'idle' || busy() >= size) continue;
      const task = queue.shift();
      if (task === undefined) return;
      worker.give(task);
    }
  }

  function retireSurplus(): void {
    let surplus = [...workers].filter(({ state }) => state !== 'retired').length - size;
    for (const worker of workers) {
      if (surplus <= 0) return;
      if (worker.state !== 'idle') continue;
      worker.retire();
      surplus--;
    }
  }

  function busy(): number {
    let count = 0;
    for (const { state } of workers) if (state === 'busy') count++;
    return count;
  }

  for (let i = 0; i < size; i++) start();

  return {
    get size() {
      return size;
    },
    opened: () => opened,
    run(context, task) {
      return new Promise((resolve, reject) => {
        if (openFailure !== null) return reject(openFailure);
        if (closing) return reject(workersStopped());
        resting = false;
        if (context.gathered !== undefined) gatherers.set(context.key, context.gathered);
        queue.push({ id: nextId++, context, task, resolve, reject });
        assign();
      });
    },
    async drop(key) {
      const waiting: Promise<void>[] = [];
      for (const worker of [...workers]) {
        const dropped = worker.drop(key);
        if (dropped === null) continue;
        waiting.push(dropped);
        if (resting) await dropped;
      }
      await Promise.all(waiting);
      gatherers.delete(key);
      trimWhereGrown();
    },
    rest() {
      resting = true;
      assign();
    },
    rssBytes: () => [...workers].reduce((sum, worker) => sum + worker.rssBytes, 0),
    pids: () => [...workers].map(({ pid }) => pid).filter((pid) => pid !== null),
    resize(to) {
      size = Math.max(1, to);
      assign();
    },
    endForMemory(pid) {
      for (const worker of workers) if (worker.pid === pid) worker.endForMemory();
    },
    trim() {
      for (const worker of workers) worker.trim();
    },
    async close(graceMs = 5000) {
      closing = true;
      const stopped = workersStopped();
      for (const task of queue.splice(0)) task.reject(stopped);
      await Promise.all([...workers].map((worker) => worker.close(graceMs)));
    },
  };
}
