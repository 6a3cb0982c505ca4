import type { Chunk } from '../../chunk/chunk.js';
import type { Slice } from '../../chunk/slice.js';
import { InvalidError, type NightshiftError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { unpackLight } from '../../quality/light-quality.js';
import type { ProblemCount } from '../../quality/problem-count.js';
import { cellAt } from '../../repair/cell.js';
import type { InputFile } from '../../storage/list-inputs.js';
import type { Prewarmed } from '../../workers/prewarmed.js';
import { WorkerEndedError } from '../../workers/worker-ended.js';
import { readMachine } from '../budgets/machine.js';
import { meansFor } from '../budgets/means.js';
import type { OpenPartition } from '../plan/open-partition.js';
import { openPartition } from '../plan/open-planned.js';
import { planRun } from '../plan/plan-run.js';
import type { RunPlan } from '../plan/run-plan.js';
import { sliceBytes } from '../plan/slice-bytes.js';
import { prewarmWorkers } from '../score/prewarm-workers.js';
import { endedOften } from '../score/score-with-retries.js';
import { withRoom, withWorkers } from '../score/with-workers.js';
import { openDecoder } from '../slice/open-decoder.js';
import type { PartitionContext } from '../slice/score-slice.js';
import type { SliceResult } from '../slice/slice-result.js';
import { sliceTask } from '../slice/slice-task.js';
import { sampledBytes } from './sample-input.js';

/** Distinct values of a column that are counted. */
const mostDistinct = 5000;

/** A column of the contract as the first rows show it, read as a run reads it. */
export interface ColumnFacts {
  /** Cells that are missing or cannot be read. */
  readonly missing: number;
  /** How often each text occurs that cannot be read as the column's type. */
  readonly unreadable: ReadonlyMap<string, number>;
  /** How often each value occurs, as text; not all of them if `isComplete` is false. */
  readonly values: ReadonlyMap<string, number>;
  readonly isComplete: boolean;
  /** Lowest and highest number; null without any. */
  readonly range: Range | null;
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Results of the first rows of the input. */
export interface Trial {
  readonly plan: RunPlan;
  readonly opened: OpenPartition;
  readonly facts: ReadonlyMap<string, ColumnFacts>;
  readonly rows: number;
  /** True if they are all rows of the input. */
  readonly isWhole: boolean;
  readonly scored: number;
  readonly rejected: number;
  readonly problems: readonly ProblemCount[];
  /** Lowest and highest number of each column of scores that has any. */
  readonly scores: ReadonlyMap<string, Range>;
}

/** Limit for one batch of the first rows, as for a trial of the model: a draft has no `batch_timeout`. */
const patienceMs = 300_000;

/**
 * Plans a job as a run does and scores the first rows in a worker with its memory watched, without writing
 * anything. Throws the errors of a run's plan, and the reason of the signal.
 */
export async function tryDraft(job: Job, inputs: readonly InputFile[], signal: AbortSignal): Promise<Trial> {
  const alone = { ...job, run: { ...job.run, workers: 1 } };
  const prewarmed = await prewarmWorkers(alone, inputs, await readMachine(), true);
  try {
    return await tryWith(prewarmed, job, inputs, signal);
  } finally {
    prewarmed?.close();
  }
}

async function tryWith(
  prewarmed: Prewarmed | null,
  job: Job,
  inputs: readonly InputFile[],
  signal: AbortSignal,
): Promise<Trial> {
  const planned = await planRun(job, inputs, signal, prewarmed);
  const plan = { ...planned, job: { ...planned.job, batchTimeoutMs: patienceMs } };
  const [input] = inputs as [InputFile];
  const opened = await openPartition(plan, input);
  const { source, context } = opened;
  const decoder = await openDecoder(context.source, context.read);
  const slices = source.cut(sampledBytes)[Symbol.asyncIterator]();
  try {
    const first = await slices.next();
    if (first.done === true) return { plan, opened, ...nothing };
    const slice = (await source.carry?.(first.value, null)) ?? first.value;
    const chunk = await decoder.decode(slice);
    const { rows } = chunk;
    const facts = factsOf(chunk);
    signal.throwIfAborted();
    const result = await scoreFirst(plan, { input, context, slice }, prewarmed, signal);
    const { scored, rejected } = result.rows;
    const isWhole = (await slices.next()).done === true;
    const { problems } = result.quality;
    return { plan, opened, facts, rows, isWhole, scored, rejected, problems, scores: scoresOf(result) };
  } finally {
    await slices.return?.();
    await decoder.close();
  }
}

/** The trial of an input without rows. */
const nothing: Omit<Trial, 'plan' | 'opened'> = {
  facts: new Map(),
  rows: 0,
  isWhole: true,
  scored: 0,
  rejected: 0,
  problems: [],
  scores: new Map(),
};

function scoresOf({ quality }: SliceResult): Trial['scores'] {
  const ranges = new Map<string, Range>();
  for (const { name, numbers } of unpackLight(quality).outputs) {
    const { min, max } = numbers ?? { min: null, max: null };
    if (min !== null && max !== null) ranges.set(name, { min, max });
  }
  return ranges;
}

interface FirstRows {
  readonly input: InputFile;
  readonly context: PartitionContext;
  readonly slice: Slice;
}

async function scoreFirst(
  plan: RunPlan,
  { input, context, slice }: FirstRows,
  prewarmed: Prewarmed | null,
  signal: AbortSignal,
): Promise<SliceResult> {
  const machine = await readMachine();
  const means = { ...meansFor(plan.job, machine, plan.model, [input], sliceBytes(plan)), workers: 1 };
  const stopped = new AbortController();
  const either = AbortSignal.any([signal, stopped.signal]);
  const run = {
    ...{ plan, means, bytes: input.bytes, startedAt: new Date(), output: null, prewarmed },
    ...{ signal: either, observe: () => {}, stop: (error: Error) => stopped.abort(error) },
  };
  const task = { ...sliceTask(slice), failFast: false };
  const value = withRoom(context, plan.model, means);
  return withWorkers(run, async ({ pool }) => {
    for (;;) {
      try {
        return (await pool.run({ key: input.partition, value }, task)) as SliceResult;
      } catch (error) {
        either.throwIfAborted();
        if (!(error instanceof WorkerEndedError)) throw error;
        // If the slice still takes too much memory by itself, the budget ends the command.
        if (!error.forMemory) throw whyEnded(error, plan.description.path, input.name);
      }
    }
  });
}

/** Returns the error of a model that ends its process, or takes too long, on the first rows of the input. */
function whyEnded(error: WorkerEndedError, file: string, input: string): NightshiftError {
  const when = `while it scored the first rows of ${input}`;
  if (!error.timedOut && (error.ended.signal === 'SIGKILL' || !error.ended.hasStarted))
    return endedOften(error, when, { file });
  const message = `${error.message}, ${when}`;
  const details = { cause: error, file };
  const hint = 'try the model on these rows in Python with onnxruntime, and export it again';
  if (error.timedOut) return new InvalidError('model-too-slow', message, { ...details, hint });
  return new InvalidError('model-ends-workers', message, { ...details, hint });
}

function factsOf({ columns, problems }: Chunk): ReadonlyMap<string, ColumnFacts> {
  const unreadable = new Map<string, Map<string, number>>();
  for (const { kind, found } of problems) {
    const { code, column } = kind;
    if (code !== 'unreadable' || column === null) continue;
    const texts = unreadable.get(column) ?? new Map<string, number>();
    const text = String(found ?? '');
    texts.set(text, (texts.get(text) ?? 0) + 1);
    unreadable.set(column, texts);
  }
  return new Map(
    [...columns].map(([name, column]): [string, ColumnFacts] => {
      const values = new Map<string, number>();
      let [missing, min, max, isComplete] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true];
      for (let row = 0; row < column.length; row++) {
        const cell = cellAt(column, row);
        if (cell === null || (typeof cell === 'number' && Number.isNaN(cell))) {
          missing++;
          continue;
        }
        if (typeof cell === 'number' || typeof cell === 'bigint') {
          min = Math.min(min, Number(cell));
          max = Math.max(max, Number(cell));
        }
        const text = String(cell);
        if (values.has(text) || values.size < mostDistinct) values.set(text, (values.get(text) ?? 0) + 1);
        else isComplete = false;
      }
      const range = min <= max ? { min, max } : null;
      return [name, { missing, unreadable: unreadable.get(name) ?? new Map(), values, isComplete, range }];
    }),
  );
}
