import { NightshiftError } from '../errors.js';
import type { Job } from '../job/job.js';
import { batchSentence } from '../model/explain-model.js';
import type { Summary } from '../quality/summary.js';
import { checkWritable, makeFolder, removeDurably } from '../storage/durable.js';
import type { InputFile } from '../storage/list-inputs.js';
import type { Prewarmed } from '../workers/prewarmed.js';
import { checkDisk } from './budgets/disk-budget.js';
import { groupKills, type Machine, readMachine } from './budgets/machine.js';
import { workersFor } from './budgets/workers-for.js';
import { closeRun } from './finish/close-run.js';
import { preparePage } from './finish/prepare-page.js';
import { holdsPublication } from './judge/gates-of.js';
import { verdictOf } from './judge/report-verdict.js';
import { listJobInputs, modelNotes, planRun, type RunPlan } from './plan/plan-run.js';
import { refuseOtherJob } from './plan/refuse-other-job.js';
import { refuseRowless } from './plan/refuse-rowless.js';
import { selectInputs } from './plan/select-inputs.js';
import { areDone, type Known, outcomeOf, type Work, whatToDo } from './plan/what-to-do.js';
import { claimPartitions } from './publish/claim.js';
import { forgetHeld, readHeld, readIntended, recoverIntents } from './publish/commit.js';
import { crashPoint } from './publish/crash-point.js';
import { openAttempts, readAttempts } from './records/attempts.js';
import { failureOf } from './records/failure-of.js';
import { incomplete } from './records/incomplete.js';
import { type Layout, layoutOf, makeRunFolder } from './records/layout.js';
import {
  exitOfOutcomes,
  type PartitionOutcome,
  partitionsOf,
  type RunReport,
  rowsOf,
} from './records/outcomes.js';
import { type Failure, readRecords } from './records/record.js';
import { prewarmWorkers } from './score/prewarm-workers.js';
import { retryStorage } from './score/retry-storage.js';
import type { RunOptions, Scene } from './score/scene.js';
import { scorePartitions } from './score/score-partitions.js';

/** What a run gives back: the line for machines, and the summary for people (null where none was written). */
export interface RunEnd {
  readonly report: RunReport;
  readonly summary: Summary | null;
  /** What ended the run before its end, or the gate on the whole that closed. */
  readonly stopped: Failure | null;
  /** Why partitions that were asked for are not published. */
  readonly failures: readonly Failure[];
}

/**
 * Runs a job: plans, scores what is not yet done partition by partition, publishes each as a whole, and writes the run's records. Throws for what
 * concerns the run as a whole before anything is published; what happens to single partitions is in the report. A shard leaves the summary to
 * `finishJob`, and so does a call for some partitions while other runs work beside it.
 */
export async function runJob(job: Job, options: RunOptions): Promise<RunEnd> {
  const { startedAt } = options;
  const inputs = await listJobInputs(job);
  const machine = await readMachine();
  // The process that tries the model out comes first: planning waits for it.
  const planning = planRun(job, inputs, options.signal);
  const prewarmed = prewarmWorkers(job, inputs, machine, options.force);
  try {
    const plan = await planning;
    await refuseRowless(job, inputs, plan);
    return await runOver(job, options, { startedAt, inputs, machine, prewarmed, plan });
  } finally {
    prewarmed?.close();
  }
}

/** What a run begins with. */
interface Start {
  readonly startedAt: Date;
  readonly inputs: readonly InputFile[];
  readonly machine: Machine;
  readonly prewarmed: Prewarmed | null;
  readonly plan: RunPlan;
}

async function runOver(
  job: Job,
  options: RunOptions,
  { startedAt, inputs, machine, prewarmed, plan }: Start,
): Promise<RunEnd> {
  const { runId, selection, force, signal } = options;
  signal.throwIfAborted();
  const layout = layoutOf(job.output.path, job.output.format);
  const chosen = await choose(inputs, options, layout);
  const again = { retries: job.run.retries, signal, observe: options.observe, what: 'preparing the output' };
  await retryStorage(again, () => openRunFolder(layout));
  if (!force) await refuseOtherJob(layout, job.name);

  const isWhole = selection.partition === null && selection.shard === null && !selection.failedOnly;
  const names = chosen.map(({ partition }) => partition);
  const stop = new AbortController();
  const onLost = (error: Error) => stop.abort(error);
  const claim = await retryStorage(again, () =>
    claimPartitions(layout, runId, isWhole ? null : names, { onLost }),
  );
  try {
    const mine = new Set(names);
    const isMine = (partition: string) => isWhole || mine.has(partition);
    const known = await retryStorage(again, () => recover(layout, isMine, options));
    const work = await whatToDo(plan, layout, chosen, known, force);
    await forgetOutdated(layout, work, known);
    const todo = work.filter(({ state }) => state === 'todo').map(({ input }) => input);
    const scoredNow = new Set(todo.map(({ partition }) => partition));
    // Whatever got as far as its commit is not what the process died of, and who asks for a retry wants it tried.
    const isForgiven = (partition: string) => force || selection.failedOnly || !scoredNow.has(partition);
    const attempts = await openAttempts(layout, isMine, isForgiven, groupKills);
    await checkDisk(layout.output, bytesOf(todo), known.records);
    const others = inputs.filter(({ partition }) => !isMine(partition));
    const isComplete = work.every(({ state }) => state === 'done') && areDone(plan, others, known);
    if (!isComplete) await removeDurably(layout.success);
    crashPoint('planned');

    const memoryBytes = job.run.memoryBytes === 'auto' ? machine.memoryBytes : job.run.memoryBytes;
    const { threads, bytes: modelBytes } = plan.model;
    const means = { cores: machine.cores, threads, memoryBytes, modelBytes };
    const { workers, note } = workersFor(job, means, todo);
    if (note !== null) options.observe({ kind: 'note', level: 'warn', message: note });
    const scene: Scene = {
      plan,
      layout,
      runId,
      startedAt,
      workers,
      prewarmed,
      memoryBytes,
      isGroupLimited: job.run.memoryBytes === 'auto' && machine.isLimited,
      known,
      attempts,
      repeated: null,
      holds: holdsPublication(plan),
      observe: options.observe,
      signal: AbortSignal.any([signal, stop.signal]),
      stop: (error) => stop.abort(error),
    };
    tellModel(scene);
    tellPlan(scene, work.length, todo);
    const scoring = scorePartitions(scene, work).finally(() => attempts.close());
    preparePage();
    const scored = await scoring;
    const course = {
      runId,
      startedAt,
      workers,
      peakRssBytes: scored.peakRssBytes,
      memoryLimitBytes: memoryBytes,
      stopped: scored.stopped,
      notes: note === null ? modelNotes(plan) : [...modelNotes(plan), note],
    };
    if (scored.stopped?.reason === 'claim-lost') return endOf(job, layout, course, scored.outcomes, null);
    const isLast = isWhole || (selection.shard === null && (await claim.widen()));
    if (!isLast) {
      if (selection.shard === null) options.observe({ kind: 'note', level: 'info', message: leftToOthers });
      return endOf(job, layout, course, scored.outcomes, null);
    }
    const { all, records } = await everyOutcome(plan, layout, scored.outcomes, known, isWhole);
    // Who retries all that failed is told that more than that is missing.
    const isForAll = selection.failedOnly && selection.partition === null;
    const missing = isForAll ? incomplete(all, 'score the others with: nightshift run JOB') : null;
    const stopped = scored.stopped ?? (missing === null ? null : failureOf(missing));
    const ofMine = (outcomes: readonly PartitionOutcome[]) =>
      outcomes.filter(({ partition }) => isMine(partition));
    try {
      const closed = await closeRun(plan, layout, all, records, { ...course, stopped });
      for (const message of closed.notes.slice(course.notes.length))
        options.observe({ kind: 'note', level: 'info', message });
      const ended = { runId, stopped: stopped ?? closed.gateFailure };
      return endOf(job, layout, ended, ofMine(closed.outcomes), closed.summary);
    } catch (error) {
      // What is published stays published: the report says so, also where the summary cannot.
      if (!(error instanceof NightshiftError)) throw error;
      return endOf(job, layout, { runId, stopped: failureOf(error) }, ofMine(all), null);
    }
  } finally {
    await claim.release();
  }
}

const leftToOthers =
  'other runs work in this folder: summary and _SUCCESS are left to the last of them, or after shards to "nightshift finish"';

/** Makes the run folder with all that a run keeps there. Throws where it cannot be written, or a link stands in it. */
export async function openRunFolder(layout: Layout): Promise<void> {
  await checkWritable(layout.output);
  await makeFolder(layout.output);
  await makeRunFolder(layout);
}

async function choose(
  inputs: readonly InputFile[],
  { selection }: RunOptions,
  layout: Layout,
): Promise<InputFile[]> {
  if (!selection.failedOnly) return selectInputs(inputs, selection, new Set());
  const failed = new Set([...(await readAttempts(layout)).keys(), ...(await readIntended(layout))]);
  for (const { partition, state } of (await readRecords(layout)).values())
    if (state !== 'published') failed.add(partition);
  return selectInputs(inputs, selection, failed);
}

/** Carries forward what a killed run left, and reads what is known then. */
async function recover(
  layout: Layout,
  isMine: (partition: string) => boolean,
  { observe }: RunOptions,
): Promise<Known> {
  const { finished, undone } = await recoverIntents(layout, isMine);
  for (const partition of finished)
    observe({ kind: 'note', level: 'info', message: `finished publishing "${partition}"` });
  for (const partition of undone) {
    const message = `"${partition}" could not be published to its end, its staged files are gone: it is scored again`;
    observe({ kind: 'note', level: 'warn', message });
  }
  return { records: await readRecords(layout), held: await readHeld(layout) };
}

/** What is held and will be scored again, since its input, model or job changed, is thrown away first. */
async function forgetOutdated(layout: Layout, work: readonly Work[], { held }: Known): Promise<void> {
  for (const { input, state } of work) {
    if (state === 'todo' && held.has(input.partition)) await forgetHeld(layout, input.partition);
  }
}

/** The batch that was measured, and whatever makes scores depend on more than their rows. */
function tellModel({ plan: { model }, observe }: Scene): void {
  if (model.batch.from === 'measured')
    observe({ kind: 'note', level: 'info', message: batchSentence(model.batch) });
  for (const message of model.warnings) observe({ kind: 'note', level: 'warn', message });
}

function tellPlan({ runId, workers, observe }: Scene, partitions: number, todo: readonly InputFile[]): void {
  const skipped = partitions - todo.length;
  observe({ kind: 'planned', runId, partitions, skipped, bytes: bytesOf(todo), workers });
}

function bytesOf(inputs: readonly InputFile[]): number {
  return inputs.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** How every partition of the plan stands now, in its order: those just scored, and the others as the run folder tells. */
export async function everyOutcome(
  plan: RunPlan,
  layout: Layout,
  scored: readonly PartitionOutcome[],
  known: Known,
  isWhole: boolean,
): Promise<{ readonly all: PartitionOutcome[]; readonly records: Known['records'] }> {
  const outcomes = new Map(scored.map((outcome) => [outcome.partition, outcome]));
  const others = plan.inputs.filter(({ partition }) => !outcomes.has(partition));
  const records = isWhole ? known.records : await readRecords(layout);
  const now = { records, held: await readHeld(layout) };
  for (const one of await whatToDo(plan, layout, others, now, false))
    outcomes.set(one.input.partition, outcomeOf(one, now));
  return { all: plan.inputs.map(({ partition }) => outcomes.get(partition)!), records };
}

/** What a call gives back, about the partitions that it was asked for. */
export function endOf(
  job: Job,
  layout: Layout,
  { runId, stopped }: { readonly runId: string; readonly stopped: Failure | null },
  outcomes: readonly PartitionOutcome[],
  summary: Summary | null,
): RunEnd {
  const { code, reason } = exitOfOutcomes(outcomes, stopped);
  const report: RunReport = {
    job: job.name,
    run_id: runId,
    date: job.date,
    variables: job.variables,
    exit_code: code,
    reason,
    ...verdictOf(summary, outcomes, stopped, code),
    partitions: partitionsOf(outcomes),
    rows: rowsOf(outcomes),
    output: layout.output,
    summary: summary === null ? null : layout.summary,
  };
  return { report, summary, stopped, failures: outcomes.flatMap(({ failure }) => failure ?? []) };
}
