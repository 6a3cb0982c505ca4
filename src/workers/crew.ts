import type { ChildProcess } from 'node:child_process';
import type { Ended } from './channel.js';
import { type Task, Worker, type WorkerOptions } from './worker.js';
import { cannotOpen, workersStopped } from './worker-ended.js';

/**
 * The workers of a pool and its waiting tasks: an idle worker takes the next one; an ended worker is replaced
 * on demand.
 */
interface Crew {
  readonly workers: ReadonlySet<Worker>;
  readonly size: number;
  readonly isResting: boolean;
  /** Resolves with the stage's report once one worker is open; rejects with the error if opening fails. */
  readonly opened: Promise<unknown>;
  /** Queues a task, and ends a rest; rejects it if the workers cannot open, or are stopped. */
  give(task: Task): void;
  resize(size: number): void;
  rest(): void;
  /** Gives up the processes of idle workers. */
  release(): ChildProcess[];
  /** Rejects the waiting tasks and starts no more workers. */
  stop(): void;
}

interface CrewOptions extends WorkerOptions {
  readonly size: number;
  /**
   * Receives the data that a worker gathered in a context that it has closed, and the parts that it sent
   * ahead.
   */
  readonly onGathered: (context: string, gathered: unknown, parts: readonly unknown[]) => void;
}

/** Starts `size` workers at once. */
export function startCrew(options: CrewOptions): Crew {
  const workers = new Set<Worker>();
  const queue: Task[] = [];
  const opening = openingOnce();
  let { size } = options;
  let isResting = false;
  /** Rejects all tasks from then on. */
  let failure: Error | null = null;
  let endedWhileOpening = 0;

  function start(): void {
    const worker = new Worker(options, {
      onOpened(report) {
        opening.succeed(report);
        endedWhileOpening = 0;
        assign();
      },
      onOpenFailed: fail,
      onIdle: assign,
      onDropped(context, gathered, parts) {
        if (gathered !== null && gathered !== undefined) options.onGathered(context, gathered, parts);
        if (isResting) endEmpty(workers);
      },
      onEnd(ended, why, failedToOpen) {
        workers.delete(worker);
        replace(ended, why, failedToOpen);
      },
    });
    workers.add(worker);
  }

  function fail(error: Error): void {
    failure = error;
    opening.fail(error);
    rejectQueued(error);
  }

  function rejectQueued(error: Error): void {
    for (const task of queue.splice(0)) task.reject(error);
  }

  /** Starts another worker where one has ended, or fails if the third in a row ended before it was open. */
  function replace(ended: Ended, why: string, failedToOpen: boolean): void {
    if (failure !== null) return;
    // If the system starts no more processes, the run continues with the open ones and those still opening.
    if (!ended.hasStarted && workers.size > 0) size = workers.size;
    else if (failedToOpen && ++endedWhileOpening > 2) fail(cannotOpen(ended, why));
    assign();
  }

  function assign(): void {
    if (failure !== null) return;
    if (isResting) {
      endEmpty(workers);
      return;
    }
    retireSurplus(workers, size);
    while (workers.size < size && (queue.length > 0 || workers.size === 0)) start();
    for (const worker of workers) {
      if (worker.state !== 'idle' || busy(workers) >= size) continue;
      const task = queue.shift();
      if (task === undefined) return;
      worker.give(task);
    }
  }

  for (let i = 0; i < size; i++) start();

  return {
    workers,
    get size() {
      return size;
    },
    get isResting() {
      return isResting;
    },
    opened: opening.opened,
    give(task) {
      if (failure !== null) return task.reject(failure);
      isResting = false;
      queue.push(task);
      assign();
    },
    resize(to) {
      size = Math.max(1, to);
      assign();
    },
    rest() {
      isResting = true;
      assign();
    },
    release() {
      const released: ChildProcess[] = [];
      for (const worker of [...workers]) {
        const child = worker.release();
        if (child === null) continue;
        workers.delete(worker);
        released.push(child);
      }
      return released;
    },
    stop() {
      failure ??= workersStopped();
      rejectQueued(failure);
    },
  };
}

interface Opening {
  readonly opened: Promise<unknown>;
  succeed(report: unknown): void;
  fail(error: Error): void;
}

/** The first success or failure counts. */
function openingOnce(): Opening {
  let succeed: Opening['succeed'] = () => {};
  let fail: Opening['fail'] = () => {};
  const opened = new Promise<unknown>((resolve, reject) => {
    succeed = resolve;
    fail = reject;
  });
  opened.catch(() => {});
  return { opened, succeed, fail };
}

function endEmpty(workers: ReadonlySet<Worker>): void {
  for (const worker of workers) if (worker.state === 'idle' && worker.isEmpty) worker.endIdle();
}

function retireSurplus(workers: ReadonlySet<Worker>, size: number): void {
  let surplus = [...workers].filter(({ state }) => state !== 'retired').length - size;
  for (const worker of workers) {
    if (surplus <= 0) return;
    if (worker.state !== 'idle') continue;
    worker.retire();
    surplus--;
  }
}

function busy(workers: ReadonlySet<Worker>): number {
  let count = 0;
  for (const { state } of workers) if (state === 'busy') count++;
  return count;
}
