import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { OutputField } from '../chunk/batch.js';
import { InvalidError, NoInputError } from '../errors.js';
import type { FeaturePlan } from '../features/feature-plan.js';
import { type FeatureRequest, planFeatures } from '../features/plan-features.js';
import { type OutputPlan, planOutputs } from '../features/plan-outputs.js';
import type { ReadOptions, SourceColumn } from '../formats/format.js';
import type { Job } from '../job/job.js';
import { jobMeaning } from '../job/job-meaning.js';
import { describeModel, type ModelDescription } from '../model/describe-model.js';
import { type PreparedModel, prepareModel } from '../model/prepare-model.js';
import { type Baseline, parseBaseline } from '../quality/baseline.js';
import type { ProfileField } from '../quality/profile-column.js';
import { planMistakes } from '../repair/plan-mistakes.js';
import { hashFile } from '../storage/hash-file.js';
import { type InputFile, listInputs } from '../storage/list-inputs.js';
import type { Identity } from './identity.js';
import { noteFields } from './note-rows.js';
import { type ContractOfRun, fitPartition, type OpenPartition, openInput } from './open-partition.js';
import { programVersion } from './program-version.js';
import { listedCategories, type RunColumn, resolveContract } from './resolve-contract.js';
import type { StagePlan } from './score-slice.js';

/** All that is known before the first row is read; nothing has been written yet. */
export interface RunPlan {
  readonly job: Job;
  readonly jobHash: string;
  /** Every input of the job, which is every partition of its run folder. */
  readonly inputs: readonly InputFile[];
  readonly description: ModelDescription;
  readonly prepared: PreparedModel;
  readonly modelNotes: readonly string[];
  readonly columns: readonly RunColumn[];
  readonly contract: ContractOfRun;
  readonly features: FeaturePlan;
  readonly outputs: OutputPlan;
  readonly stage: StagePlan;
  readonly baseline: Baseline | null;
  /** Columns whose drift is measured but not judged. */
  readonly unwatched: readonly string[];
  readonly readOptions: ReadOptions;
}

/** The inputs of a job. Throws as `input.on_empty` says when there are none. */
export async function listJobInputs(job: Job): Promise<InputFile[]> {
  const inputs = await listInputs(job.input.paths, { baseDir: job.baseDir });
  if (inputs.length > 0 || job.input.onEmpty === 'succeed') return inputs;
  const message = `no input at "${job.input.paths.join('", "')}"`;
  const hint = 'is "input.path" right, and has the data arrived?';
  if (job.input.onEmpty === 'fail') throw new InvalidError('no-input', message, { hint });
  throw new NoInputError('no-input', message, { hint });
}

/**
 * Plans a run: the model is read and tried out, the first input opened, columns, features and outputs fitted to each other. Costs about half a second and
 * the reading of headers. Throws `InvalidError` for whatever does not fit, before anything is written.
 */
export async function planRun(job: Job, inputs: readonly InputFile[], threads: number): Promise<RunPlan> {
  const description = await describeModel(job.model.path);
  checkPin(job, description);
  const [baseline, first] = await Promise.all([readBaseline(job), openFirst(job, inputs)]);
  const shape = planFeatures(featureRequest(job, description, baseline));
  const prepared = await prepareModel({
    description,
    shape: { widths: shape.widths, constants: shape.constants },
    fixedRows: shape.fixedRows,
    rewrite: job.model.rewrite,
    batchRows: job.run.batchRows,
    threads,
  });
  const features = planFeatures(featureRequest(job, prepared.description, baseline));
  const outputs = planOutputs(prepared.description.outputs, job.model.outputs, takenNames(job));
  const columns = resolveContract(job, { needs: features.needs, baseline, source: first.columns });
  const contract: ContractOfRun = {
    columns,
    rules: job.rules,
    features: features.columns,
    cannotBeMissing: features.needs.filter((need) => need.cannotBeMissing).map(({ name }) => name),
    audit: job.audit,
    redact: job.redact,
    reference: first.columns,
  };
  checkContract(contract);
  return {
    job,
    jobHash: createHash('sha256').update(jobMeaning(job)).digest('hex'),
    inputs,
    description: prepared.description,
    prepared,
    modelNotes: modelNotes(prepared),
    columns,
    contract,
    features,
    outputs,
    stage: stagePlan(job, prepared, features, outputs, columns, threads),
    baseline,
    unwatched: columns.filter(({ isFeature }) => !isFeature).map((column) => column.contract.name),
    readOptions: first.readOptions,
  };
}

function takenNames({ output }: Job): string[] {
  return [...output.columns, ...noteFields.map(({ name }) => name)];
}

function featureRequest(
  job: Job,
  { inputs, signature }: ModelDescription,
  baseline: Baseline | null,
): FeatureRequest {
  return {
    inputs,
    mappings: job.model.inputs,
    constants: job.model.constants,
    columns: job.columns.map(({ name, type, categories }) => ({
      name,
      type,
      categories: categories === null ? null : listedCategories(name, categories, baseline),
    })),
    signature: signature?.columns ?? null,
  };
}

/** What a partition of this plan depends on; hashes the input where the job asks for it. */
export async function identityOf(plan: RunPlan, input: InputFile): Promise<Identity> {
  const { description } = plan;
  const weights = description.externalFiles.map(({ sha256 }) => sha256).join('');
  return {
    input: {
      bytes: input.bytes,
      mtimeMs: input.mtimeMs,
      sha256: plan.job.identity === 'sha256' ? await hashFile(input.path) : null,
    },
    model: description.sha256 + weights,
    job: plan.jobHash,
    program: programVersion(),
  };
}

function checkPin({ model }: Job, { sha256, path }: ModelDescription): void {
  if (model.sha256 === null || model.sha256 === sha256) return;
  throw new InvalidError(
    'model-pin',
    `model "${path}" is not the one that "model.sha256" pins, found ${sha256}`,
    {
      file: path,
      hint: 'put the pinned model back, or pin the new one',
    },
  );
}

async function readBaseline({ quality }: Job): Promise<Baseline | null> {
  if (quality.baseline === null) return null;
  const path = quality.baseline;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new InvalidError('baseline-missing', `baseline "${path}" cannot be read`, {
      file: path,
      cause,
      hint: 'make it with: nightshift profile JOB',
    });
  });
  return parseBaseline(text, path);
}

interface First {
  readonly columns: readonly SourceColumn[];
  readonly readOptions: ReadOptions;
}

/** The first input says which columns there are; of CSV it also says the dialect that all files of the job share. */
async function openFirst(job: Job, inputs: readonly InputFile[]): Promise<First> {
  const told: ReadOptions = { csv: { ...job.input.csv } };
  const first = inputs[0];
  if (first === undefined) return { columns: [], readOptions: told };
  const source = await openInput(job, first, told);
  await source.close();
  return { columns: source.description.columns, readOptions: told };
}

function checkContract(contract: ContractOfRun): void {
  const mistakes = planMistakes({
    columns: contract.columns.map((column) => column.contract),
    rules: contract.rules,
    features: contract.features,
    cannotBeMissing: contract.cannotBeMissing,
    absent: [],
    audit: contract.audit,
    redact: contract.redact,
  });
  const [first, ...others] = mistakes;
  if (first === undefined) return;
  const text = [first.message, ...others.map(({ message }) => message)].join('\n  ');
  throw new InvalidError('contract', text, first.hint === null ? {} : { hint: first.hint });
}

function modelNotes({ report, description }: PreparedModel): string[] {
  const kept = description.keptStrings.map(
    ({ inputs, reason }) => `strings stay strings (${inputs.join(', ')}): ${reason}`,
  );
  const refuted = report.refuted.map(({ reason }) => `a rewrite of the graph is not used: ${reason}`);
  return [...kept, ...refuted];
}

function stagePlan(
  job: Job,
  prepared: PreparedModel,
  features: FeaturePlan,
  outputs: OutputPlan,
  columns: readonly RunColumn[],
  threads: number,
): StagePlan {
  const carried = job.output.columns;
  const byName = new Map(columns.map((column) => [column.contract.name, column]));
  const carriedFields = carried.map((name): OutputField => {
    const { contract } = byName.get(name)!;
    return { name, type: contract.type, dictionary: contract.categories !== null };
  });
  const outputFields = outputs.fields;
  const { path, sha256 } = prepared.description;
  return {
    scorer: {
      path,
      sha256,
      rewrites: prepared.report.rewrites,
      threads,
      outputs: outputs.fetched,
      batchRows: prepared.report.batchRows,
      fixedRows: features.fixedRows,
      constants: Object.keys(features.constants),
    },
    features,
    outputs,
    format: job.output.format,
    fields: [...carriedFields, ...outputFields, ...noteFields],
    carried,
    profiled: columns.map((column) => profileField(column, job.redact)),
    profiledOutputs: outputFields.map((field) => ({
      name: field.name,
      type: field.type as ProfileField['type'],
      categories: null,
      redact: false,
    })),
    redact: job.redact,
  };
}

function profileField({ contract }: RunColumn, redact: readonly string[]): ProfileField {
  const { name, type, categories } = contract;
  return { name, type, categories: categories?.length ?? null, redact: redact.includes(name) };
}

/** Opens an input of the plan and fits it to the contract. */
export async function openPartition(plan: RunPlan, input: InputFile): Promise<OpenPartition> {
  const source = await openInput(plan.job, input, plan.readOptions);
  return fitPartition(source, input, plan.contract);
}
