import { isDeepStrictEqual } from 'node:util';
import type { ColumnType } from '../../chunk/column.js';
import type { ReadPlan } from '../../chunk/read-plan.js';
import { InvalidError, NightshiftError } from '../../errors.js';
import { MappingError } from '../../features/mapping-error.js';
import type { Job } from '../../job/job.js';
import { loadJob } from '../../job/load-job.js';
import { hashNow } from '../../storage/hash-input.js';
import type { InputFile } from '../../storage/list-inputs.js';
import type { ChallengerContext } from '../slice/challenge-slice.js';
import type { PartitionContext } from '../slice/score-slice.js';
import { localJob } from './local-files.js';
import { fitPartition, type OpenPartition } from './open-partition.js';
import { planRun } from './plan-run.js';
import type { PlannedChallenger, RunPlan } from './run-plan.js';

/**
 * Returns the plan with the job's challengers: each is planned like the model, over the same columns. One
 * that does not fit, cannot be read or needs too much memory is refused with the reason, which never affects
 * the run. Costs the same as `planRun` for each.
 */
export async function withChallengers(
  plan: RunPlan,
  inputs: readonly InputFile[],
  signal: AbortSignal,
): Promise<RunPlan> {
  const { challengers: paths } = plan.job.model;
  if (paths.length === 0) return plan;
  const challengers: PlannedChallenger[] = [];
  for (const path of paths) challengers.push(await planChallenger(plan, path, inputs, signal));
  const stage = challengers.map(({ path, plan: one }) => {
    const { scorer, features, outputs, profiledOutputs } = (one ?? plan).stage;
    return { path, scorer, features, outputs, profiledOutputs };
  });
  return { ...plan, challengers, stage: { ...plan.stage, challengers: stage } };
}

async function planChallenger(
  plan: RunPlan,
  path: string,
  inputs: readonly InputFile[],
  signal: AbortSignal,
): Promise<PlannedChallenger> {
  const refuse = async (why: string): Promise<PlannedChallenger> => ({
    ...{ path, plan: null, refused: why },
    sha256: await hashNow(path).catch(() => null),
  });
  if (plan.job.run.isolation !== 'process')
    return refuse('a challenger may end its process, so "run.isolation" must be process');
  try {
    const one = await planRun(await localJob(await challengerJob(plan.job, path)), inputs, signal);
    const names = new Set(plan.outputs.fields.map(({ name }) => name));
    const { fields } = one.outputs;
    if (fields.some(({ name }) => names.has(name)))
      return { path, sha256: one.description.sha256, plan: one, refused: null };
    const listed = fields.map(({ name }) => `"${name}"`).join(', ');
    return refuse(`it has no output named like one of the model's: ${listed}`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MappingError) return refuse(mistakesOf(error));
    if (error instanceof NightshiftError) return refuse(error.message);
    return refuse(`it cannot be tried: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Returns the first mistake, with a hint: another mapping needs a job file. */
function mistakesOf({ mistakes }: MappingError): string {
  const more = mistakes.length === 1 ? '' : `, and ${mistakes.length - 1} more`;
  return `${mistakes[0]!.message}${more}; name a job file with its own "model.inputs" and "model.outputs" in place of the model`;
}

/**
 * Returns the job of a challenger over the rows of `job`: the same columns and outputs with another model, or
 * those of another job file; without the parts that only a published score needs.
 */
async function challengerJob(job: Job, path: string): Promise<Job> {
  const { input, baseDir, run, batchTimeoutMs, audit, date } = job;
  const isFile = /\.ya?ml$/i.test(path);
  const own = isFile ? await loadJob(path, date === null ? {} : { date }) : job;
  return {
    ...own,
    ...{ input, baseDir, run, batchTimeoutMs, audit },
    model: { ...own.model, ...(isFile ? {} : { path, sha256: null }), challengers: [] },
    output: { ...own.output, columns: job.output.columns, reasons: null },
    quality: { ...own.quality, slices: [] },
    redact: [...new Set([...own.redact, ...job.redact])],
  };
}

/** Returns the bytes that a worker holds of all models. */
export function heldBytesOf({ model, challengers }: Pick<RunPlan, 'model' | 'challengers'>): number {
  return challengers.reduce((sum, { plan }) => sum + (plan?.model.heldBytes ?? 0), model.heldBytes);
}

/** Returns how each challenger reads a partition: null as the model does, a text if it does not fit. */
export async function challengerContexts(
  plan: Pick<RunPlan, 'challengers'>,
  { source, context }: OpenPartition,
  input: InputFile,
): Promise<{ readonly contexts: (ChallengerContext | null)[]; readonly refused: (string | null)[] }> {
  const contexts: (ChallengerContext | null)[] = [];
  const refused: (string | null)[] = [];
  for (const { plan: one } of plan.challengers) {
    try {
      const own = one === null ? context : (await fitPartition(source, input, one.contract)).context;
      const { newRows } = context;
      const read = withWatermark(own.read, context);
      contexts.push(isAlike({ ...own, read }, context) ? null : { read, repair: own.repair, newRows });
      refused.push(null);
    } catch (error) {
      if (!(error instanceof InvalidError)) throw error;
      contexts.push(null);
      refused.push(error.message);
    }
  }
  return { contexts, refused };
}

/** Returns how a challenger reads a partition, with the watermark, which it may not need. */
function withWatermark(own: ReadPlan, { read, newRows }: PartitionContext): ReadPlan {
  if (newRows === null) return own;
  const { column: name } = newRows;
  const [wanted, found] = [typeIn(read, name), typeIn(own, name)];
  if (found === wanted) return own;
  if (found !== undefined) {
    const message = `the watermark "${name}" is read as ${found}, but by the model as ${wanted}`;
    throw new InvalidError('bad-contract', message, { column: name, hint: 'give it the same type' });
  }
  const isIt = (column: { readonly name: string }) => column.name === name;
  return {
    ...own,
    columns: [...own.columns, ...read.columns.filter(isIt)],
    constants: [...(own.constants ?? []), ...(read.constants ?? []).filter(isIt)],
  };
}

function typeIn({ columns, constants = [] }: ReadPlan, name: string): ColumnType | undefined {
  return [...columns, ...constants].find((column) => column.name === name)?.type;
}

function isAlike(own: PartitionContext, context: PartitionContext): boolean {
  return isDeepStrictEqual(own.read, context.read) && isDeepStrictEqual(own.repair, context.repair);
}
