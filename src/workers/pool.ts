import { InvalidError, NightshiftError, TransientError } from '../errors.js';
import { endOf, fileLimitHint, metFileLimit, startHint } from '../process/child.js';
import { type Channel, type ChannelEvents, type Ended, type Isolation, openChannel } from './channel.js';
import { fromErrorMessage } from './error-message.js';
import type { FromWorker } from './messages.js';
import type { Prewarmed } from './prewarmed.js';
import { trimWhereGrown } from './trim-memory.js';

/** A task was abandoned because its worker ended. Not the task's own error; the owner of the task decides whether to try again. */
export class WorkerEndedError extends NightshiftError {
  readonly exitCode = 1;
  readonly ended: Ended;
  /** True if the pool ended the worker because it used too much memory; neither the model nor anything outside is to blame. */
  readonly forMemory: boolean;
  /** True if the pool ended the worker because its task took too long. */
  readonly timedOut: boolean;

  constructor(ended: Ended, why: string, forMemory = false, timedOut = false) {
    super('worker-ended', why);
    this.ended = ended;
    this.forMemory = forMemory;
    this.timedOut = timedOut;
  }
}

/** Data that many tasks share; opened once per worker, under its key. */
export interface Context {
  readonly key: string;
  readonly value: unknown;
  /**
   * Receives the data that a worker has gathered in the context when the worker closes it: because it is dropped, to make room for others,
   * or because the worker ends normally.
   */
  readonly gathered?: (data: unknown) => void;
}

interface PoolOptions {
  readonly size: number;
  readonly isolation: Isolation;
  /** Module that exports `openStage`, and the plan to open it with. */
  readonly stage: URL;
  readonly plan: unknown;
  /** Time without a sign of life after which a task is abandoned and its worker killed (not possible with threads); null: no limit. */
  readonly taskTimeoutMs: number | null;
  /** Prewarmed processes, for isolation `process`. */
  readonly prewarmed?: Prewarmed | null;
}

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

interface Task {
  readonly id: number;
  readonly context: Context;
  readonly task: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

type Answer = Extract<FromWorker, { readonly id: number }>;
type Dropped = Extract<FromWorker, { readonly kind: 'dropped' }>;

interface Member {
  readonly channel: Channel;
  /** Keys of the contexts it was sent, oldest first; the worker reports a context that it no longer has. */
  readonly contexts: string[];
  state: 'opening' | 'idle' | 'busy' | 'retired' | 'ended';
  task: Task | null;
  timer: NodeJS.Timeout | null;
  timedOut: boolean;
  forMemory: boolean;
  rssBytes: number;
  /** Contexts to be closed, and their waiters. */
  readonly dropping: { readonly key: string; readonly done: () => void }[];
  onEnded: () => void;
}

/** Starts `size` workers at once, so that they open their models while the caller plans. */
export function createPool(options: PoolOptions): Pool {
  const members = new Set<Member>();
  const queue: Task[] = [];
  const gatherers = new Map<string, (data: unknown) => void>();
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
    const events: ChannelEvents = {
      onMessage: (message) => receive(member, message),
      onEnd: (ended) => end(member, ended),
    };
    const member: Member = {
      channel: options.prewarmed?.take(events) ?? openChannel(options.isolation, events),
      contexts: [],
      state: 'opening',
      task: null,
      timer: null,
      timedOut: false,
      forMemory: false,
      rssBytes: 0,
      dropping: [],
      onEnded: () => {},
    };
    members.add(member);
    member.channel.send({ kind: 'open', stage: options.stage.href, plan: options.plan });
  }

  function receive(member: Member, message: FromWorker): void {
    if (message.kind === 'started' || message.kind === 'said') return;
    if (message.kind === 'open-failed') failOpening(fromErrorMessage(message.error));
    else if (message.kind === 'opened') {
      resolveOpened(message.report);
      endedWhileOpening = 0;
      member.state = 'idle';
      assign();
    } else if (message.kind === 'dropped') dropped(member, message);
    else if (member.task?.id === message.id) answer(member, member.task, message);
  }

  function answer(member: Member, task: Task, message: Answer): void {
    if (message.kind === 'needs-context') {
      send(member, task, true);
      return;
    }
    if (message.kind === 'alive') {
      limitTime(member);
      return;
    }
    if (member.timer !== null) clearTimeout(member.timer);
    member.task = null;
    member.state = 'idle';
    if (message.kind === 'done') {
      member.rssBytes = message.rssBytes;
      task.resolve(message.result);
      trimWhereGrown();
    } else task.reject(fromErrorMessage(message.error));
    assign();
  }

  function dropped(member: Member, { context, gathered }: Dropped): void {
    if (gathered !== null && gathered !== undefined) gatherers.get(context)?.(gathered);
    const waiting = member.dropping.findIndex(({ key }) => key === context);
    if (waiting >= 0) member.dropping.splice(waiting, 1)[0]!.done();
    else forget(member, context);
    if (resting) letRest();
  }

  function letRest(): void {
    for (const member of members) {
      const { state, contexts, dropping } = member;
      if (state === 'idle' && contexts.length + dropping.length === 0) endIdle(member);
    }
  }

  /** Ends a worker that holds nothing: a process at once, because the system reclaims all of it. */
  function endIdle(member: Member): void {
    member.state = 'retired';
    if (options.isolation === 'process') member.channel.kill();
    else member.channel.send({ kind: 'close' });
  }

  function failOpening(error: Error): void {
    openFailure = error;
    rejectOpened(error);
    for (const task of queue.splice(0)) task.reject(error);
  }

  function end(member: Member, ended: Ended): void {
    const wasOpening = member.state === 'opening';
    members.delete(member);
    member.state = 'ended';
    member.onEnded();
    for (const { done } of member.dropping.splice(0)) done();
    if (member.timer !== null) clearTimeout(member.timer);
    const why = member.forMemory
      ? 'a worker was stopped for its memory'
      : endedBecause(ended, member.timedOut ? options.taskTimeoutMs : null);
    member.task?.reject(new WorkerEndedError(ended, why, member.forMemory, member.timedOut));
    if (closing || openFailure !== null) return;
    // Where the system starts no more processes, the run continues with those that it has, open or still opening.
    if (!ended.hasStarted && members.size > 0) size = members.size;
    else if (wasOpening && !member.forMemory && ++endedWhileOpening > 2) {
      failOpening(
        cannotOpen(
          ended,
          `${why} while it ${ended.hasStarted ? 'opened the model' : 'started'}, three times in a row`,
        ),
      );
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
    retire();
    while (members.size < size && (queue.length > 0 || members.size === 0)) start();
    for (const member of members) {
      if (member.state !== 'idle' || busy() >= size) continue;
      const task = queue.shift();
      if (task === undefined) return;
      give(member, task);
    }
  }

  /** Ends surplus idle workers. */
  function retire(): void {
    let surplus = [...members].filter(({ state }) => state !== 'retired').length - size;
    for (const member of members) {
      if (surplus <= 0) return;
      if (member.state !== 'idle') continue;
      member.state = 'retired';
      member.channel.send({ kind: 'close' });
      surplus--;
    }
  }

  function busy(): number {
    let count = 0;
    for (const member of members) if (member.state === 'busy') count++;
    return count;
  }

  function give(member: Member, task: Task): void {
    member.state = 'busy';
    member.task = task;
    limitTime(member);
    send(member, task, !member.contexts.includes(task.context.key));
  }

  function limitTime(member: Member): void {
    if (member.timer !== null) clearTimeout(member.timer);
    if (options.taskTimeoutMs === null || options.isolation !== 'process') return;
    member.timer = setTimeout(() => {
      member.timedOut = true;
      member.channel.kill();
    }, options.taskTimeoutMs);
  }

  function send(member: Member, task: Task, withContext: boolean): void {
    const { key, value } = task.context;
    const message = { kind: 'task', id: task.id, context: key, task: task.task } as const;
    member.channel.send(withContext ? { ...message, opened: value } : message);
    if (!member.contexts.includes(key)) member.contexts.push(key);
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
        if (closing) {
          return reject(new WorkerEndedError(closedByUs, 'the workers were stopped'));
        }
        resting = false;
        if (context.gathered !== undefined) gatherers.set(context.key, context.gathered);
        queue.push({ id: nextId++, context, task, resolve, reject });
        assign();
      });
    },
    async drop(key) {
      const waiting: Promise<void>[] = [];
      for (const member of [...members]) {
        if (!forget(member, key) || member.state === 'ended') continue;
        const dropped = new Promise<void>((done) => member.dropping.push({ key, done }));
        waiting.push(dropped);
        member.channel.send({ kind: 'drop', context: key });
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
    rssBytes: () => [...members].reduce((sum, member) => sum + member.rssBytes, 0),
    pids: () => [...members].map((member) => member.channel.pid).filter((pid) => pid !== null),
    resize(to) {
      size = Math.max(1, to);
      assign();
    },
    endForMemory(pid) {
      for (const member of members) {
        if (member.channel.pid !== pid) continue;
        member.forMemory = true;
        member.channel.kill();
      }
    },
    trim() {
      for (const { channel } of members) channel.send({ kind: 'trim' });
    },
    async close(graceMs = 5000) {
      closing = true;
      const closed = new WorkerEndedError(closedByUs, 'the workers were stopped');
      for (const task of queue.splice(0)) task.reject(closed);
      const isProcess = options.isolation === 'process';
      await Promise.all(
        [...members].map((member) => closeMember(member, isProcess && member.state === 'idle', graceMs)),
      );
    },
  };
}

/** Removes a context from a worker's list; returns true if it was there. */
function forget({ contexts }: Member, key: string): boolean {
  const at = contexts.indexOf(key);
  if (at >= 0) contexts.splice(at, 1);
  return at >= 0;
}

function closeMember(member: Member, atOnce: boolean, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      member.channel.kill();
      resolve();
    }, graceMs);
    member.onEnded = () => {
      clearTimeout(timer);
      resolve();
    };
    if (atOnce) member.channel.kill();
    else if (member.state !== 'retired') member.channel.send({ kind: 'close' });
  });
}

function cannotOpen({ code, signal, hasStarted }: Ended, message: string): NightshiftError {
  if (metFileLimit(code)) {
    const limit = `${message}: too many files are open`;
    return new TransientError('too-many-files', limit, { hint: fileLimitHint });
  }
  if (!hasStarted) return new TransientError('worker-ended', message, { hint: startHint });
  if (signal === 'SIGKILL') {
    const hint = 'does the memory hold the model once for each worker? give the run more, or fewer workers';
    return new TransientError('worker-ended', message, { hint });
  }
  const hint = 'the model ends its own process: try it with "nightshift check", or export it again';
  return new InvalidError('model-ends-workers', message, { hint });
}

const closedByUs: Ended = { code: null, signal: null, hasStarted: true };

function endedBecause(ended: Ended, timeoutMs: number | null): string {
  if (timeoutMs !== null)
    return `a worker was stopped because a batch took longer than ${timeoutMs / 1000} s`;
  if (ended.signal === 'SIGKILL' && ended.hasStarted)
    return 'a worker was killed from outside, most likely for its memory (SIGKILL)';
  if (ended.signal !== null) return `a worker was ended by ${ended.signal}`;
  return `a worker ended with ${endOf(ended.code, null)}`;
}
