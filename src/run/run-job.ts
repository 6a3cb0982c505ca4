import { mkdir, rm, stat } from 'node:fs/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import type { Job } from '../job/job.js';
import { checkGates, type GateResult, worstGate } from '../quality/gates.js';
import type { Summary } from '../quality/summary.js';
import { checkWritable } from '../storage/durable.js';
import type { InputFile } from '../storage/list-inputs.js';
import { createPool, type Pool } from '../workers/pool.js';
import { commitPartition, recoverIntents } from './commit.js';
import type { Observe } from './events.js';
import { failureOf } from './failure-of.js';
import { finishRun, qualityOf } from './finish-run.js';
import { gatesOf } from './gates-of.js';
import type { Identity } from './identity.js';
import { type Layout, layoutOf } from './layout.js';
import { noRows } from './ledger.js';
import { takeLock } from './lock.js';
import { readMachine } from './machine.js';
import { checkUnchanged } from './open-partition.js';
import { identityOf, listJobInputs, openPartition, planRun, type RunPlan } from './plan-run.js';
import { type Failure, isDone, type PartitionRecord, readRecords, writeRecord } from './record.js';
import { exitOfOutcomes, type PartitionOutcome, partitionsOf, type RunReport, rowsOf } from './report.js';
import { newRunId } from './run-id.js';
import { runPartition, type StagedPartition } from './run-partition.js';
import { scoreWithRetries } from './score-with-retries.js';
import { type Selection, selectInputs } from './select-inputs.js';

export interface RunOptions {
  readonly selection: Selection;
  /** Score also what is done. */
  readonly force: boolean;
  readonly observe: Observe;
  readonly signal: AbortSignal;
}

/** What a run gives back: the line for machines, and the summary for people (null where nothing was written). */
export interface RunEnd {
  readonly report: RunReport;
  readonly summary: Summary | null;
}

/**
 * Runs a job: plans, scores what is not yet done partition by partition, publishes each as a whole, and writes the run's records. Throws for what
 * concerns the run as a whole before anything is published; what happens to single partitions is in the report.
 */
export async function runJob(job: Job, options: RunOptions): Promise<RunEnd> {
  const course = { runId: newRunId(new Date()), startedAt: new Date(), start: performance.now() };
  const inputs = await listJobInputs(job);
  const machine = await readMachine();
  const threads = job.run.threadsPerWorker === 'auto' ? 1 : job.run.threadsPerWorker;
  const plan = await planRun(job, inputs, threads);
  const layout = layoutOf(job.output.path, job.output.format);
  await checkWritable(job.output.path);
  await mkdir(job.output.path, { recursive: true });
  const lock = await takeLock(layout.lock, course.runId);
  try {
    const recovered = await recoverIntents(layout);
    for (const partition of recovered) note(options.observe, 'info', `finished publishing "${partition}"`);
    const records = await readRecords(layout);
    const chosen = selectInputs(inputs, options.selection, records);
    const work = await whatToDo(plan, chosen, records, options.force);
    if (work.some(({ done }) => !done)) await rm(layout.success, { force: true });
    const workers = workersFor(job, machine.cores, threads, work);
    const bytes = work.reduce((sum, { input, done }) => sum + (done ? 0 : input.bytes), 0);
    const skipped = work.filter(({ done }) => done).length;
    options.observe({
      kind: 'planned',
      runId: course.runId,
      partitions: work.length,
      skipped,
      bytes,
      workers,
    });
    const scored = await scoreAll({ plan, layout, runId: course.runId, workers, options, records }, work);
    const outcomes = addUnchosen(inputs, scored.outcomes, records, work);
    const gates = runGates(plan, outcomes);
    const stopped = scored.stopped ?? gateFailure(gates);
    const { code, reason } = exitOfOutcomes(outcomes, stopped);
    const isWhole = outcomes.length === inputs.length && options.selection.shard === null;
    const summary = isWhole
      ? await finishRun(layout, plan, outcomes, {
          runId: course.runId,
          startedAt: course.startedAt,
          durationMs: Math.round(performance.now() - course.start),
          workers,
          peakRssBytes: scored.peakRssBytes,
          memoryLimitBytes: machine.memoryBytes,
          exitCode: code,
          reason,
          gates,
          notes: plan.modelNotes,
        })
      : null;
    const report: RunReport = {
      job: job.name,
      run_id: course.runId,
      exit_code: code,
      reason,
      partitions: partitionsOf(outcomes),
      rows: rowsOf(outcomes),
      output: layout.output,
      summary: summary === null ? null : layout.summary,
    };
    return { report, summary };
  } finally {
    await lock.release();
  }
}

interface Work {
  readonly input: InputFile;
  readonly identity: Identity;
  readonly done: boolean;
}

async function whatToDo(
  plan: RunPlan,
  chosen: readonly InputFile[],
  records: ReadonlyMap<string, PartitionRecord>,
  force: boolean,
): Promise<Work[]> {
  const work: Work[] = [];
  for (const input of chosen) {
    const identity = await identityOf(plan, input);
    work.push({ input, identity, done: !force && isDone(records.get(input.partition), identity) });
  }
  return work;
}

/** No more workers than there are slices: a tiny job does not pay for processes that it cannot use. */
function workersFor({ run }: Job, cores: number, threads: number, work: readonly Work[]): number {
  const wanted = run.workers === 'auto' ? Math.max(1, Math.floor(cores / threads)) : run.workers;
  const slices = work.reduce(
    (sum, { input, done }) => sum + (done ? 0 : Math.max(1, Math.ceil(input.bytes / run.chunkBytes))),
    0,
  );
  return Math.max(1, Math.min(wanted, slices));
}

interface Scene {
  readonly plan: RunPlan;
  readonly layout: Layout;
  readonly runId: string;
  readonly workers: number;
  readonly options: RunOptions;
  readonly records: ReadonlyMap<string, PartitionRecord>;
}

interface Scored {
  readonly outcomes: PartitionOutcome[];
  readonly stopped: Failure | null;
  readonly peakRssBytes: number | null;
}

/** Scores the partitions side by side, as many as there are workers; each ends with a record, whatever became of it. */
async function scoreAll(scene: Scene, work: readonly Work[]): Promise<Scored> {
  const { plan, workers, options } = scene;
  const todo = work.filter(({ done }) => !done);
  const before = work.filter(({ done }) => done).map(({ input }) => skippedOutcome(input, scene.records));
  if (todo.length === 0) return { outcomes: before, stopped: null, peakRssBytes: null };
  const pool = createPool({
    size: workers,
    isolation: plan.job.run.isolation,
    stage: new URL('./score-slice.js', import.meta.url),
    plan: plan.stage,
    taskTimeoutMs: plan.job.batchTimeoutMs,
  });
  const slots = pLimit(workers * 2);
  const partitions = pLimit(workers);
  let peakRssBytes = 0;
  const watch = setInterval(() => {
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss() + pool.rssBytes());
  }, 200);
  try {
    const outcomes = await Promise.all(
      todo.map((one) => partitions(() => scoreOne(scene, pool, slots, one))),
    );
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss() + pool.rssBytes());
    const stopped = options.signal.aborted ? failureOf(options.signal.reason) : null;
    return { outcomes: [...before, ...outcomes], stopped, peakRssBytes };
  } finally {
    clearInterval(watch);
    await pool.close(options.signal.aborted ? 0 : 5000);
  }
}

async function scoreOne(
  scene: Scene,
  pool: Pool,
  slots: LimitFunction,
  { input, identity }: Work,
): Promise<PartitionOutcome> {
  const { plan, layout, options, runId } = scene;
  const { partition } = input;
  const previous = scene.records.get(partition);
  if (options.signal.aborted)
    return { partition, state: 'not-started', failure: null, record: previous ?? null };
  const startedAt = new Date();
  const start = performance.now();
  options.observe({ kind: 'partition-started', partition, bytes: input.bytes });
  const blank: PartitionRecord = {
    version: 1,
    partition,
    state: 'failed',
    failure: null,
    attempts: attemptsOf(previous) + 1,
    runId,
    identity,
    input: { path: input.path, format: null, bytes: input.bytes, details: {}, notes: [] },
    outputs: previous?.outputs ?? [],
    rows: noRows,
    quality: null,
    skipped: {},
    gates: [],
    startedAt: startedAt.toISOString(),
    durationMs: 0,
  };
  const end = async (record: PartitionRecord): Promise<PartitionOutcome> => {
    const { state, failure, rows, durationMs } = record;
    options.observe({
      kind: 'partition-ended',
      partition,
      state,
      rows,
      message: failure?.message ?? null,
      durationMs,
    });
    return { partition, state, failure, record };
  };
  try {
    const { source, context, notes } = await openPartition(plan, input);
    const staged = await runPartition(source, {
      partition,
      layout,
      stage: plan.stage,
      audit: plan.job.audit,
      chunkBytes: plan.job.run.chunkBytes,
      limit: slots,
      lanes: scene.workers * 2,
      signal: options.signal,
      observe: options.observe,
      score: (slice) =>
        scoreWithRetries(pool, { key: partition, value: context }, slice, null, {
          retries: plan.job.run.retries,
          deadlyRows: 100,
          signal: options.signal,
          observe: options.observe,
        }),
    }).finally(async () => {
      pool.drop(partition);
      await source.close();
    });
    const record: PartitionRecord = {
      ...blank,
      input: {
        path: input.path,
        format: source.description.format,
        bytes: input.bytes,
        details: source.description.details,
        notes,
      },
      rows: staged.rows,
      quality: staged.quality,
      skipped: Object.fromEntries(source.skipped),
    };
    return await end(await publish(scene, input, staged, record, previous, start));
  } catch (error) {
    const failure = failureOf(error);
    const state = options.signal.aborted ? 'interrupted' : 'failed';
    const record: PartitionRecord = {
      ...blank,
      state,
      failure,
      durationMs: Math.round(performance.now() - start),
    };
    await writeRecord(layout, record);
    return end(record);
  }
}

async function publish(
  { plan, layout }: Scene,
  input: InputFile,
  staged: StagedPartition,
  draft: PartitionRecord,
  previous: PartitionRecord | undefined,
  start: number,
): Promise<PartitionRecord> {
  const gates = checkGates(staged.quality, gatesOf(plan.job, plan.columns, 'partition'), {
    scope: 'partition',
    features: plan.features.columns,
    drift: [],
    rowsBefore: null,
  });
  try {
    checkUnchanged(input, await stat(input.path));
    const closed = gates.find(({ passed, severity }) => !passed && severity === 'fail');
    if (closed !== undefined) {
      await staged.staging.discard();
      const failure = gateFailure([closed]);
      const durationMs = Math.round(performance.now() - start);
      const record: PartitionRecord = { ...draft, state: 'gated', failure, gates, durationMs };
      await writeRecord(layout, record);
      return record;
    }
    const { moves, outputs } = await staged.staging.finish(staged.rowsByPath);
    const kept = new Set(outputs.map(({ path }) => path));
    const stale = (previous?.outputs ?? []).map(({ path }) => path).filter((path) => !kept.has(path));
    const record: PartitionRecord = {
      ...draft,
      state: 'published',
      attempts: 0,
      gates,
      outputs,
      durationMs: Math.round(performance.now() - start),
    };
    await commitPartition(layout, record, moves, stale);
    return record;
  } finally {
    await staged.staging.discard();
  }
}

function skippedOutcome(input: InputFile, records: ReadonlyMap<string, PartitionRecord>): PartitionOutcome {
  const record = records.get(input.partition)!;
  return { partition: input.partition, state: 'skipped', failure: null, record };
}

/** Partitions that this call was not asked to do, as their records tell. */
function addUnchosen(
  inputs: readonly InputFile[],
  outcomes: readonly PartitionOutcome[],
  records: ReadonlyMap<string, PartitionRecord>,
  work: readonly Work[],
): PartitionOutcome[] {
  const known = new Map(outcomes.map((outcome) => [outcome.partition, outcome]));
  if (work.length < inputs.length) return [...outcomes];
  return inputs.map(({ partition }) => known.get(partition) ?? unchosen(partition, records.get(partition)));
}

function unchosen(partition: string, record: PartitionRecord | undefined): PartitionOutcome {
  const state =
    record === undefined ? 'not-started' : record.state === 'published' ? 'skipped' : record.state;
  return { partition, state, failure: record?.failure ?? null, record: record ?? null };
}

function runGates(plan: RunPlan, outcomes: readonly PartitionOutcome[]): GateResult[] {
  return checkGates(qualityOf(plan, outcomes), gatesOf(plan.job, plan.columns, 'run'), {
    scope: 'run',
    features: plan.features.columns,
    drift: [],
    rowsBefore: null,
  });
}

function gateFailure(gates: readonly GateResult[]): Failure | null {
  if (worstGate(gates) !== 'fail') return null;
  const closed = gates.filter(({ passed, severity }) => !passed && severity === 'fail');
  return {
    reason: 'gate-failed',
    message: closed.map(({ sentence }) => sentence).join('; '),
    hint: 'look at the summary; what the gate holds back is not published',
    exitCode: 3,
  };
}

function attemptsOf(record: PartitionRecord | undefined): number {
  return record === undefined || record.state === 'published' ? 0 : record.attempts;
}

function note(observe: Observe, level: 'info' | 'warn', message: string): void {
  observe({ kind: 'note', level, message });
}
