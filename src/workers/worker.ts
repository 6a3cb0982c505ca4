import type { ChildProcess } from 'node:child_process';
import { after } from '../process/timer.js';
import { type Channel, type ChannelEvents, type Ended, type Isolation, openChannel } from './channel.js';
import { fromErrorMessage } from './error-message.js';
import { withoutKnown } from './known-parts.js';
import type { FromWorker } from './messages.js';
import type { Prewarmed } from './prewarmed.js';
import { sentContexts } from './sent-contexts.js';
import { trimWhereGrown } from './trim-memory.js';
import { endedBecause, WorkerEndedError } from './worker-ended.js';

/** Data that many tasks share; opened once per worker, under its key. */
export interface Context {
  readonly key: string;
  readonly value: unknown;
  /**
   * Receives the data that a worker has gathered in the context when the worker closes it: because it is
   * dropped, to make room for others, or because the worker ends normally; or null ahead of a task's result.
   * `parts` is what its stage has sent ahead.
   */
  readonly gathered?: (data: unknown, parts: readonly unknown[]) => void;
}

export interface Task {
  readonly id: number;
  readonly context: Context;
  readonly task: unknown;
  /** In place of `taskTimeoutMs`; absent: that applies. */
  readonly limitMs?: number | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface WorkerOptions {
  readonly isolation: Isolation;
  /** Module that exports `openStage`, and the plan to open it with. */
  readonly stage: URL;
  readonly plan: unknown;
  /**
   * Time without a message after which a task is abandoned and its worker killed (not possible with
   * threads); null: no limit.
   */
  readonly taskTimeoutMs: number | null;
  /** Prewarmed processes, for isolation `process`. */
  readonly prewarmed?: Prewarmed | null;
}

interface WorkerEvents {
  onOpened(report: unknown): void;
  onOpenFailed(error: Error): void;
  /** Its task is settled. */
  onIdle(): void;
  /** The worker has closed a context that held data; parts of it may have been sent ahead. */
  onDropped(context: string, gathered: unknown, parts: readonly unknown[]): void;
  /** It has ended; `failedToOpen`: before it was open, and not because the pool ended it for its memory. */
  onEnd(ended: Ended, why: string, failedToOpen: boolean): void;
}

type State = 'opening' | 'idle' | 'busy' | 'retired' | 'ended';

/** One worker of a pool, which runs one task at a time. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #events: WorkerEvents;
  readonly #isProcess: boolean;
  readonly #channel: Channel;
  readonly #limit: TaskLimit;
  readonly #contexts = sentContexts();
  /** What its stage has sent ahead of an answer. */
  readonly #parts: unknown[] = [];
  /** The context that it was sent last. */
  #sent: unknown = null;
  #state: State = 'opening';
  #task: Task | null = null;
  #forMemory = false;
  #rssBytes = 0;
  #cpuMicros = 0;
  #onEnded = (): void => {};

  /** Starts a worker, or takes a prewarmed one, and opens its stage. */
  constructor(options: WorkerOptions, events: WorkerEvents) {
    this.#options = options;
    this.#events = events;
    this.#isProcess = options.isolation === 'process';
    this.#limit = taskLimit(() => this.#channel.kill());
    const own: ChannelEvents = {
      onMessage: (message) => this.#receive(message),
      onEnd: (ended) => this.#end(ended),
    };
    this.#channel = options.prewarmed?.take(own) ?? openChannel(options.isolation, own);
    this.#channel.send({ kind: 'open', stage: options.stage.href, plan: options.plan });
  }

  get state(): State {
    return this.#state;
  }

  get pid(): number | null {
    return this.#channel.pid;
  }

  /** Bytes resident, as last reported. */
  get rssBytes(): number {
    return this.#rssBytes;
  }

  /** Processor time of its process, as last reported; 0 if it has none of its own. */
  get cpuMicros(): number {
    return this.#isProcess ? this.#cpuMicros : 0;
  }

  /** True if it has no context. */
  get isEmpty(): boolean {
    return this.#contexts.isEmpty;
  }

  /** Starts a task; the worker must be idle. */
  give(task: Task): void {
    this.#state = 'busy';
    this.#task = task;
    this.#limit.restart(this.#limitMs());
    this.#send(task, !this.#contexts.has(task.context.key));
  }

  /** Closes a context when idle; resolves once it is closed or the worker is gone. Null if it has none. */
  drop(context: string): Promise<void> | null {
    if (this.#state === 'ended') return null;
    const closed = this.#contexts.startClosing(context);
    if (closed !== null) this.#channel.send({ kind: 'drop', context });
    return closed;
  }

  /** Asks the worker, which must be idle, to end. */
  retire(): void {
    this.#state = 'retired';
    this.#channel.send({ kind: 'close' });
  }

  /** Ends an idle worker that holds nothing: a process at once, because the system reclaims all of it. */
  endIdle(): void {
    if (!this.#isProcess) {
      this.retire();
      return;
    }
    this.#state = 'retired';
    this.#channel.kill();
  }

  /** Gives up its process, which stays open for another worker; null if it is not idle, or has none. */
  release(): ChildProcess | null {
    if (this.#state !== 'idle') return null;
    const child = this.#channel.release();
    if (child !== null) this.#state = 'ended';
    return child;
  }

  /** Kills it; its task rejects with a `WorkerEndedError` whose `forMemory` is true. */
  endForMemory(): void {
    this.#forMemory = true;
    this.#channel.kill();
  }

  /** Makes it return unused memory to the system. */
  trim(): void {
    this.#channel.send({ kind: 'trim' });
  }

  /** Kills an idle process, asks any other worker to end; kills it if it has not within `graceMs`. */
  close(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        this.#channel.kill();
        resolve();
      }, graceMs);
      this.#onEnded = () => {
        clearTimeout(late);
        resolve();
      };
      if (this.#isProcess && this.#state === 'idle') this.#channel.kill();
      else if (this.#state !== 'retired') this.#channel.send({ kind: 'close' });
    });
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'started' || message.kind === 'said') return;
    if (message.kind === 'part') {
      this.#parts.push(message.part);
      trimWhereGrown();
    } else if (message.kind === 'open-failed') this.#events.onOpenFailed(fromErrorMessage(message.error));
    else if (message.kind === 'opened') {
      this.#state = 'idle';
      this.#events.onOpened(message.report);
    } else if (message.kind === 'dropped') {
      this.#contexts.closed(message.context);
      this.#events.onDropped(message.context, message.gathered, this.#parts.splice(0));
    } else if (this.#task?.id === message.id) this.#receiveAnswer(this.#task, message);
  }

  #receiveAnswer(task: Task, message: Extract<FromWorker, { readonly id: number }>): void {
    if (message.kind === 'needs-context') this.#send(task, true);
    else if (message.kind === 'alive') this.#limit.restart(this.#limitMs());
    else {
      this.#limit.stop();
      this.#task = null;
      this.#state = 'idle';
      const ahead = this.#parts.splice(0);
      if (message.kind === 'done') {
        if (ahead.length > 0) task.context.gathered?.(null, ahead);
        this.#rssBytes = message.rssBytes;
        this.#cpuMicros = message.cpuMicros;
        task.resolve(message.result);
        trimWhereGrown();
      } else task.reject(fromErrorMessage(message.error));
      this.#events.onIdle();
    }
  }

  #limitMs(): number | null {
    return this.#isProcess ? (this.#task?.limitMs ?? this.#options.taskTimeoutMs) : null;
  }

  #send(task: Task, withContext: boolean): void {
    const { key, value } = task.context;
    const message = { kind: 'task', id: task.id, context: key, task: task.task } as const;
    if (withContext) {
      this.#channel.send({ ...message, ...withoutKnown(value, this.#sent) });
      this.#sent = value;
    } else this.#channel.send(message);
    this.#contexts.add(key);
  }

  #end(ended: Ended): void {
    const wasOpening = this.#state === 'opening';
    this.#state = 'ended';
    this.#onEnded();
    this.#contexts.closeAll();
    this.#limit.stop();
    const timedOut = this.#limit.isOver;
    const why = this.#forMemory
      ? 'a worker was stopped because of its memory'
      : endedBecause(ended, timedOut ? this.#limitMs() : null);
    this.#task?.reject(new WorkerEndedError(ended, why, this.#forMemory, timedOut));
    this.#events.onEnd(ended, why, wasOpening && !this.#forMemory);
  }
}

interface TaskLimit {
  /** True once the time limit has passed. */
  readonly isOver: boolean;
  /** Restarts the time limit. */
  restart(ms: number | null): void;
  stop(): void;
}

/** Calls `onOver` if `ms` pass after a start before the next start or a stop; never if `ms` is null. */
function taskLimit(onOver: () => void): TaskLimit {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  return {
    get isOver() {
      return isOver;
    },
    restart(ms) {
      clearTimeout(timer);
      if (ms === null) return;
      timer = after(ms, () => {
        isOver = true;
        onOver();
      });
    },
    stop: () => clearTimeout(timer),
  };
}
