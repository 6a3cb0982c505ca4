import { isDeepStrictEqual } from 'node:util';
import { cpuMicros } from '../../process/cpu-micros.js';
import { privateBytes } from '../../process/resident-bytes.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { createPool } from '../../workers/pool.js';
import type { KeptWorkers } from '../../workers/prewarmed.js';
import { WorkerEndedError } from '../../workers/worker-ended.js';
import type { Means } from '../budgets/means.js';
import { openPartition } from '../plan/open-planned.js';
import type { RunPlan } from '../plan/run-plan.js';
import { sliceBytes } from '../plan/slice-bytes.js';
import { candidatePlan, compareSlice } from '../score/compare-slice.js';
import { stageUrl } from '../score/prewarm-workers.js';
import { endedOften } from '../score/score-with-retries.js';
import type { CandidateCounts, CandidatePlan, CompareContext } from '../slice/compare-slice.js';
import { type RunTrial, trialRun, trialSlices } from './trial-run.js';

/** Memory and processor time of a run with one model, measured in a worker of its own. */
export interface Measured {
  /** Most memory of the worker between slices, but for what other workers share. */
  readonly usedBytes: number;
  /** By how much it grew while it opened the model and scored its first slice. */
  readonly grownBytes: number;
  /** Processor time of the worker until it had scored its first slice, and the rows of that. */
  readonly startMicros: number;
  readonly startRows: number;
  /** That of another candidate, if it reads and writes rows in the same way; null without rows. */
  readonly trial: MeasuredTrial | null;
}

/** A trial run with a candidate, in this process as it was before it had run anything. */
interface MeasuredTrial {
  readonly of: number;
  readonly times: RunTrial;
  /** Processor time of this process from the start of the worker until that had scored its first slice. */
  readonly mainMicros: number;
}

/** Slices that a worker scores as in a run after its first: then it grows by less than 1 %. */
const memorySlices = 1;

/**
 * Measures what a worker takes with each model alone: models in one process share memory, all of which would
 * count for the first. Costs half a second for each different model or batch size, and a trial of a few
 * hundred thousand rows for each different way to read and write them. The workers go on to the comparison.
 */
export async function measureAlone(
  plans: readonly RunPlan[],
  scored: readonly CandidatePlan['scored'][],
  inputs: readonly InputFile[],
  how: MeasureOptions,
): Promise<Measured[]> {
  const found: Measured[] = [];
  // The longest file gives the best estimate of a run's time.
  const [input] = inputs.toSorted((a, b) => b.bytes - a.bytes);
  for (const [i, plan] of plans.entries()) {
    const same = plans.findIndex((one) => isDeepStrictEqual(one.stage, plan.stage));
    const of = trialOf(plans, i);
    if (input === undefined) found.push(nothing);
    else if (same < i) found.push(found[same]!);
    else {
      const isTried = of === i;
      const tried = isTried ? await how.asRun(i) : plan;
      const slices = isTried ? trialSlices : memorySlices;
      const { trial: times, mainMicros, ...own } = await measureOne(tried, scored[i]!, input, slices, how);
      const trial = times === null ? null : asCold({ of, times, mainMicros }, found);
      found.push({ ...own, trial: isTried ? trial : found[of]!.trial });
    }
  }
  return found;
}

/** Returns a trial with what this process took to warm up in the first one. */
function asCold({ of, times, mainMicros }: MeasuredTrial, found: readonly Measured[]): MeasuredTrial {
  const first = found.find(({ trial }) => trial !== null)?.trial ?? null;
  const { warming } = times;
  const main = Math.max(warming.main, first?.times.warming.main ?? 0);
  return {
    of,
    times: { ...times, warming: { ...warming, main } },
    mainMicros: Math.max(mainMicros, first?.mainMicros ?? 0),
  };
}

const nothing = {
  usedBytes: 0,
  grownBytes: 0,
  startMicros: 0,
  startRows: 0,
  mainMicros: 0,
  trial: null,
} as const;

/** Returns the first of the plans whose rows are read and written like those of one of them. */
function trialOf(plans: readonly RunPlan[], of: number): number {
  const floats = <T extends { readonly type: string }>(fields: readonly T[]) =>
    fields.map((field) => ({ ...field, type: field.type.replace('float64', 'float32') }));
  // How scores are made is measured for each model, and their width hardly matters.
  const around = ({ stage: { scorer, features, outputs, ...rest }, columns }: RunPlan) => ({
    ...rest,
    ...{ columns, fields: floats(rest.fields), profiledOutputs: floats(rest.profiledOutputs) },
  });
  return plans.findIndex((one) => isDeepStrictEqual(around(one), around(plans[of]!)));
}

interface MeasureOptions {
  /** Returns the plan of a run with a candidate, which may do more than score: reasons, segments, an audit. */
  asRun(index: number): Promise<RunPlan>;
  readonly means: Means;
  /** Takes the workers once they have measured. */
  readonly kept: KeptWorkers;
  readonly signal: AbortSignal;
}

interface MeasuredOne extends Omit<Measured, 'trial'> {
  readonly trial: RunTrial | null;
  readonly mainMicros: number;
}

async function measureOne(
  plan: RunPlan,
  scored: CandidatePlan['scored'],
  input: InputFile,
  slices: number,
  { means, kept, signal }: MeasureOptions,
): Promise<MeasuredOne> {
  const { job, stage } = plan;
  signal.throwIfAborted();
  const begun = cpuMicros();
  const pool = createPool({
    ...{ size: 1, isolation: job.run.isolation, stage: stageUrl, prewarmed: null, plan: stage },
    taskTimeoutMs: job.batchTimeoutMs,
  });
  const drop = () => void pool.close(0);
  signal.addEventListener('abort', drop, { once: true });
  try {
    const { source } = await openPartition(plan, input);
    const candidates = [await candidatePlan(plan, plan, input, means, scored)];
    const compared = { key: 'compared', value: { candidates, labels: null } satisfies CompareContext };
    let first: CandidateCounts | null = null;
    for await (const cut of source.cut(sliceBytes(plan), signal)) {
      const slice = (await source.carry?.(cut, null)) ?? cut;
      [first = null] = await compareSlice({ pool, plan }, compared, slice);
      break;
    }
    if (first === null) return nothing;
    const start = {
      startMicros: pool.cpuMicros(),
      startRows: first.rows + first.rejected,
      mainMicros: cpuMicros() - begun,
    };
    const dropped = pool.drop(compared.key);
    let { usedBytes } = first;
    const afterSlice = () => {
      usedBytes = Math.max(usedBytes, privateBytes(pool.pids()[0] ?? 0) ?? 0);
    };
    const trial = await trialRun(plan, input, {
      ...{ pool, means, slices, isWhole: slices > memorySlices, signal, afterSlice },
    });
    await dropped;
    if (kept.pids().length < means.workers) kept.add(pool.release());
    return { usedBytes, grownBytes: first.grownBytes ?? 0, ...start, trial };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof WorkerEndedError) throw endedOften(error, 'while it compared models');
    throw error;
  } finally {
    signal.removeEventListener('abort', drop);
    plan.sources.forget(input);
    await pool.close(0);
  }
}
