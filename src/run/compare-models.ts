import { noRows, type RowCounts } from '../chunk/row-counts.js';
import type { Slice } from '../chunk/slice.js';
import { InvalidError, TransientError } from '../errors.js';
import type { Job } from '../job/job.js';
import { buildBaseline } from '../quality/baseline.js';
import { type ColumnProfile, mergeProfiles } from '../quality/column-profile.js';
import { measureDrift, psiOf } from '../quality/drift.js';
import { createLabelSum, type LabelSum } from '../quality/label-figures.js';
import {
  type AgreementCounts,
  agreementOf,
  mergeAgreement,
  noAgreement,
} from '../quality/score-agreement.js';
import { emptyQuality } from '../quality/slice-quality.js';
import { type Observe, sliceScored } from '../run-event.js';
import type { InputFile } from '../storage/list-inputs.js';
import { bytesOf } from '../storage/list-inputs.js';
import type { Pool } from '../workers/pool.js';
import { WorkerEndedError } from '../workers/worker-ended.js';
import { readMachine } from './budgets/machine.js';
import { meansFor } from './budgets/means.js';
import type { ComparedModel, Comparison } from './comparison.js';
import { openPartition } from './plan/open-planned.js';
import { listJobInputs, planRun } from './plan/plan-run.js';
import type { RunPlan } from './plan/run-plan.js';
import { withFront } from './recommend-model.js';
import { newRunId } from './records/run-id.js';
import { inOrder } from './score/in-order.js';
import { hintFor } from './score/score-with-retries.js';
import { type Crew, withRoom, withWorkers } from './score/with-workers.js';
import type { CandidateCounts, CandidatePlan, CompareContext, LabelPlan } from './slice/compare-slice.js';

/** A model with its settings, as a job; the inputs are those of the first. */
export interface Candidate {
  /** What it is called in the comparison. */
  readonly name: string;
  readonly job: Job;
}

/** Settings of a comparison. */
export interface CompareOptions {
  /** A column of the input that holds what the scores should have been; null: none. */
  readonly labels: string | null;
  /** The label that means 1, where labels are texts. */
  readonly positive: string | null;
  /** The output that is compared with the labels; null: the only one of floats. */
  readonly score: string | null;
  readonly observe: Observe;
  readonly signal: AbortSignal;
}

/**
 * Scores the inputs of the first candidate with all of them, in one pass: a slice is read once for all models with the same contract.
 * Publishes nothing. The limits of the first job hold (memory, time, a batch). Costs a run without output, and one more scoring for each
 * further model. Throws `InvalidError` for a candidate that does not fit the input, or that shares no output with the first.
 */
export async function compareModels(
  candidates: readonly Candidate[],
  options: CompareOptions,
): Promise<Comparison> {
  const { labels, observe } = options;
  const [first] = candidates as [Candidate];
  const inputs = await listJobInputs(first.job);
  const plans: RunPlan[] = [];
  for (const { job } of candidates)
    plans.push(await planRun(comparable(job, labels), inputs, options.signal));
  const [plan] = plans as [RunPlan];
  refuseStrangers(candidates, plans);
  const scored = plans.map((one, i) => scoredOutput(one, candidates[i]!, options));
  const label = labelPlan(plan, options);
  const machine = await readMachine();
  const bytes = bytesOf(inputs);
  const heldBytes = plans.reduce((sum, one) => sum + one.model.heldBytes, 0);
  const means = meansFor(first.job, machine, { threads: plan.model.threads, heldBytes }, inputs);
  const startedAt = new Date();
  const { workers } = means;
  observe({
    kind: 'planned',
    runId: newRunId(startedAt),
    partitions: inputs.length,
    skipped: 0,
    bytes,
    workers,
  });
  const stopped = new AbortController();
  const signal = AbortSignal.any([options.signal, stopped.signal]);
  const stop = (error: Error) => stopped.abort(error);
  const run = { plan, means, bytes, startedAt, output: null, prewarmed: null, signal, observe, stop };
  const sums = plans.map((_, i) => createSum(scored[i]!));
  try {
    await withWorkers(run, async (crew) => {
      for (const input of inputs) await compareInput(crew, input, { plans, scored, label, sums, heldBytes });
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  const [reference] = sums as [Sum];
  return {
    job: first.job.name,
    date: first.job.date,
    inputs: inputs.length,
    rows: reference.rows + reference.rejected,
    labels,
    workers,
    models: withFront(
      sums.map((sum, i) => comparedModel(sum, reference, candidates[i]!, plans[i]!, workers)),
    ),
  };
}

/** Returns the job with its labels carried and without what only a run needs. */
function comparable(job: Job, labels: string | null): Job {
  const columns =
    labels === null || job.output.columns.includes(labels)
      ? job.output.columns
      : [...job.output.columns, labels];
  return {
    ...job,
    audit: false,
    output: { ...job.output, columns, reasons: null },
    quality: { ...job.quality, slices: [] },
  };
}

function refuseStrangers(candidates: readonly Candidate[], [first, ...others]: readonly RunPlan[]): void {
  const names = new Set(first!.outputs.fields.map(({ name }) => name));
  for (const [i, { outputs }] of others.entries()) {
    if (outputs.fields.some(({ name }) => names.has(name))) continue;
    const listed = (plan: Pick<RunPlan, 'outputs'>) =>
      plan.outputs.fields.map(({ name }) => `"${name}"`).join(', ');
    throw new InvalidError(
      'model-mapping',
      `model "${candidates[i + 1]!.name}" has no output named like one of "${candidates[0]!.name}": ${listed({ outputs })} and ${listed(first!)}`,
      { hint: 'give a job file in place of the model, and name its outputs alike under "model.outputs"' },
    );
  }
}

/** Returns the output of a model that is compared with labels; null without labels. */
function scoredOutput(
  { outputs }: RunPlan,
  { name }: Candidate,
  { labels, score }: CompareOptions,
): CandidatePlan['scored'] {
  if (labels === null) return null;
  const floats = outputs.fields.filter(({ type }) => type === 'float32' || type === 'float64');
  const found = score === null ? floats : floats.filter((field) => field.name === score);
  if (found.length === 1) {
    const output = found[0]!.name;
    const column = outputs.columns.find((one) => one.name === output);
    return { output, threshold: column?.decisions?.threshold?.at ?? 0.5 };
  }
  if (score === null && floats.length === 0) return null;
  const listed = floats.map((field) => `"${field.name}"`).join(', ');
  throw new InvalidError(
    'usage',
    score === null
      ? `model "${name}" has several scores: ${listed}`
      : `model "${name}" has no score named "${score}"${floats.length === 0 ? '' : `, found ${listed}`}`,
    { hint: 'name one of them with --score' },
  );
}

function labelPlan({ contract }: RunPlan, { labels, positive }: CompareOptions): LabelPlan | null {
  if (labels === null) return null;
  const column = contract.columns.find((one) => one.contract.name === labels);
  if (column === undefined) throw new Error(`the contract lacks the labels "${labels}"`);
  return { column: labels, positive };
}

interface Compared {
  readonly plans: readonly RunPlan[];
  readonly scored: readonly CandidatePlan['scored'][];
  readonly label: LabelPlan | null;
  readonly sums: readonly Sum[];
  /** Bytes of all models together. */
  readonly heldBytes: number;
}

async function compareInput(
  { plan, means, pool, slots, signal, observe }: Crew,
  input: InputFile,
  { plans, scored, label, sums, heldBytes }: Compared,
): Promise<void> {
  const { partition, bytes } = input;
  const start = performance.now();
  observe({ kind: 'partition-started', partition, bytes });
  const { source } = await openPartition(plan, input);
  const candidates: CandidatePlan[] = [];
  for (const [i, one] of plans.entries()) {
    const { context } = await openPartition({ ...one, sources: plan.sources }, input);
    const { scorer, features, outputs, profiledOutputs } = one.stage;
    candidates.push({
      ...{ scorer, features, outputs, profiledOutputs },
      context: {
        source: context.source,
        read: withRoom(context, { heldBytes }, means).read,
        repair: context.repair,
      },
      scored: scored[i]!,
    });
  }
  const value: CompareContext = { candidates, labels: label };
  let rows = 0;
  let rejected = 0;
  try {
    await inOrder(source.cut(plan.job.run.chunkBytes), {
      limit: slots,
      lanes: means.workers * 2,
      signal,
      work: (slice) => compareSlice(pool, { key: partition, value }, slice, plan.job.run.retries),
      consume: async (counts, slice) => {
        for (const [i, one] of counts.entries()) sums[i]!.add(one);
        const [first] = counts as [CandidateCounts];
        rows += first.rows;
        rejected += first.rejected;
        observe(sliceScored(partition, slice, rowsOf(first)));
      },
    });
  } finally {
    void pool.drop(partition);
    plan.sources.forget(input);
  }
  observe({
    kind: 'partition-ended',
    partition,
    state: 'compared',
    rows: rowsOf({ rows, rejected }),
    message: null,
    durationMs: Math.round(performance.now() - start),
  });
}

function rowsOf({ rows, rejected }: Pick<CandidateCounts, 'rows' | 'rejected'>): RowCounts {
  return { ...noRows, read: rows + rejected, scored: rows, rejected };
}

async function compareSlice(
  pool: Pool,
  context: { readonly key: string; readonly value: CompareContext },
  slice: Slice,
  retries: number,
): Promise<CandidateCounts[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      return (await pool.run(context, { slice })) as CandidateCounts[];
    } catch (error) {
      if (!(error instanceof WorkerEndedError)) throw error;
      if (attempt < retries) continue;
      throw new TransientError(
        'worker-ended',
        `${error.message}, while it compared models on slice ${slice.index}`,
        {
          cause: error,
          hint: hintFor(error),
        },
      );
    }
  }
}

/** The counts of one model, added up in the order of the input. */
interface Sum {
  rows: number;
  rejected: number;
  failed: number;
  cpuMicros: number;
  readMicros: number;
  baseBytes: number;
  grownBytes: number;
  readonly batches: number[];
  readonly outputs: Map<string, ColumnProfile>;
  readonly agreement: Map<string, AgreementCounts>;
  readonly classes: Map<string, AgreementCounts>;
  readonly scored: CandidatePlan['scored'];
  readonly labels: LabelSum | null;
  add(counts: CandidateCounts): void;
}

function createSum(scored: CandidatePlan['scored']): Sum {
  const merged = (into: Map<string, AgreementCounts>, more: Readonly<Record<string, AgreementCounts>>) => {
    for (const [name, counts] of Object.entries(more))
      into.set(name, mergeAgreement(into.get(name) ?? noAgreement, counts));
  };
  const sum: Sum = {
    rows: 0,
    rejected: 0,
    failed: 0,
    cpuMicros: 0,
    readMicros: 0,
    baseBytes: 0,
    grownBytes: 0,
    batches: [],
    outputs: new Map(),
    agreement: new Map(),
    classes: new Map(),
    scored,
    labels: scored === null ? null : createLabelSum(scored.threshold),
    add(counts) {
      sum.rows += counts.rows;
      sum.rejected += counts.rejected;
      sum.failed += counts.failed;
      sum.cpuMicros += counts.cpuMicros;
      sum.readMicros += counts.readMicros;
      sum.baseBytes = Math.max(sum.baseBytes, counts.baseBytes);
      sum.grownBytes = Math.max(sum.grownBytes, counts.grownBytes ?? 0);
      for (const batch of counts.batches) sum.batches.push(batch);
      for (const profile of counts.outputs) {
        const before = sum.outputs.get(profile.name);
        sum.outputs.set(profile.name, before === undefined ? profile : mergeProfiles(before, profile));
      }
      merged(sum.agreement, counts.agreement);
      merged(sum.classes, counts.classes);
      if (counts.labels !== null) sum.labels?.add(counts.labels);
    },
  };
  return sum;
}

function comparedModel(
  sum: Sum,
  reference: Sum,
  { name }: Candidate,
  { description, model }: RunPlan,
  workers: number,
): Omit<ComparedModel, 'front'> {
  const sorted = Float64Array.from(sum.batches).sort();
  const spent = sum.batches.reduce((total, batch) => total + batch, 0);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  const figures = sum.labels?.figures() ?? null;
  const read = sum.rows + sum.rejected;
  return {
    model: name,
    path: description.path,
    sha256: description.sha256,
    bytes: description.bytes,
    rows: { scored: sum.rows, rejected: sum.rejected, failed: sum.failed },
    speed: {
      rows_per_second: spent === 0 ? null : (1000 * sum.rows) / spent,
      rows_per_cpu_second: sum.cpuMicros === 0 ? null : (1e6 * sum.rows) / sum.cpuMicros,
      batch_rows: model.batch.rows,
      batch_ms: { p50: at(0.5), p99: at(0.99) },
    },
    memory_bytes: sum.grownBytes,
    run: {
      cpu_seconds_per_million: read === 0 ? null : (sum.readMicros + sum.cpuMicros) / read,
      memory_bytes: process.memoryUsage.rss() + workers * (sum.baseBytes + sum.grownBytes),
    },
    outputs: [...sum.outputs.values()].map((profile) => {
      const { numbers } = profile;
      const agreed = sum.agreement.get(profile.name);
      const matched = sum.classes.get(profile.name);
      return {
        name: profile.name,
        mean: numbers === null || numbers.count === 0 ? null : numbers.sum / numbers.count,
        agreement:
          agreed === undefined ? null : { ...agreementOf(agreed), psi: psiBetween(reference, profile) },
        accuracy: matched === undefined ? null : shareOf(matched.equal, matched.rows - matched.missing),
      };
    }),
    labels: figures === null ? null : { output: sum.scored!.output, ...figures },
  };
}

function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** Returns how far a model's scores are distributed from the reference's; null if one has no values. */
function psiBetween(reference: Sum, profile: ColumnProfile): number | null {
  const before = reference.outputs.get(profile.name)!;
  const quality = (one: ColumnProfile) => ({ ...emptyQuality(), outputs: [one] });
  const origin = { job: '', createdAt: '', inputs: [], modelSha256: null, redact: [], keys: [], minCount: 1 };
  const [drift] = measureDrift(quality(profile), buildBaseline(quality(before), origin));
  return drift === undefined ? null : (psiOf(drift)?.figure ?? null);
}
