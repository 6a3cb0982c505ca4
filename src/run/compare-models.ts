import { isDeepStrictEqual } from 'node:util';
import { noRows, type RowCounts } from '../chunk/row-counts.js';
import { InvalidError } from '../errors.js';
import { MappingError } from '../features/mapping-error.js';
import { rankedOutputs } from '../features/rank-scores.js';
import type { Job } from '../job/job.js';
import { cpuMicros } from '../process/cpu-micros.js';
import { type Baseline, buildBaseline } from '../quality/baseline.js';
import { psiBetween } from '../quality/challenger.js';
import { type ColumnProfile, mergeProfiles } from '../quality/column-profile.js';
import { summariseColumn } from '../quality/column-summary.js';
import type { ComparedModel, Comparison } from '../quality/comparison.js';
import { measureDrift } from '../quality/drift.js';
import { createLabelSum, type LabelSum } from '../quality/label-figures.js';
import { leastRowsOfTime, withFront } from '../quality/recommend-model.js';
import {
  type AgreementCounts,
  agreementOf,
  mergeAgreement,
  noAgreement,
} from '../quality/score-agreement.js';
import { emptyQuality, type SliceQuality } from '../quality/slice-quality.js';
import type { ColumnSummary } from '../quality/summary.js';
import { type Observe, sliceScored } from '../run-event.js';
import type { InputFile } from '../storage/list-inputs.js';
import { bytesOf } from '../storage/list-inputs.js';
import { usingCopies, withAddresses } from '../storage/s3/local-copies.js';
import { counted } from '../text/units.js';
import { keepWorkers } from '../workers/prewarmed.js';
import { readMachine } from './budgets/machine.js';
import { meansFor } from './budgets/means.js';
import { localJob } from './plan/local-files.js';
import { openPartition } from './plan/open-planned.js';
import { listJobInputs, planRun } from './plan/plan-run.js';
import { refuseRowless } from './plan/refuse-rowless.js';
import type { RunPlan } from './plan/run-plan.js';
import { sliceBytes } from './plan/slice-bytes.js';
import { withNeighbours } from './plan/with-neighbours.js';
import { newRunId } from './records/run-id.js';
import { candidatePlan, compareSlice } from './score/compare-slice.js';
import { eachSlice } from './score/each-slice.js';
import { type Crew, withWorkers } from './score/with-workers.js';
import type { CandidateCounts, CandidatePlan, CompareContext, LabelPlan } from './slice/compare-slice.js';
import { type Measured, measureAlone } from './trial/measure-alone.js';
import { timeOf } from './trial/run-time.js';

/** A model with its settings, as a job; the inputs are those of the first. */
export interface Candidate {
  /** Its name in the comparison. */
  readonly name: string;
  readonly job: Job;
}

/** Settings of a comparison. */
interface CompareOptions {
  /** The input column that holds the true outcomes; null: none. */
  readonly labels: string | null;
  /** The label that means 1, for labels that are texts. */
  readonly positive: string | null;
  /** The output that is compared with the labels; null: the only one of floats. */
  readonly score: string | null;
  /** Processor time of the process before the comparison, in microseconds, as before a run. */
  readonly startMicros: number;
  readonly observe: Observe;
  readonly signal: AbortSignal;
}

/** A comparison, and what a page draws of it. */
interface Compared {
  readonly comparison: Comparison;
  /** The outputs of each model, in order, each with its distance from the first model's. */
  readonly outputs: readonly (readonly ColumnSummary[])[];
}

/**
 * Scores the inputs of the first candidate with all candidates, in one pass for each number of workers: a
 * slice is read once for all models with the same contract. Publishes nothing. The limits of the first job
 * apply (memory, time, a batch). Costs a run without output, plus one scoring for each further model. Throws
 * `InvalidError` for a candidate that does not fit the input, or that shares no output with the first.
 */
export function compareModels(candidates: readonly Candidate[], options: CompareOptions): Promise<Compared> {
  return usingCopies(async () => {
    const local: Candidate[] = [];
    for (const one of candidates) local.push({ ...one, job: await localJob(one.job) });
    return compareLocal(local, options);
  });
}

async function compareLocal(candidates: readonly Candidate[], options: CompareOptions): Promise<Compared> {
  const [first] = candidates as [Candidate];
  const inputs = await listJobInputs(first.job);
  const passes = passesOf(candidates);
  const bytes = bytesOf(inputs);
  const startedAt = new Date();
  const plan = {
    kind: 'planned',
    runId: newRunId(startedAt),
    partitions: inputs.length * passes.length,
    skipped: 0,
    bytes: bytes * passes.length,
  } as const;
  const found = new Map<Candidate, PassResult>();
  let rows = 0;
  let workers = 0;
  const notes = new Set<string>();
  for (const [i, pass] of passes.entries()) {
    const isFirst = i === 0;
    const results = await comparePass(pass, inputs, options, {
      ...{ startedAt, bytes, isFirst },
      pass: isFirst ? '' : ` (pass ${i + 1} of ${passes.length})`,
      planned: (count) => {
        if (isFirst) options.observe({ ...plan, workers: count });
      },
    });
    for (const note of results.notes) notes.add(note);
    for (const [at, candidate] of pass.entries()) found.set(candidate, results.models[at]!);
    if (!isFirst) continue;
    workers = results.workers;
    rows = results.rows;
  }
  const ordered = candidates.map((candidate) => found.get(candidate)!);
  return {
    comparison: {
      job: first.job.name,
      date: first.job.date,
      inputs: inputs.length,
      rows,
      labels: options.labels,
      workers,
      notes: [...notes],
      models: withFront(ordered.map(({ model }) => model)),
    },
    outputs: ordered.map(({ outputs }) => outputs),
  };
}

/** Groups candidates by number of workers; each pass begins with the reference at the same number. */
function passesOf(candidates: readonly Candidate[]): Candidate[][] {
  const [first] = candidates as [Candidate];
  const groups = new Map<Job['run']['workers'], Candidate[]>();
  for (const candidate of candidates) {
    const { workers } = candidate.job.run;
    const group = groups.get(workers);
    if (group !== undefined) group.push(candidate);
    else if (candidate === first) groups.set(workers, [candidate]);
    else groups.set(workers, [atWorkers(first, workers), candidate]);
  }
  return [...groups.values()];
}

function atWorkers({ name, job }: Candidate, workers: Job['run']['workers']): Candidate {
  return { name, job: { ...job, run: { ...job.run, workers } } };
}

interface PassResult {
  readonly model: Omit<ComparedModel, 'front'>;
  readonly outputs: readonly ColumnSummary[];
}

interface PassOptions {
  readonly startedAt: Date;
  readonly bytes: number;
  readonly isFirst: boolean;
  /** Distinguishes the partitions of passes in progress and logs. */
  readonly pass: string;
  planned(workers: number): void;
}

async function comparePass(
  candidates: readonly Candidate[],
  inputs: readonly InputFile[],
  options: CompareOptions,
  { startedAt, bytes, isFirst, pass, planned }: PassOptions,
): Promise<{
  readonly rows: number;
  readonly workers: number;
  readonly notes: readonly string[];
  readonly models: readonly PassResult[];
}> {
  const { observe } = options;
  const [first] = candidates as [Candidate];
  const plans: RunPlan[] = [];
  const begun = cpuMicros();
  let planMicros = 0;
  for (const candidate of candidates) {
    plans.push(await planCandidate(candidate, first, inputs, options));
    if (planMicros === 0) planMicros = cpuMicros() - begun;
  }
  const [plan] = plans as [RunPlan];
  await refuseRowless(first.job, inputs, plan);
  refuseStrangers(candidates, plans);
  const labelled = labelPlan(plan, plans, options);
  const scored = plans.map((one, i) => scoredOutput(one, candidates[i]!, options, labelled));
  const machine = await readMachine();
  const heldBytes = plans.reduce((sum, one) => sum + one.model.heldBytes, 0);
  const means = meansFor(
    first.job,
    machine,
    { threads: plan.model.threads, heldBytes },
    inputs,
    sliceBytes(plan),
  );
  const { workers, note } = means;
  const { signal: caller } = options;
  const asRun = (i: number) => planAsRun(candidates[i]!.job, plans[i]!, inputs, caller);
  const stopped = new AbortController();
  const signal = AbortSignal.any([options.signal, stopped.signal]);
  const stop = (error: Error) => stopped.abort(error);
  const kept = keepWorkers();
  const run = { plan, means, bytes, startedAt, output: null, prewarmed: kept, signal, observe, stop };
  const sums = plans.map((_, i) => createSum(scored[i]!));
  let measured: readonly Measured[];
  try {
    measured = await measureAlone(plans, scored, inputs, { means, asRun, kept, signal: caller });
    planned(workers);
    if (note !== null) observe({ kind: 'note', level: 'warn', message: note });
    await withWorkers(run, async (crew) => {
      const settings = { plans, scored, label: labelled?.plan ?? null, sums, heldBytes, pass };
      for (const input of inputs) await compareInput(crew, input, settings);
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    kept.close();
  }
  const [reference] = sums as [Sum];
  const notes = [
    ...(note === null ? [] : [note]),
    ...(labelled?.notes ?? []),
    ...labelNotes(sums, options),
    ...shortNotes(reference, measured[0]!.trial),
    ...challengerNotes(first.job),
  ];
  if (isFirst) {
    for (const message of notes) if (message !== note) observe({ kind: 'note', level: 'warn', message });
  }
  return {
    rows: reference.rows + reference.rejected,
    workers,
    notes,
    models: sums.map((sum, i) => ({
      model: comparedModel(sum, reference, candidates[i]!, plans[i]!, {
        ...{ workers, cores: machine.cores, startMicros: options.startMicros + planMicros },
        ...{ measured: measured[i]!, tried: sums[measured[i]!.trial?.of ?? i]! },
      }),
      outputs: drawnOutputs(sum, sum === reference ? null : reference),
    })),
  };
}

/** Plans one candidate, without blaming the job file for a bad model from the command line. */
async function planCandidate(
  { name, job }: Candidate,
  first: Candidate,
  inputs: readonly InputFile[],
  { labels, signal }: CompareOptions,
): Promise<RunPlan> {
  try {
    // Labels come from the first job's rows: another job file need not contain or derive their column.
    return await planRun(comparable(job, job.file === first.job.file ? labels : null), inputs, signal);
  } catch (error) {
    if (job.file !== first.job.file && error instanceof MappingError)
      throw new InvalidError('model-mapping', `job file "${name}": ${error.message}`, {
        cause: error,
        ...(error.hint === null ? {} : { hint: error.hint }),
      });
    const isOwn = job.model.path === first.job.model.path || job.file !== first.job.file;
    if (isOwn || !(error instanceof InvalidError)) throw error;
    if (error instanceof MappingError) throw notFitting(name, error);
    throw await withNeighbours(
      error,
      'check that the file exists and is readable, and correct --models; its path is relative to the working folder',
    );
  }
}

/** Returns an error that names the model with the mistakes, and advises a separate job file for it. */
function notFitting(name: string, error: MappingError): InvalidError {
  return new InvalidError('model-mapping', `model "${name}": ${error.message}`, {
    cause: error,
    hint: `give a job file for it in place of the model: --models other.yaml, which "nightshift init" writes`,
  });
}

/** Returns the job with its labels carried along, without what only a run needs. */
function comparable(job: Job, labels: string | null): Job {
  const columns =
    labels === null || job.output.columns.includes(labels)
      ? job.output.columns
      : [...job.output.columns, labels];
  return {
    ...job,
    model: { ...job.model, challengers: [] },
    audit: false,
    output: { ...job.output, columns, reasons: null },
    quality: { ...job.quality, slices: [] },
  };
}

/**
 * Plans a run with a candidate, whose time is to be measured: with reasons, segments and audit where it has
 * them. A job with reasons that this model has none for is measured without.
 */
async function planAsRun(
  job: Job,
  plan: RunPlan,
  inputs: readonly InputFile[],
  signal: AbortSignal,
): Promise<RunPlan> {
  const { output, quality, audit } = plan.job;
  const full = { ...job, model: { ...job.model, challengers: [] } };
  if (isDeepStrictEqual(full, { ...full, output, quality, audit })) return plan;
  try {
    return await planRun(full, inputs, signal);
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error;
    return plan;
  }
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

/** Returns the output of a model that is compared with labels; null if none is. */
function scoredOutput(
  { outputs }: RunPlan,
  { name }: Candidate,
  { labels, score }: CompareOptions,
  labelled: Labelled | null,
): CandidatePlan['scored'] {
  if (labels === null || (labelled?.areTexts === true && score === null)) return null;
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

/** The labels of a comparison. */
interface Labelled {
  readonly plan: LabelPlan;
  /**
   * True if they are texts and none is named as the one that means 1: then only classes are compared with
   * them.
   */
  readonly areTexts: boolean;
  readonly notes: readonly string[];
}

function labelPlan(
  { contract }: RunPlan,
  plans: readonly RunPlan[],
  { labels, positive, score }: CompareOptions,
): Labelled | null {
  if (labels === null) return null;
  const column = contract.columns.find((one) => one.contract.name === labels);
  if (column === undefined) throw new Error(`the contract lacks the labels "${labels}"`);
  const plan = { column: labels, positive };
  const { type } = column.contract;
  if (type === 'list<float32>')
    throw new InvalidError(
      'usage',
      `the labels "${labels}" are lists, which cannot be compared with scores`,
      {
        hint: 'name a column of numbers, booleans or texts with --labels',
      },
    );
  const areTexts = type === 'string' && positive === null;
  if (!areTexts) return { plan, areTexts, notes: [] };
  const way = `--positive TEXT says which of them means 1; numbers need a type: columns: { ${labels}: { type: float64 } }`;
  const hasClasses = plans.some(({ outputs }) =>
    outputs.fields.some((field) => !['float32', 'float64', 'list<float32>'].includes(field.type)),
  );
  if (score !== null || !hasClasses)
    throw new InvalidError('usage', `the labels "${labels}" are texts`, { hint: way });
  const note = `the labels "${labels}" are texts, so only classes are compared with them; ${way}`;
  return { plan, areTexts, notes: [note] };
}

/** Returns a note if the times mostly measure how the workers start. */
function shortNotes({ rows, rejected }: Sum, trial: Measured['trial']): string[] {
  if (trial === null || trial.times.isWarm) return [];
  if (trial.times.perRow !== null)
    return [
      'the longest file is too short to show how fast a longer run is: its time per million rows is lower',
    ];
  const read = rows + rejected;
  return [
    `times over ${counted(read, 'row')}${read < leastRowsOfTime ? '' : ' in short files'} mostly measure the first calls, and do not tell how long a run over more takes: compare on ${leastRowsOfTime} rows of one file or more`,
  ];
}

function challengerNotes({ model: { challengers } }: Job): string[] {
  if (challengers.length === 0) return [];
  return [`a run also scores ${counted(challengers.length, 'challenger')}, which is not in these times`];
}

/** Returns a note if no row has the label that means 1, because no figure means anything then. */
function labelNotes([first]: readonly Sum[], { labels, positive }: CompareOptions): string[] {
  const figures = first!.labels?.figures() ?? null;
  if (positive === null || figures?.kind !== 'binary' || figures.positives > 0) return [];
  return [`no row has the label "${positive}" in "${labels}": check --positive`];
}

interface PassSettings {
  readonly plans: readonly RunPlan[];
  readonly scored: readonly CandidatePlan['scored'][];
  readonly label: LabelPlan | null;
  readonly sums: readonly Sum[];
  /** Bytes of all models together. */
  readonly heldBytes: number;
  readonly pass: string;
}

async function compareInput(
  crew: Crew,
  input: InputFile,
  { plans, scored, label, sums, heldBytes, pass }: PassSettings,
): Promise<void> {
  const { plan, means, pool, observe } = crew;
  const { bytes } = input;
  const partition = `${input.partition}${pass}`;
  const start = performance.now();
  observe({ kind: 'partition-started', partition, bytes });
  const { source } = await openPartition(plan, input);
  const candidates: CandidatePlan[] = [];
  for (const [i, one] of plans.entries())
    candidates.push(await candidatePlan(one, plan, input, means, scored[i]!, heldBytes));
  const columns = candidates.flatMap(({ context }) => context.read.columns);
  const value: CompareContext = { candidates, labels: label };
  let rows = 0;
  let rejected = 0;
  try {
    await eachSlice(crew, source, {
      read: { columns },
      work: (slice) => compareSlice(crew, { key: partition, value }, slice),
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

/** The counts of one model, added up in the order of the input. */
interface Sum {
  rows: number;
  rejected: number;
  failed: number;
  cpuMicros: number;
  readMicros: number;
  readMs: number;
  scoreMs: number;
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
    readMs: 0,
    scoreMs: 0,
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
      sum.readMs += counts.readMs;
      sum.scoreMs += counts.scoreMs;
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

/** Measurements of a model, and the processes and cores of the run whose time is estimated. */
interface Taken {
  readonly measured: Measured;
  /** The counts of the candidate that the trial was made with. */
  readonly tried: Sum;
  /** Processor time of the main process until it has planned a run. */
  readonly startMicros: number;
  readonly workers: number;
  readonly cores: number;
}

function comparedModel(
  sum: Sum,
  reference: Sum,
  { name }: Candidate,
  plan: RunPlan,
  taken: Taken,
): Omit<ComparedModel, 'front'> {
  const { description, model } = plan;
  const { workers, measured } = taken;
  const { usedBytes, grownBytes } = measured;
  const sorted = Float64Array.from(sum.batches).sort();
  const spent = sum.batches.reduce((total, batch) => total + batch, 0);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  const figures = sum.labels?.figures() ?? null;
  return {
    model: name,
    path: withAddresses(description.path),
    sha256: description.sha256,
    bytes: description.bytes,
    rows: { scored: sum.rows, rejected: sum.rejected, failed: sum.failed },
    speed: {
      rows_per_second: spent === 0 ? null : (1000 * sum.rows) / spent,
      rows_per_cpu_second: sum.cpuMicros === 0 ? null : (1e6 * sum.rows) / sum.cpuMicros,
      batch_rows: model.batch.rows,
      batch_ms: { p50: at(0.5), p99: at(0.99) },
    },
    memory_bytes: grownBytes,
    run: {
      workers,
      ...runSeconds(sum, plan, taken),
      memory_bytes: process.memoryUsage.rss() + workers * usedBytes,
    },
    outputs: [...sum.outputs.values()].map((profile) => {
      const { numbers } = profile;
      const agreed = sum.agreement.get(profile.name);
      const matched = sum.classes.get(profile.name);
      return {
        name: profile.name,
        mean: numbers === null || numbers.count === 0 ? null : numbers.sum / numbers.count,
        agreement:
          agreed === undefined
            ? null
            : { ...agreementOf(agreed), psi: psiBetween(reference.outputs.get(profile.name)!, profile) },
        accuracy: matched === undefined ? null : shareOf(matched.equal, matched.rows - matched.missing),
      };
    }),
    labels: figures === null ? null : { output: sum.scored!.output, ...figures },
  };
}

type RunSeconds = Pick<
  ComparedModel['run'],
  'fixed_seconds' | 'seconds_per_million' | 'fixed_cpu_seconds' | 'cpu_seconds_per_million'
>;

/** Returns the time of a run with this model alone. */
function runSeconds(sum: Sum, plan: RunPlan, { measured, tried, startMicros, ...taken }: Taken): RunSeconds {
  const { trial } = measured;
  const spent = sum.readMicros + sum.cpuMicros;
  if (trial === null || spent === 0)
    return {
      ...{ fixed_seconds: null, seconds_per_million: null },
      ...{ fixed_cpu_seconds: null, cpu_seconds_per_million: null },
    };
  const perRow = (one: Sum) => (one.readMicros + one.cpuMicros) / (one.rows + one.rejected);
  const scoring = { own: perRow(sum), tried: perRow(tried) };
  // The rows of the first slice are not part of the start.
  const { perRow: each } = trial.times;
  const first = each === null ? 0 : measured.startRows;
  const ofRows = each === null ? 0 : each.worker + scoring.own - scoring.tried;
  const worker = Math.max(0, measured.startMicros - first * ofRows);
  const main = startMicros + Math.max(0, trial.mainMicros - first * (each?.main ?? 0));
  const { isolation } = plan.job.run;
  const { cpu, elapsed } = timeOf({
    ...taken,
    trial: trial.times,
    scoring,
    start: { main, worker },
    isParallel: isolation !== 'none',
    stretch: Math.max(1, ((sum.readMs + sum.scoreMs) * 1000) / spent),
  });
  // Scores that are ranked take a second pass.
  const passes = rankedOutputs(plan.outputs).length > 0 ? 2 : 1;
  const all = (perMillion: number | null) => (perMillion === null ? null : passes * perMillion);
  return {
    fixed_seconds: elapsed.fixed,
    seconds_per_million: all(elapsed.perMillion),
    fixed_cpu_seconds: cpu.fixed,
    cpu_seconds_per_million: all(cpu.perMillion),
  };
}

function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function qualityOf(outputs: readonly ColumnProfile[]): SliceQuality {
  return { ...emptyQuality(), outputs };
}

function baselineOf(outputs: readonly ColumnProfile[]): Baseline {
  const origin = { job: '', createdAt: '', inputs: [], modelSha256: null, redact: [], keys: [], minCount: 1 };
  return buildBaseline(qualityOf(outputs), origin);
}

/** Returns the outputs for the page, drawn in front of the reference's; null for the reference itself. */
function drawnOutputs({ outputs }: Sum, reference: Sum | null): ColumnSummary[] {
  const shared = [...outputs.values()].filter(({ name }) => reference?.outputs.has(name) ?? true);
  const before =
    reference === null ? null : baselineOf(shared.map(({ name }) => reference.outputs.get(name)!));
  const drifts = before === null ? [] : measureDrift(qualityOf(shared), before);
  return shared.map((raw) =>
    summariseColumn({
      ...{ raw, used: null, feature: false, key: false, redacted: false },
      drift: drifts.find(({ column }) => column === raw.name) ?? null,
      baseline: before?.outputs.find(({ name }) => name === raw.name) ?? null,
    }),
  );
}
