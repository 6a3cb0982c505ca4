import { NightshiftError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import type { Summary } from '../../quality/summary.js';
import { verdictOf } from '../judge/report-verdict.js';
import type { RunOptions } from '../plan/run-options.js';
import { modelNotes, type PlannedJob, type VersionedJob } from '../plan/run-plan.js';
import { type Known, outcomeOf, whatToDo } from '../plan/what-to-do.js';
import { readHeld } from '../publish/commit.js';
import type { OpenRun } from '../publish/open-run.js';
import { failureOf } from '../records/failure-of.js';
import type { Layout } from '../records/layout.js';
import {
  exitOfOutcomes,
  incomplete,
  type PartitionOutcome,
  partitionsOf,
  type RunReport,
  rowsOf,
} from '../records/outcomes.js';
import { createPackedValues } from '../records/packed-values.js';
import { readRecords } from '../records/read-records.js';
import type { Failure, LedgerEntry } from '../records/record.js';
import type { Scene } from '../score/scene.js';
import type { Scored } from '../score/score-partitions.js';
import { type Closed, type Course, closeRun } from './close-run.js';

/** Result of a run: the last line for machines, and the summary for people (null if none was written). */
export interface RunEnd {
  readonly report: RunReport;
  readonly summary: Summary | null;
  /** The error that stopped the run early, or the gate on the whole run that was exceeded. */
  readonly stopped: Failure | null;
  /** Why requested partitions are not published. */
  readonly failures: readonly Failure[];
}

/**
 * Ends a run whose partitions are scored: the last of the calls that work in a folder judges the run and
 * writes its summary. What is published stays published, and the report says so even if the summary cannot be
 * written.
 */
export async function endRun(
  { plan, means, recent, observe }: Scene,
  { layout, scope, claim, known }: OpenRun,
  { outcomes, stopped, peakRssBytes }: Scored,
  { runId, startedAt, selection }: RunOptions,
): Promise<RunEnd> {
  const { job } = plan;
  if (stopped?.reason === 'claim-lost') return endOf(job, layout, { runId, stopped }, outcomes, null);
  const isLast = scope.isWhole || (selection.shard === null && (await claim.widen()));
  if (!isLast) {
    if (selection.shard === null) observe({ kind: 'note', level: 'info', message: leftToOthers });
    return endOf(job, layout, { runId, stopped }, outcomes, null);
  }
  const { all, records } = await everyOutcome(plan, layout, outcomes, known, scope.isWhole);
  // If this run retries all failed partitions, the message says that others are missing too.
  const isForAll = selection.failedOnly && selection.partition === null;
  const missing = isForAll ? incomplete(all, 'score the others with: nightshift run JOB') : null;
  const course: Course = {
    runId,
    startedAt,
    workers: means.workers,
    peakRssBytes,
    memoryLimitBytes: means.memoryBytes,
    stopped: stopped ?? (missing === null ? null : failureOf(missing)),
    recent,
    notes: [...modelNotes(plan.model), ...(means.note === null ? [] : [means.note])],
  };
  const ofMine = (some: readonly PartitionOutcome[]) =>
    some.filter(({ partition }) => scope.isMine(partition));
  try {
    const closed = await closeRun(plan, layout, all, records, course);
    reportClosed(closed, course, observe);
    return endOf(job, layout, endedBy(closed, course), ofMine(closed.outcomes), closed.summary);
  } catch (error) {
    if (!(error instanceof NightshiftError)) throw error;
    return endOf(job, layout, { runId, stopped: failureOf(error) }, ofMine(all), null);
  }
}

const leftToOthers =
  'other runs work in this folder: the last of them writes summary and _SUCCESS, or after shards "nightshift finish"';

/** Reports what closing a run found, in addition to earlier notes. */
export function reportClosed({ notes }: Closed, course: Course, observe: Scene['observe']): void {
  for (const message of notes.slice(course.notes.length)) observe({ kind: 'note', level: 'info', message });
}

/** Returns the end of a closed run: the error that stopped it, else the gate that was exceeded. */
export function endedBy({ gateFailure }: Closed, { runId, stopped }: Course): Ended {
  return { runId, stopped: stopped ?? gateFailure };
}

type Ended = Pick<Course, 'runId' | 'stopped'>;

/** Partitions whose state is determined at once. */
const atOnce = 1024;

/** Returns the state of every partition of the plan: just scored, or according to the run folder. */
async function everyOutcome(
  plan: PlannedJob & VersionedJob,
  layout: Layout,
  scored: readonly PartitionOutcome[],
  known: Known,
  isWhole: boolean,
): Promise<{ readonly all: PartitionOutcome[]; readonly records: Known['records'] }> {
  const outcomes = new Map(scored.map((outcome) => [outcome.partition, outcome]));
  const others = plan.inputs.filter(({ partition }) => !outcomes.has(partition));
  const records = isWhole ? known.records : await readRecords(layout);
  const now = {
    records,
    held: others.length === 0 ? createPackedValues<LedgerEntry>() : await readHeld(layout),
  };
  for (let from = 0; from < others.length; from += atOnce)
    for (const one of await whatToDo(plan, layout, others.slice(from, from + atOnce), now, false))
      outcomes.set(one.input.partition, outcomeOf(one, now));
  return { all: plan.inputs.map(({ partition }) => outcomes.get(partition)!), records };
}

/** Returns the result of a call, for its own partitions. */
export function endOf(
  job: Job,
  layout: Layout,
  { runId, stopped }: Ended,
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
