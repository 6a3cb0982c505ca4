import { after } from '../process/timer.js';
import { type ChannelEvents, type Ended, type Isolation, openChannel } from './channel.js';
import { fromErrorMessage } from './error-message.js';
import type { FromWorker } from './messages.js';
import type { Prewarmed } from './prewarmed.js';
import { trimWhereGrown } from './trim-memory.js';
import { endedBecause, WorkerEndedError } from './worker-ended.js';

/** Data that many tasks share; opened once per worker, under its key. */
export interface Context {
  readonly key: string;
  readonly value: unknown;
  /**
   * Receives the data that a worker has gathered in the context when the worker closes it: because it is dropped, to make room for others,
   * or because the worker ends normally; or null ahead of a task's result. `parts` is what its stage has sent ahead.
   */
  readonly gathered?: (data: unknown, parts: readonly unknown[]) => void;
}

export interface Task {
  readonly id: number;
  readonly context: Context;
  readonly task: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface WorkerOptions {
  readonly isolation: Isolation;
  /** Module that exports `openStage`, and the plan to open it with. */
  readonly stage: URL;
  readonly plan: unknown;
  /** Time without a sign of life after which a task is abandoned and its worker killed (not possible with threads); null: no limit. */
  readonly taskTimeoutMs: number | null;
  /** Prewarmed processes, for isolation `process`. */
  readonly prewarmed?: Prewarmed | null;
}

interface WorkerEvents {
  onOpened(report: unknown): void;
  onOpenFailed(error: Error): void;
  /** Its task is settled. */
  onIdle(): void;
  /** It has closed a context, in which it had gathered data, and sent parts of it ahead. */
  onDropped(context: string, gathered: unknown, parts: readonly unknown[]): void;
  /** It has ended; `failedToOpen`: before it was open, and not because the pool ended it for its memory. */
  onEnd(ended: Ended, why: string, failedToOpen: boolean): void;
}

/** One worker of a pool, which runs one task at a time. */
export interface Worker {
  readonly state: 'opening' | 'idle' | 'busy' | 'retired' | 'ended';
  readonly pid: number | null;
  /** Bytes resident, as last reported. */
  readonly rssBytes: number;
  /** True if it has no context. */
  readonly isEmpty: boolean;
  /** Opens the stage; call it once, first. */
  open(): void;
  /** Starts a task; the worker must be idle. */
  give(task: Task): void;
  /** Closes a context when idle; resolves once it is closed or the worker is gone. Null if the worker does not have it. */
  drop(context: string): Promise<void> | null;
  /** Asks the worker, which must be idle, to end. */
  retire(): void;
  /** Ends an idle worker that holds nothing: a process at once, because the system reclaims all of it. */
  endIdle(): void;
  /** Kills it; its task rejects with a `WorkerEndedError` whose `forMemory` is true. */
  endForMemory(): void;
  /** Makes it return unused memory to the system. */
  trim(): void;
  /** Kills an idle process, asks any other worker to end; kills it if it has not within `graceMs`. */
  close(graceMs: number): Promise<void>;
}

type Answer = Extract<FromWorker, { readonly id: number }>;

/** Starts a worker, or takes a prewarmed one. */
export function startWorker(options: WorkerOptions, events: WorkerEvents): Worker {
  const isProcess = options.isolation === 'process';
  /** Keys of the contexts it was sent, oldest first; the worker reports a context that it no longer has. */
  const contexts: string[] = [];
  /** Contexts to be closed, and their waiters. */
  const dropping: { readonly key: string; readonly done: () => void }[] = [];
  let state: Worker['state'] = 'opening';
  let task: Task | null = null;
  let timer: NodeJS.Timeout | undefined;
  let timedOut = false;
  let forMemory = false;
  let rssBytes = 0;
  /** What its stage has sent ahead of an answer. */
  const parts: unknown[] = [];
  let onEnded = (): void => {};
  const own: ChannelEvents = { onMessage: receive, onEnd: end };
  const channel = options.prewarmed?.take(own) ?? openChannel(options.isolation, own);

  function receive(message: FromWorker): void {
    if (message.kind === 'started' || message.kind === 'said') return;
    if (message.kind === 'part') {
      parts.push(message.part);
      trimWhereGrown();
    } else if (message.kind === 'open-failed') events.onOpenFailed(fromErrorMessage(message.error));
    else if (message.kind === 'opened') {
      state = 'idle';
      events.onOpened(message.report);
    } else if (message.kind === 'dropped') dropped(message.context, message.gathered);
    else if (task?.id === message.id) answer(task, message);
  }

  function answer(asked: Task, message: Answer): void {
    if (message.kind === 'needs-context') {
      send(asked, true);
      return;
    }
    if (message.kind === 'alive') {
      limitTime();
      return;
    }
    clearTimeout(timer);
    task = null;
    state = 'idle';
    const ahead = parts.splice(0);
    if (message.kind === 'done') {
      if (ahead.length > 0) asked.context.gathered?.(null, ahead);
      rssBytes = message.rssBytes;
      asked.resolve(message.result);
      trimWhereGrown();
    } else asked.reject(fromErrorMessage(message.error));
    events.onIdle();
  }

  function dropped(context: string, gathered: unknown): void {
    const waiting = dropping.findIndex(({ key }) => key === context);
    if (waiting >= 0) dropping.splice(waiting, 1)[0]!.done();
    else forget(context);
    events.onDropped(context, gathered, parts.splice(0));
  }

  /** Removes a context from the list; returns true if it was there. */
  function forget(key: string): boolean {
    const at = contexts.indexOf(key);
    if (at >= 0) contexts.splice(at, 1);
    return at >= 0;
  }

  function end(ended: Ended): void {
    const wasOpening = state === 'opening';
    state = 'ended';
    onEnded();
    for (const { done } of dropping.splice(0)) done();
    clearTimeout(timer);
    const why = forMemory
      ? 'a worker was stopped for its memory'
      : endedBecause(ended, timedOut ? options.taskTimeoutMs : null);
    task?.reject(new WorkerEndedError(ended, why, forMemory, timedOut));
    events.onEnd(ended, why, wasOpening && !forMemory);
  }

  function limitTime(): void {
    clearTimeout(timer);
    if (options.taskTimeoutMs === null || !isProcess) return;
    timer = after(options.taskTimeoutMs, () => {
      timedOut = true;
      channel.kill();
    });
  }

  function send(given: Task, withContext: boolean): void {
    const { key, value } = given.context;
    const message = { kind: 'task', id: given.id, context: key, task: given.task } as const;
    channel.send(withContext ? { ...message, opened: value } : message);
    if (!contexts.includes(key)) contexts.push(key);
  }

  function retire(): void {
    state = 'retired';
    channel.send({ kind: 'close' });
  }

  return {
    get state() {
      return state;
    },
    get pid() {
      return channel.pid;
    },
    get rssBytes() {
      return rssBytes;
    },
    get isEmpty() {
      return contexts.length + dropping.length === 0;
    },
    open: () => channel.send({ kind: 'open', stage: options.stage.href, plan: options.plan }),
    give(given) {
      state = 'busy';
      task = given;
      limitTime();
      send(given, !contexts.includes(given.context.key));
    },
    drop(key) {
      if (!forget(key) || state === 'ended') return null;
      const closed = new Promise<void>((done) => dropping.push({ key, done }));
      channel.send({ kind: 'drop', context: key });
      return closed;
    },
    retire,
    endIdle() {
      if (!isProcess) return retire();
      state = 'retired';
      channel.kill();
    },
    endForMemory() {
      forMemory = true;
      channel.kill();
    },
    trim: () => channel.send({ kind: 'trim' }),
    close: (graceMs) =>
      new Promise((resolve) => {
        const late = setTimeout(() => {
          channel.kill();
          resolve();
        }, graceMs);
        onEnded = () => {
          clearTimeout(late);
          resolve();
        };
        if (isProcess && state === 'idle') channel.kill();
        else if (state !== 'retired') channel.send({ kind: 'close' });
      }),
  };
}
