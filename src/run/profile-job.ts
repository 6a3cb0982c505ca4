import pLimit, { type LimitFunction } from 'p-limit';
import type { Job, JobColumn } from '../job/job.js';
import { type Baseline, buildBaseline } from '../quality/baseline.js';
import { createQualitySum } from '../quality/quality-sum.js';
import { emptyQuality, mergeQuality, type SliceQuality } from '../quality/slice-quality.js';
import type { InputFile } from '../storage/list-inputs.js';
import { createPool, type Pool } from '../workers/pool.js';
import { readMachine } from './budgets/machine.js';
import { roomOfSlice } from './budgets/memory-budget.js';
import { type WatchedRun, watchBudgets } from './budgets/watch-budgets.js';
import { workersFor } from './budgets/workers-for.js';
import { listJobInputs, openPartition, planRun, type RunPlan } from './plan/plan-run.js';
import type { Observe } from './records/events.js';
import { newRunId } from './records/run-id.js';
import { inOrder } from './score/in-order.js';
import { stageUrl } from './score/prewarm-workers.js';
import { scoreWithRetries } from './score/score-with-retries.js';

export interface ProfileOptions {
  /** Texts that occurred less often stay out of the baseline. */
  readonly minCount: number;
  readonly observe: Observe;
  readonly signal: AbortSignal;
}

/**
 * The baseline of a job over all of its inputs: columns as they were read, and what the model answers. One pass through the same workers as a run, in the same
 * bounded memory; nothing is written. Throws what the first input that cannot be read throws: a baseline is of all its data or not at all.
 */
export async function profileJob(asked: Job, options: ProfileOptions): Promise<Baseline> {
  const job = withoutBaseline(asked);
  const inputs = await listJobInputs(job);
  const machine = await readMachine();
  const plan = await planRun(job, inputs, options.signal);
  const memoryBytes = job.run.memoryBytes === 'auto' ? machine.memoryBytes : job.run.memoryBytes;
  const means = {
    cores: machine.cores,
    threads: plan.model.threads,
    memoryBytes,
    modelBytes: plan.description.bytes,
  };
  const { workers } = workersFor(job, means, inputs);
  const bytes = inputs.reduce((sum, input) => sum + input.bytes, 0);
  const createdAt = new Date();
  const runId = newRunId(createdAt);
  options.observe({ kind: 'planned', runId, partitions: inputs.length, skipped: 0, bytes, workers });
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const pool = createPool({
    size: workers,
    isolation: job.run.isolation,
    stage: stageUrl,
    plan: plan.stage,
    taskTimeoutMs: job.batchTimeoutMs,
  });
  const slots = pLimit(workers * 2);
  const run: WatchedRun = {
    job,
    output: null,
    startedAt: createdAt,
    memoryBytes,
    isGroupLimited: job.run.memoryBytes === 'auto' && machine.isLimited,
    observe: options.observe,
    stop: (error) => stop.abort(error),
  };
  const watch = watchBudgets(run, { pool, slots, bytes });
  const drop = () => void pool.close(0);
  signal.addEventListener('abort', drop, { once: true });
  try {
    let quality = emptyQuality();
    const work = { plan, pool, slots, workers, memoryBytes, signal, observe: watch.observe };
    for (const input of inputs) quality = mergeQuality(quality, await profileInput(work, input));
    return buildBaseline(quality, {
      job: job.name,
      createdAt: createdAt.toISOString(),
      inputs: inputs.map(({ name }) => name),
      modelSha256: plan.description.sha256,
      redact: job.redact,
      keys: job.columns.filter(({ key }) => key).map(({ name }) => name),
      minCount: options.minCount,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    watch.close();
    signal.removeEventListener('abort', drop);
    await pool.close(signal.aborted ? 0 : 5000);
  }
}

interface ProfileWork {
  readonly plan: RunPlan;
  readonly pool: Pool;
  readonly slots: LimitFunction;
  readonly workers: number;
  readonly memoryBytes: number;
  readonly signal: AbortSignal;
  readonly observe: Observe;
}

async function profileInput(
  { plan, pool, slots, workers, memoryBytes, signal, observe }: ProfileWork,
  input: InputFile,
): Promise<SliceQuality> {
  const { partition, bytes } = input;
  const start = performance.now();
  observe({ kind: 'partition-started', partition, bytes });
  const { source, context } = await openPartition(plan, input);
  const room = roomOfSlice({ memoryBytes, modelBytes: plan.model.bytes });
  const value = { ...context, read: { ...context.read, mostSliceBytes: room } };
  const sum = createQualitySum();
  try {
    await inOrder(source.cut(plan.job.run.chunkBytes), {
      limit: slots,
      lanes: workers * 2,
      signal,
      work: (slice) =>
        scoreWithRetries(pool, { key: partition, value }, slice, null, {
          failFast: true,
          retries: plan.job.run.retries,
          deadlyRows: 100,
          signal,
          observe,
        }),
      consume: async ({ quality: more, rows }, slice) => {
        sum.add(more);
        observe({ kind: 'slice-scored', partition, rows: rows.read, bytes: slice.end - slice.start });
      },
    });
  } finally {
    pool.drop(partition);
    plan.sources.forget(input);
  }
  const quality = sum.quality();
  const durationMs = Math.round(performance.now() - start);
  observe({
    kind: 'partition-ended',
    partition,
    state: 'profiled',
    rows: { ...quality.rows, skipped: 0 },
    message: null,
    durationMs,
  });
  return quality;
}

/** The job as it is before it has a baseline: what would be filled or listed from it is left as it is found. */
function withoutBaseline(job: Job): Job {
  const columns = job.columns.map(
    (column): JobColumn => ({
      ...column,
      missing: column.missing.kind === 'fill-from-baseline' ? { kind: 'pass' } : column.missing,
      categories: column.categories?.kind === 'baseline' ? null : column.categories,
    }),
  );
  return { ...job, columns, audit: false, quality: { ...job.quality, baseline: null } };
}
