import { readFile, stat } from 'node:fs/promises';
import { InvalidError, NoInputError } from '../../errors.js';
import { doubtfulAxis, doubtfulAxisMistake } from '../../features/feature-axis.js';
import type { FeatureColumn, FeaturePlan } from '../../features/feature-plan.js';
import type { FeatureRequest } from '../../features/feature-request.js';
import { MappingError, mistakesIn } from '../../features/mapping-error.js';
import { planFeatures } from '../../features/plan-features.js';
import { planOutputs } from '../../features/plan-outputs.js';
import type { ReadOptions, SourceColumn } from '../../formats/format.js';
import { formats } from '../../formats/formats.js';
import { csvOptions } from '../../job/csv-options.js';
import type { Job } from '../../job/job.js';
import { describeModel, type ModelDescription } from '../../model/describe-model.js';
import { explainModel } from '../../model/explain-model.js';
import { isProbed, type PreparedModel, prepareModel } from '../../model/prepare-model.js';
import { type Prober, startProber } from '../../model/prober.js';
import { isTreeFile } from '../../model/trees/is-tree-file.js';
import { checkRoomForBytes } from '../../process/heap-room.js';
import { isRegularFile } from '../../process/regular-file.js';
import { adviceFor } from '../../quality/advice.js';
import { type Baseline, parseBaseline } from '../../quality/baseline.js';
import type { FeatureLimit } from '../../repair/contract.js';
import { orAbsent } from '../../storage/durable.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { onStorage } from '../../storage/storage-error.js';
import type { Prewarmed } from '../../workers/prewarmed.js';
import { mostModelBytes } from '../budgets/memory-budget.js';
import { watchTrial } from '../budgets/watch-trial.js';
import { reasonFields } from '../slice/list-reasons.js';
import { noteFields } from '../slice/note-rows.js';
import { checkContract } from './check-contract.js';
import { decimalMarks, delimiterOf, type FirstMarks, type WeighedSource } from './decimal-marks.js';
import { hashJob } from './hash-job.js';
import { lendProber } from './lend-prober.js';
import { listFiles } from './list-files.js';
import { noInput } from './no-input.js';
import { type ContractOfRun, fitPartition, type OpenPartition, openInput } from './open-partition.js';
import { planGates } from './plan-gates.js';
import { planReasons, withAdded } from './plan-reasons.js';
import { planSegments } from './plan-segments.js';
import { folderSources, foldersBeside } from './read-folders.js';
import { refuseOwnOutput } from './refuse-own-output.js';
import { expectedNames, requestFeatures } from './request-features.js';
import { columnsToRead, type RunColumn, redactedNames, resolveContract } from './resolve-contract.js';
import type { RunPlan } from './run-plan.js';
import { createSources } from './sources.js';
import { splitInputs } from './split-inputs.js';
import { stagePlan } from './stage-plan.js';
import { withNeighbours } from './with-neighbours.js';

/** Lists the inputs of a job. Throws as `input.on_empty` says if there are none. */
export async function listJobInputs(job: Job): Promise<InputFile[]> {
  const { onEmpty } = job.input;
  const inputs = await listFiles(job);
  await refuseOwnOutput(job, inputs);
  if (inputs.length > 0 || onEmpty === 'succeed') return splitInputs(inputs, job.input.splitBytes);
  throw await noInput(job);
}

/**
 * Plans a run: reads and tries the model, opens the first input, and matches columns, features and outputs.
 * Costs about half a second and reading headers. Throws `InvalidError` for every mismatch, before anything is
 * written. One of the `prewarmed` workers tries the model.
 */
export async function planRun(
  job: Job,
  inputs: readonly InputFile[],
  signal: AbortSignal,
  prewarmed: Prewarmed | null = null,
): Promise<RunPlan> {
  const watch = watchTrial(job, signal);
  let prober: Prober | null = null;
  const startOne = (): Prober => {
    if (prober === null) {
      const how = [watch.signal, job.batchTimeoutMs] as const;
      prober = lendProber(prewarmed, ...how) ?? startProber(...how);
      watch.begin(prober.pid);
    }
    return prober;
  };
  // A prewarmed worker loads the runtime anyway; another process is started only without a proof in the
  // cache.
  if (prewarmed !== null && !isProbed(job.model.path) && !isTreeFile(job.model.path)) startOne();
  try {
    const mostBytes = await mostModelBytes(job);
    const description = await describeModel(job.model.path, job.model.rounds, mostBytes).catch(
      async (error: unknown) => {
        throw await withNeighbours(error);
      },
    );
    checkPin(job, description);
    const [baseline, first] = await Promise.all([
      readBaseline(job),
      openFirst(job, inputs, expectedNames(job, description)),
    ]);
    return await planWith(job, inputs, { description, baseline, first, startProber: startOne });
  } finally {
    (prober as Prober | null)?.close();
    watch.close();
  }
}

interface Known {
  readonly description: ModelDescription;
  readonly baseline: Baseline | null;
  readonly first: First;
  readonly startProber: () => Prober;
}

async function planWith(
  job: Job,
  inputs: readonly InputFile[],
  { description, baseline, first, startProber }: Known,
): Promise<RunPlan> {
  const file = first.columns.map(({ name }) => name);
  const shape = fitInputs(job, description, baseline, file);
  // Scores must not depend on the number of cores: more threads only if the job says so.
  const threads = job.run.threadsPerWorker === 'auto' ? 1 : job.run.threadsPerWorker;
  const asked = { fixedRows: shape.fixedRows, batchRows: job.run.batchRows, threads };
  const request = {
    description,
    shape: { widths: shape.widths, constants: shape.constants },
    rewrite: job.model.rewrite,
    ...asked,
  };
  const prepared = await prepareModel(request, startProber);
  const asFed = requestFeatures(job, prepared.description, baseline, file);
  refuseDoubtfulAxis(asFed, prepared);
  const features = planFeatures(asFed);
  const outputs = planOutputs(prepared.description.outputs, job.model.outputs, takenNames(job));
  const { writes } = await formats[job.output.format]();
  const columns = resolveContract(job, { needs: features.needs, baseline, source: first.columns, writes });
  const redact = redactedNames(job.redact, columns, first.columns);
  const contract: ContractOfRun = {
    columns,
    rules: job.rules,
    cannotBeMissing: features.needs.filter((need) => need.cannotBeMissing).map(({ name }) => name),
    limits: features.needs.flatMap(limitOf),
    audit: job.audit,
    redact,
    reference: first.columns,
    marks: await marksOfFirst(job, first, columns),
  };
  await checkContract(contract);
  const reasons = planReasons(job, prepared.description, features, outputs, columns);
  const sources = createSources(job, first.readOptions, first.opened === null ? [] : [first.opened]);
  const open = async (input: InputFile) => fitPartition(await sources.open(input), input, contract);
  const segments = await planSegments(
    job.quality.slices,
    columns,
    baseline,
    redact,
    inputs.length === 0 ? null : () => openFirstPartition(inputs, open),
  );
  const gated = {
    job: { ...job, redact },
    inputs,
    columns,
    stage: stagePlan({ ...job, redact }, prepared, features, outputs, columns, threads, segments, reasons),
    baseline,
  };
  return {
    ...gated,
    gates: planGates(gated),
    jobHash: await hashJob(job),
    description: prepared.description,
    prepared,
    model: withAdded(explainModel(prepared, asked), outputs, reasons),
    contract,
    features,
    outputs,
    challengers: [],
    scoredRows: new Map(),
    published: [],
    sources,
  };
}

/**
 * Matches inputs with columns. If that fails, also reports mistakes in the outputs that the model's
 * declaration shows.
 */
function fitInputs(
  job: Job,
  description: ModelDescription,
  baseline: Baseline | null,
  file: readonly string[],
): FeaturePlan {
  const request = requestFeatures(job, description, baseline, file);
  try {
    return planFeatures(request);
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    throw new MappingError([
      ...error.mistakes,
      ...mistakesIn(() => planOutputs(description.outputs, job.model.outputs, takenNames(job))),
    ]);
  }
}

/** Refuses a fixed axis that may be features if the trial does not prove that it is one of rows. */
function refuseDoubtfulAxis(request: FeatureRequest, { report }: PreparedModel): void {
  const input = doubtfulAxis(request);
  if (input === null) return;
  const answers = report.outputs?.some(({ rows }) => rows) ?? false;
  if (answers && report.dependsOnBatch !== 'rows' && report.dependsOnBatch !== 'untried') return;
  throw new MappingError([doubtfulAxisMistake(input)]);
}

/** Returns the values of a column that the model's inputs do not accept; null for most. */
function limitOf({ name, holds, items, categories, unknownFails }: FeatureColumn): FeatureLimit[] {
  if (holds === null && items === null && !unknownFails) return [];
  return [{ column: name, holds, items, onlyKnown: unknownFails ? categories : null }];
}

function takenNames({ output }: Job): string[] {
  const added = [...reasonFields(output.reasons?.top ?? 0), ...noteFields];
  return [...output.columns, ...added.map(({ name }) => name)];
}

function checkPin({ model }: Job, { sha256, path }: ModelDescription): void {
  if (model.sha256 === null || model.sha256 === sha256) return;
  throw new InvalidError('model-pin', `model "${path}" does not match "model.sha256", found ${sha256}`, {
    file: path,
    hint: 'restore the pinned model, or pin the new one',
  });
}

async function readBaseline({ quality }: Job): Promise<Baseline | null> {
  if (quality.baseline === null) return null;
  const path = quality.baseline;
  const found = await onStorage('baseline', path, () => orAbsent(stat(path)));
  if (found !== null && !isRegularFile(path, found)) {
    const message = `baseline "${path}" is a folder, a pipe, a device or a file of the kernel, not a file on a disk`;
    throw new InvalidError('baseline-not-a-file', message, { file: path });
  }
  checkRoomForBytes(found?.size ?? 0, `baseline "${path}"`);
  const text = found === null ? null : await onStorage('baseline', path, () => readFile(path, 'utf8'));
  if (text === null) {
    throw new InvalidError('baseline-missing', `baseline "${path}" cannot be read: there is no such file`, {
      file: path,
      hint: 'create it with: nightshift profile JOB',
    });
  }
  return parseBaseline(text, path);
}

interface First {
  /** The first input that can be opened; null without input. */
  readonly opened: readonly [InputFile, WeighedSource] | null;
  readonly columns: readonly SourceColumn[];
  readonly readOptions: ReadOptions;
}

/** Returns decimal marks for files whose sample proves none; null if files have their own dialects. */
async function marksOfFirst(
  { input }: Job,
  { opened }: First,
  columns: readonly RunColumn[],
): Promise<FirstMarks | null> {
  if (opened === null || input.csv.dialect !== 'shared') return null;
  const [, source] = opened;
  const { proven, signs } = await decimalMarks(source, columnsToRead(columns), null);
  return { marks: proven, signs, delimiter: delimiterOf(source) };
}

/**
 * Opens the first input, which determines the columns; for CSV also the dialect of all files unless the job
 * sets it.
 */
async function openFirst(job: Job, inputs: readonly InputFile[], names: readonly string[]): Promise<First> {
  const given: ReadOptions = { csv: csvOptions(job.input.csv), names };
  if (inputs.length === 0) return { opened: null, columns: [], readOptions: given };
  const opened = await openAny(job, inputs, given);
  const [input, source] = opened;
  const { columns } = source.description;
  return {
    opened,
    columns: [...columns, ...folderSources(foldersBeside(input, columns))],
    readOptions: job.input.csv.dialect === 'shared' ? source.cells.hold(given) : given,
  };
}

/**
 * Opens the first input that can be opened, so that a broken one fails only its own partition; throws the
 * first one's error if none can, and treats inputs of nothing but blanks as no input.
 */
async function openAny(
  job: Job,
  inputs: readonly InputFile[],
  given: ReadOptions,
): Promise<readonly [InputFile, WeighedSource]> {
  let refusal: InvalidError | null = null;
  let isEmpty = true;
  for (const input of inputs) {
    try {
      return [input, await openInput(job, input, given)];
    } catch (error) {
      if (!(error instanceof InvalidError)) throw error;
      refusal ??= error;
      isEmpty &&= error.reason === 'input-empty';
    }
  }
  if (isEmpty && refusal !== null && job.input.onEmpty === 'skip')
    throw new NoInputError('no-rows', refusal.message, {
      hint: adviceFor('no-rows'),
    });
  throw refusal;
}

/** Opens the first input that can be opened and matches; throws the error of the first if none does. */
async function openFirstPartition(
  inputs: readonly InputFile[],
  open: (input: InputFile) => Promise<OpenPartition>,
): Promise<OpenPartition> {
  let refusal: unknown = null;
  for (const input of inputs) {
    try {
      return await open(input);
    } catch (error) {
      if (!(error instanceof InvalidError)) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}
