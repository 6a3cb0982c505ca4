import type { InputFile } from '../../storage/list-inputs.js';
import { storeOf } from '../../storage/store-of.js';
import { checkDisk } from '../budgets/disk-budget.js';
import { killCounter } from '../budgets/machine.js';
import { checkPinned } from '../plan/pinned-plan.js';
import { refuseOtherJob } from '../plan/refuse-other-job.js';
import type { RunOptions } from '../plan/run-options.js';
import type { PlannedJob, VersionedJob } from '../plan/run-plan.js';
import { type Selection, selectInputs } from '../plan/select-inputs.js';
import { shardName } from '../plan/shard-inputs.js';
import { areDone, type Known, type Work, whatToDo } from '../plan/what-to-do.js';
import { type Attempts, openAttempts, readAttempts } from '../records/attempts.js';
import { type Layout, layoutOf, openRunFolder } from '../records/layout.js';
import { readRecords } from '../records/read-records.js';
import { retryStorage } from '../records/retry-storage.js';
import { type Claim, claimPartitions } from './claim.js';
import { forgetHeld, readHeld, readIntended, recoverIntents } from './commit.js';
import { crashPoint } from './crash-point.js';

/** The partitions that a call is for. */
interface Scope {
  readonly chosen: readonly InputFile[];
  /** True if they are all partitions of the job, so that the call claims the whole folder. */
  readonly isWhole: boolean;
  isMine(partition: string): boolean;
}

/** A run folder that a call has claimed, the facts known about it, and the work to do there. */
export interface OpenRun {
  readonly layout: Layout;
  readonly scope: Scope;
  readonly claim: Claim;
  readonly known: Known;
  readonly work: readonly Work[];
  /** The inputs of `work` that must be scored. */
  readonly todo: readonly InputFile[];
  readonly attempts: Attempts;
  /** Aborted when the run ends early; the reason is the error that ended it. */
  readonly signal: AbortSignal;
  /** Ends the run early: starts nothing more and drops what is in progress. */
  stop(error: Error): void;
}

/**
 * Opens the run folder of a plan: claims the partitions of the call, completes what a killed run left there,
 * and determines the work to do. Throws if the folder belongs to another job, cannot be written or is full,
 * and `TransientError` while another run works on the same partitions.
 */
export async function openRun(plan: PlannedJob & VersionedJob, options: RunOptions): Promise<OpenRun> {
  const { job } = plan;
  const { runId, selection, force, signal, observe } = options;
  signal.throwIfAborted();
  const layout = layoutOf(job.output.path, job.output.format);
  if (selection.shard !== null) await checkPinned(layout, plan.inputs);
  const scope = await scopeOf(plan.inputs, selection, layout);
  const again = { retries: job.run.retries, signal, observe, what: 'preparing the output' };
  await retryStorage(again, () => openRunFolder(layout));
  if (!force) await refuseOtherJob(layout, job.name);
  const stopped = new AbortController();
  const stop = (error: Error) => stopped.abort(error);
  const names = scope.isWhole ? null : scope.chosen.map(({ partition }) => partition);
  const { shard, partition } = selection;
  const name = shard === null ? null : shardName(shard, plan.inputs, partition);
  const how = { onLost: stop, shard: name };
  const claim = await retryStorage(again, () => claimPartitions(layout, runId, names, how));
  try {
    const known = await retryStorage(again, () => recover(layout, scope, options));
    const work = await whatToDo(plan, layout, scope.chosen, known, force);
    const todo = work.filter(({ state }) => state === 'todo').map(({ input }) => input);
    await forgetOutdated(layout, todo, known);
    const attempts = await attemptsOn(layout, scope, todo, options);
    await checkDisk(layout.output, todo, known.records);
    const isDone = work.every(({ state }) => state === 'done');
    if (!isDone || !(await areOthersDone(plan, layout, scope)))
      await storeOf(layout.success).remove(layout.success);
    crashPoint('planned');
    const ended = AbortSignal.any([signal, stopped.signal]);
    return { layout, scope, claim, known, work, todo, attempts, signal: ended, stop };
  } catch (error) {
    await claim.release();
    throw error;
  }
}

/** Returns true if `_SUCCESS` holds for the partitions that the call is not for; reads them only if it exists. */
async function areOthersDone(
  plan: PlannedJob & VersionedJob,
  layout: Layout,
  { isWhole, isMine }: Scope,
): Promise<boolean> {
  if (isWhole) return true;
  if (!(await storeOf(layout.success).exists(layout.success))) return false;
  const others = plan.inputs.filter(({ partition }) => !isMine(partition));
  return areDone(plan, others, { records: await readRecords(layout, (partition) => !isMine(partition)) });
}

async function scopeOf(inputs: readonly InputFile[], selection: Selection, layout: Layout): Promise<Scope> {
  const chosen = selectInputs(inputs, selection, selection.failedOnly ? await failedOf(layout) : new Set());
  const isWhole = selection.partition === null && selection.shard === null && !selection.failedOnly;
  const mine = new Set(chosen.map(({ partition }) => partition));
  return { chosen, isWhole, isMine: (partition) => isWhole || mine.has(partition) };
}

/** Partitions that failed or were not scored to their end. */
async function failedOf(layout: Layout): Promise<Set<string>> {
  const failed = new Set([...(await readAttempts(layout)).keys(), ...(await readIntended(layout))]);
  for (const { partition, state } of (await readRecords(layout)).values())
    if (state !== 'published') failed.add(partition);
  return failed;
}

/** Completes the commits that a killed run left behind, and reads the resulting state. */
async function recover(layout: Layout, { isMine }: Scope, { runId, observe }: RunOptions): Promise<Known> {
  const { finished, undone } = await recoverIntents(layout, runId, isMine);
  for (const partition of finished)
    observe({ kind: 'note', level: 'info', message: `finished publishing "${partition}"` });
  for (const partition of undone) {
    const message = `"${partition}" could not be published completely, because its staged files are gone; it will be scored again`;
    observe({ kind: 'note', level: 'warn', message });
  }
  const isWanted = (partition: string, index: number) => isMine(partition) || index < knownOfOthers;
  return { records: await readRecords(layout, isWanted), held: await readHeld(layout) };
}

/** Records of other partitions that a call reads, to know how large outputs are. */
const knownOfOthers = 8;

/** Discards held partitions that will be scored again because their input, model or job changed. */
async function forgetOutdated(layout: Layout, todo: readonly InputFile[], { held }: Known): Promise<void> {
  for (const { partition } of todo) if (held.has(partition)) await forgetHeld(layout, partition);
}

/** Opens the attempts; drops those of partitions that reached their commit, and all of them on a retry. */
function attemptsOn(
  layout: Layout,
  { isMine }: Scope,
  todo: readonly InputFile[],
  { force, selection }: RunOptions,
): Promise<Attempts> {
  const scored = new Set(todo.map(({ partition }) => partition));
  const isForgiven = (partition: string) => force || selection.failedOnly || !scored.has(partition);
  return openAttempts(layout, isMine, isForgiven, killCounter());
}
