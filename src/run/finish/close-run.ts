import { steadyNow } from '../../process/steady-clock.js';
import type { Summary } from '../../quality/summary.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { storeOf } from '../../storage/store-of.js';
import { trimWhereGrown } from '../../workers/trim-memory.js';
import { checkFreshness, noteInputs } from '../judge/freshness.js';
import { gateFailure, judgeRun } from '../judge/judge-run.js';
import type { RunPlan } from '../plan/run-plan.js';
import { dropHeld, releaseHeld } from '../publish/commit.js';
import { removeOurs } from '../publish/remove-ours.js';
import type { Layout } from '../records/layout.js';
import {
  exitOfOutcomes,
  isCovered,
  isPublished,
  isUnscored,
  type PartitionOutcome,
} from '../records/outcomes.js';
import { createPackedValues } from '../records/packed-values.js';
import type { Recollection } from '../records/recent-records.js';
import { dropRecord, type Entries, type Failure, type LedgerEntry } from '../records/record.js';
import { finishRun } from './finish-run.js';
import { gatherQuality } from './gather-quality.js';

/** The course of a run, besides its partitions. */
export interface Course {
  readonly runId: string;
  readonly startedAt: Date;
  readonly workers: number;
  readonly peakRssBytes: number | null;
  readonly memoryLimitBytes: number;
  /** The error that stopped the run early; null if it was not stopped. */
  readonly stopped: Failure | null;
  /** The records that this run has scored or read, so that they need not be read again. */
  readonly recent: Recollection;
  readonly notes: readonly string[];
}

/** The final state of every partition, and the result of the run as a whole. */
export interface Closed {
  readonly outcomes: readonly PartitionOutcome[];
  readonly gateFailure: Failure | null;
  readonly summary: Summary;
  readonly notes: readonly string[];
}

/**
 * Ends a run whose partitions have all been handled (`outcomes`, one for each of the plan): judges it as a
 * whole, publishes or discards the held partitions, removes the leftovers of an earlier plan, and writes
 * summary, manifest and `_SUCCESS`. Only for the run that has claimed the whole folder.
 */
export async function closeRun(
  plan: RunPlan,
  layout: Layout,
  outcomes: readonly PartitionOutcome[],
  records: Entries,
  course: Course,
): Promise<Closed> {
  trimWhereGrown();
  const covered = outcomes.filter(isCovered);
  // The judgement excludes a partition that its own gate holds back.
  const others = covered.filter(({ state }) => state !== 'gated');
  const { recent } = course;
  const gather = async (some: readonly PartitionOutcome[]) =>
    recent.gathered(some.map(({ partition }) => partition)) ?? (await gatherQuality(layout, some));
  const whole = await gather(covered);
  const isApart = others.length > 0 && others.length < covered.length;
  const judged = isApart ? await gather(others) : whole;
  // A run that was stopped, or has unscored partitions, is compared as far as it got, but not judged.
  const isJudged = course.stopped === null && !outcomes.some(isUnscored);
  const fresh = isJudged ? await checkFreshness(plan, covered, Date.now()) : [];
  const judgement = await judgeRun(plan, judged.quality, isJudged, fresh);
  const closed = gateFailure(judgement.gates);
  const settled = isJudged ? await settleHeld(layout, outcomes, closed, records, recent) : [...outcomes];
  // Failures come first: a gate over the remaining rows would hide them.
  const failure = settled.some(({ state }) => state === 'failed') ? null : withPlace(closed, settled);
  const { code, reason } = exitOfOutcomes(settled, course.stopped ?? failure);
  const notes = [...course.notes];
  if (code === 0 && settled.every(isPublished) && plan.job.input.since === null)
    for (const note of await removeStale(layout, plan.inputs, records)) notes.push(note);
  await noteInputs(plan, settled);
  const summary = await finishRun(layout, plan, settled, whole, {
    runId: course.runId,
    startedAt: course.startedAt,
    durationMs: Math.round(steadyNow() - course.startedAt.getTime()),
    workers: course.workers,
    peakRssBytes: course.peakRssBytes,
    memoryLimitBytes: course.memoryLimitBytes,
    exitCode: code,
    reason,
    judgement,
    notes,
  });
  return { outcomes: settled, gateFailure: failure, summary, notes };
}

/** Returns the gate's failure with the hint of the first partition it held back, which names the rejects. */
function withPlace(closed: Failure | null, settled: readonly PartitionOutcome[]): Failure | null {
  const first = settled.find(({ state }) => state === 'gated');
  return closed === null ? null : { ...closed, hint: first?.failure?.hint ?? closed.hint };
}

/**
 * Publishes held partitions if the run's gates passed. If one closed, discards them and records them as
 * gated, unless some partitions are not scored yet: then they stay held until these are.
 */
async function settleHeld(
  layout: Layout,
  outcomes: readonly PartitionOutcome[],
  failure: Failure | null,
  records: Entries,
  recent: Recollection,
): Promise<PartitionOutcome[]> {
  const isHeld = ({ state }: PartitionOutcome) => state === 'held';
  if (!outcomes.some(isHeld)) return [...outcomes];
  if (failure === null) {
    await releaseHeld(
      layout,
      outcomes.filter(isHeld).map(({ partition }) => partition),
      recent,
    );
    return outcomes.map((one) => (isHeld(one) ? { ...one, state: 'published' } : one));
  }
  if (outcomes.some(({ state }) => state === 'failed' || state === 'gated')) return [...outcomes];
  const settled: PartitionOutcome[] = [];
  const dropped = createPackedValues<LedgerEntry>();
  for (const one of outcomes) {
    if (!isHeld(one)) {
      settled.push(one);
      continue;
    }
    const { partition } = one;
    const earlier = records.get(partition)?.outputs ?? [];
    const record = await dropHeld(layout, partition, failure, earlier);
    dropped.set(partition, record);
    settled.push({ partition, state: 'gated', failure: record.failure, entries: dropped });
  }
  return settled;
}

/**
 * Removes published files of partitions that left the plan, once the new set is complete; a file that is no
 * longer ours stays, and is reported.
 */
async function removeStale(
  layout: Layout,
  inputs: readonly InputFile[],
  records: Entries,
): Promise<string[]> {
  const planned = new Set(inputs.map(({ partition }) => partition));
  const kept: LedgerEntry[] = [];
  if (inputs.length > 0) for (const one of records.values()) if (!planned.has(one.partition)) kept.push(one);
  const notes: string[] = [];
  if (kept.length > 0) await storeOf(layout.success).remove(layout.success);
  for (const { partition, outputs } of kept) {
    const gone = await Promise.all(outputs.map((file) => removeOurs(layout, file)));
    const left = outputs.filter((_, i) => gone[i] === false).map(({ path }) => path);
    await dropRecord(layout, partition);
    notes.push(
      left.length === 0
        ? `partition "${partition}" is no longer in the plan: its published files are removed`
        : `partition "${partition}" is no longer in the plan; not removed, because someone changed it: ${left.join(', ')}`,
    );
  }
  return notes;
}
