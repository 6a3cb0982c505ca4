import { cpuMicros } from '../process/cpu-micros.js';
import { recentBytes } from '../process/resident-bytes.js';
import { toErrorMessage } from './error-message.js';
import { withKnown } from './known-parts.js';
import type { FromWorker, ToWorker } from './messages.js';
import type { Stage, StageContext } from './stage.js';
import { stageModule } from './stage-modules.js';
import { trimMemory, trimWhereGrown } from './trim-memory.js';

/** Number of contexts that a worker keeps open; it closes the oldest, which is sent again if needed. */
const contextsKept = 4;

/** Sends a message; calls `sent` once it is on its way and its memory is free. */
type Reply = (message: FromWorker, sent?: () => void) => void;

/**
 * Runs the worker's side of the protocol: opens the stage, then runs tasks in the order of arrival. `reply`
 * sends; the returned function takes each message; `worked` is called after each task, before its result is
 * sent. An error fails its own task, never the worker.
 */
export function serve(
  reply: Reply,
  closed: () => void,
  worked: () => void = () => {},
): (message: ToWorker) => void {
  const contexts = new Map<string, StageContext>();
  /** The context that was received last. */
  let received: unknown = null;
  let stage: Stage | null = null;
  let isClosed = false;
  let turn: Promise<void> = Promise.resolve();

  async function sendPart(part: unknown): Promise<void> {
    await new Promise<void>((sent) => reply({ kind: 'part', part }, sent));
    trimWhereGrown();
  }

  async function open(url: string, plan: unknown): Promise<void> {
    if (stage !== null) return reply({ kind: 'opened', report: stage.report });
    try {
      const { openStage } = await stageModule(url);
      stage = await openStage(plan);
      reply({ kind: 'opened', report: stage.report });
    } catch (error) {
      reply({ kind: 'open-failed', error: toErrorMessage(error) });
    }
  }

  /** Preloads a module; ignores errors, because opening the stage reports them. */
  async function warm(url: string, what: unknown): Promise<void> {
    try {
      const { warmStage } = await stageModule(url);
      await warmStage?.(what);
    } catch {}
  }

  async function tryOut(url: string, request: unknown): Promise<void> {
    const module = await stageModule(url);
    await module.tryOut?.(request, (said) => reply({ kind: 'said', said }));
  }

  async function contextOf(key: string, opened: unknown): Promise<StageContext> {
    const known = contexts.get(key);
    if (known !== undefined) return known;
    if (stage === null) throw new Error('a task came before the stage was open');
    const context = await stage.openContext(opened);
    contexts.set(key, context);
    if (contexts.size > contextsKept) await drop(contexts.keys().next().value!);
    return context;
  }

  async function drop(key: string): Promise<void> {
    const context = contexts.get(key);
    contexts.delete(key);
    reply({ kind: 'dropped', context: key, gathered: await context?.close(sendPart) });
    trimWhereGrown();
  }

  async function handle(message: ToWorker): Promise<void> {
    if (message.kind === 'warm') return warm(message.stage, message.what);
    if (message.kind === 'trial') return tryOut(message.stage, message.request);
    if (message.kind === 'open') return open(message.stage, message.plan);
    if (message.kind === 'drop') return drop(message.context);
    if (message.kind === 'trim') return trimMemory();
    if (message.kind === 'close') {
      if (isClosed) return;
      isClosed = true;
      for (const key of [...contexts.keys()]) await drop(key);
      await stage?.close();
      closed();
      return;
    }
    if (!contexts.has(message.context) && message.opened === undefined) {
      reply({ kind: 'needs-context', id: message.id });
      return;
    }
    try {
      if (message.opened !== undefined) received = withKnown(message.opened, message.known ?? [], received);
      const context = await contextOf(message.context, received);
      const alive = () => reply({ kind: 'alive', id: message.id });
      const result = await context.run(message.task, alive, sendPart);
      // Before the result, after which this process may be killed at any time.
      worked();
      const used = { rssBytes: recentBytes(), cpuMicros: cpuMicros() };
      reply({ kind: 'done', id: message.id, result, ...used });
      trimWhereGrown();
    } catch (error) {
      reply({ kind: 'failed', id: message.id, error: toErrorMessage(error) });
    }
  }

  return (message) => {
    turn = turn.then(() => handle(message));
  };
}
