import type { Job, JobColumn } from '../job/job.js';
import { type Baseline, buildBaseline } from '../quality/baseline.js';
import { emptyQuality, mergeQuality, type SliceQuality } from '../quality/slice-quality.js';
import { type Observe, sliceScored } from '../run-event.js';
import { bytesOf, type InputFile } from '../storage/list-inputs.js';
import { readMachine } from './budgets/machine.js';
import { meansFor } from './budgets/means.js';
import { withLocalFiles } from './plan/local-files.js';
import { openPartition } from './plan/open-planned.js';
import { listJobInputs, planRun } from './plan/plan-run.js';
import { refuseRowless } from './plan/refuse-rowless.js';
import { sliceBytes } from './plan/slice-bytes.js';
import { newRunId } from './records/run-id.js';
import { eachSlice } from './score/each-slice.js';
import { createPartitionProfiles } from './score/partition-profiles.js';
import { scoreWithRetries } from './score/score-with-retries.js';
import { reportDialect } from './score/stage-partition.js';
import { type Crew, withRoom, withWorkers } from './score/with-workers.js';

interface ProfileOptions {
  /** Texts that occurred fewer times are not in the baseline. */
  readonly minCount: number;
  readonly observe: Observe;
  readonly signal: AbortSignal;
}

/**
 * Returns the baseline of a job over all of its inputs: columns as read, and the model's scores. One pass
 * through the same workers as a run, in the same bounded memory; writes nothing. Throws the first unreadable
 * input's error: a baseline covers all data or does not exist.
 */
export function profileJob(job: Job, options: ProfileOptions): Promise<Baseline> {
  return withLocalFiles(withoutBaseline(job), (local) => profileLocal(local, options));
}

async function profileLocal(job: Job, options: ProfileOptions): Promise<Baseline> {
  const inputs = await listJobInputs(job);
  const machine = await readMachine();
  const plan = await planRun(job, inputs, options.signal);
  await refuseRowless(job, inputs, plan);
  const means = meansFor(job, machine, plan.model, inputs, sliceBytes(plan));
  const bytes = bytesOf(inputs);
  const startedAt = new Date();
  const runId = newRunId(startedAt);
  const { workers } = means;
  const { observe } = options;
  observe({ kind: 'planned', runId, partitions: inputs.length, skipped: 0, bytes, workers });
  const stopped = new AbortController();
  const signal = AbortSignal.any([options.signal, stopped.signal]);
  const stop = (error: Error) => stopped.abort(error);
  const run = { plan, means, bytes, startedAt, output: null, prewarmed: null, signal, observe, stop };
  try {
    const quality = await withWorkers(run, async (crew) => {
      let sum = emptyQuality();
      for (const input of inputs) sum = mergeQuality(sum, await profileInput(crew, input));
      return sum;
    });
    return buildBaseline(quality, {
      job: job.name,
      createdAt: startedAt.toISOString(),
      inputs: inputs.map(({ name }) => name),
      modelSha256: plan.description.sha256,
      redact: plan.job.redact,
      keys: job.columns.filter(({ key }) => key).map(({ name }) => name),
      minCount: options.minCount,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

async function profileInput(crew: Crew, input: InputFile): Promise<SliceQuality> {
  const { plan, means, pool, slots, signal, observe } = crew;
  const { partition, bytes } = input;
  const start = performance.now();
  observe({ kind: 'partition-started', partition, bytes });
  const { source, context, findings } = await openPartition(plan, input);
  reportDialect(source, input.name, findings, observe);
  const value = withRoom(context, plan.model, means);
  const profiles = createPartitionProfiles(bytes);
  let quality: SliceQuality;
  try {
    await eachSlice(crew, source, {
      read: context.read,
      work: (slice) =>
        scoreWithRetries(pool, { key: partition, value, gathered: profiles.gathered }, slice, null, {
          failFast: true,
          published: null,
          ranks: null,
          handOver: profiles.handOver(slice),
          retries: plan.job.run.retries,
          batchTimeoutMs: plan.job.batchTimeoutMs,
          challenges: null,
          signal,
          observe,
        }),
      consume: async (scored, slice) => {
        profiles.add(slice, scored);
        const { rows } = scored.result;
        observe(sliceScored(partition, slice, rows));
      },
    });
    quality = await profiles.finish(() => pool.drop(partition), slots);
  } finally {
    void pool.drop(partition);
    plan.sources.forget(input);
  }
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

/**
 * Returns the job as it is before it has a baseline: values that would be filled in or listed from it remain
 * as read.
 */
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
