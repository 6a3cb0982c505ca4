import { setTimeout as sleep } from 'node:timers/promises';
import type { Slice } from '../../chunk/slice.js';
import { InvalidError, TransientError } from '../../errors.js';
import type { Observe } from '../../run-event.js';
import type { Pool } from '../../workers/pool.js';
import type { Context } from '../../workers/worker.js';
import { WorkerEndedError } from '../../workers/worker-ended.js';
import { pauseMs } from '../records/retry-storage.js';
import type { ChallengeResult } from '../slice/challenge-slice.js';
import type { SliceTask } from '../slice/score-slice.js';
import type { SliceResult } from '../slice/slice-result.js';
import { sliceTask } from '../slice/slice-task.js';
import { type Challenges, challengeLimitMs } from './challenges.js';

/** Maximum number of rows of a slice that may end a worker; with more, its partition is abandoned. */
const mostDeadlyRows = 100;

/** A slice that is scored. */
export interface ScoredSlice {
  readonly result: SliceResult;
  /** Scores the slice again in the same way to get its bins, if the worker that held them has ended. */
  again(): Promise<SliceResult>;
}

interface Retries {
  /** See `SliceTask`. */
  readonly published: SliceTask['published'];
  /** The ranks of the slice's rows; null while they are not known. */
  readonly ranks: SliceTask['ranks'];
  /** True if the worker hands over its bins of the partition at once. */
  readonly handOver: boolean;
  /** True to give up on a model that fails on rows from all over the slice, instead of looking for each. */
  readonly failFast: boolean;
  /** Number of retries of failures that may pass (storage away, a worker that was killed). */
  readonly retries: number;
  /** The job's limit for a batch; null: none. */
  readonly batchTimeoutMs: number | null;
  readonly signal: AbortSignal;
  readonly observe: Observe;
  /** The challengers of a run; null where only the model scores. */
  readonly challenges: Challenges | null;
}

/**
 * Scores one slice on some worker. Retries failures that may pass with growing pauses. Bisects a slice that
 * ends its worker twice to find the rows responsible: they are rejected and the rest is scored. Costs two
 * workers per halving.
 */
export async function scoreWithRetries(
  pool: Pick<Pool, 'run'>,
  context: Context,
  slice: Slice,
  repeated: Int32Array | null,
  options: Retries,
): Promise<ScoredSlice> {
  const deadly: number[] = [];
  const { failFast, handOver, ranks, published } = options;
  const alone = { ...sliceTask(slice), repeated, published, ranks, deadly, failFast, handOver };
  let task: SliceTask = { ...alone, challengers: options.challenges?.active() ?? [] };
  let suspects: readonly number[] = [];
  let endedWorkers = 0;
  for (let attempt = 0; ; attempt++) {
    try {
      const scored = (await pool.run(context, task, limitOf(task, options))) as SliceResult;
      const challenged = await challengeAlone(pool, context, task, suspects, options);
      const result = { ...scored, challengers: [...scored.challengers, ...challenged] };
      options.challenges?.note(result.challengers);
      return { result, again: () => countAgain(pool, context, { ...alone, handOver: true }, options) };
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof WorkerEndedError && task.challengers.length > 0) {
        const message = `${error.message}: slice ${slice.index} will be retried without challengers`;
        options.observe({ kind: 'note', level: 'warn', message });
        if (error.forMemory) options.challenges?.stopAll('the run needs its memory');
        else suspects = task.challengers;
        task = { ...task, challengers: [] };
        attempt--;
      } else if (error instanceof WorkerEndedError) {
        // The model may do the same without them.
        suspects = [];
        options.observe({
          kind: 'note',
          level: 'warn',
          message: `${error.message}: slice ${slice.index} will be retried`,
        });
        // Only this slice is in progress now; if it still takes too much, the budget ends the run.
        if (error.forMemory) continue;
        if (++endedWorkers < 2) continue;
        const row = await findDeadlyRow(pool, context, task, error);
        if (row === null) {
          if (endedWorkers > 2 + options.retries) throw endedOften(error, noSingleRow);
          continue;
        }
        deadly.push(row);
        if (deadly.length > mostDeadlyRows) throw tooDeadly(deadly.length, error);
      } else if (error instanceof TransientError && attempt < options.retries) {
        await sleep(pauseMs(attempt), undefined, { signal: options.signal });
      } else throw error;
    }
  }
}

/**
 * After a worker ended on a slice with all challengers, lets each challenger score the slice alone. Those
 * that end a worker again are ended for the rest of the run. Returns the results of the others.
 */
async function challengeAlone(
  pool: Pick<Pool, 'run'>,
  context: Context,
  task: SliceTask,
  suspects: readonly number[],
  { challenges, signal, ...options }: Retries,
): Promise<ChallengeResult[]> {
  const results: ChallengeResult[] = [];
  for (const index of suspects) {
    if (challenges?.active().includes(index) !== true) continue;
    const only: SliceTask = { ...task, challengers: [index], isChallenge: true };
    try {
      results.push(
        ...((await pool.run(
          context,
          only,
          limitOf(only, { challenges, signal, ...options }),
        )) as ChallengeResult[]),
      );
    } catch (error) {
      signal.throwIfAborted();
      challenges.stop(index, error instanceof Error ? error.message : String(error));
    }
  }
  return results;
}

/**
 * Returns the time limit for a batch with challengers, in a job without a limit of its own: the model alone
 * may take any time.
 */
function limitOf({ challengers }: SliceTask, { batchTimeoutMs }: Retries): number | undefined {
  return challengers.length > 0 && batchTimeoutMs === null ? challengeLimitMs : undefined;
}

async function countAgain(
  pool: Pick<Pool, 'run'>,
  context: Context,
  task: SliceTask,
  { retries, signal }: Retries,
): Promise<SliceResult> {
  for (let attempt = 0; ; attempt++) {
    try {
      return (await pool.run(context, task)) as SliceResult;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof WorkerEndedError) {
        if (!error.forMemory && attempt > 2 + retries) throw endedOften(error, noSingleRow);
      } else if (error instanceof TransientError && attempt < retries) {
        await sleep(pauseMs(attempt), undefined, { signal });
      } else throw error;
    }
  }
}

/** Bisects the slice to the first row that ends a worker; null if no part of it does any more. */
async function findDeadlyRow(
  pool: Pick<Pool, 'run'>,
  context: Context,
  task: SliceTask,
  error: WorkerEndedError,
): Promise<number | null> {
  const ends = async (from: number, to: number): Promise<boolean> => {
    try {
      await pool.run(context, { ...task, probe: { from, to } } satisfies SliceTask);
      return false;
    } catch (cause) {
      if (cause instanceof WorkerEndedError && cause.forMemory) throw cause;
      if (cause instanceof WorkerEndedError) return true;
      throw cause;
    }
  };
  let to = 1;
  while (to < mostRows && !(await ends(0, to))) to *= 64;
  if (to >= mostRows && !(await ends(0, mostRows))) return null;
  let from = 0;
  while (to - from > 1) {
    const middle = from + ((to - from) >> 1);
    if (await ends(from, middle)) to = middle;
    else from = middle;
  }
  if (from === 0 && to === 1 && (await ends(0, 0))) {
    throw new InvalidError('slice-ends-workers', `${error.message}, before any row was scored`, {
      hint: 'check the model, the memory limit, and the system log',
    });
  }
  return from;
}

/** More rows than any slice has. */
const mostRows = 2 ** 30;

const noSingleRow = 'repeatedly, but no single row of the slice causes it';

/** Returns the error of workers that end again and again; `when` says during which work. */
export function endedOften(
  cause: WorkerEndedError,
  when: string,
  details: { readonly file?: string } = {},
): TransientError {
  const hint = cause.timedOut
    ? 'raise "batch_timeout", or run when the machine is less busy or with fewer workers'
    : 'check whether something outside kills processes because of memory; give the run more memory, or fewer workers';
  return new TransientError('worker-ended', `${cause.message}, ${when}`, { ...details, cause, hint });
}

function tooDeadly(rows: number, cause: WorkerEndedError): InvalidError {
  return new InvalidError(
    'model-ends-workers',
    `the model crashed its process on ${rows} rows of one slice: ${cause.message}`,
    {
      cause,
      hint: 'the model crashes on this data: copy these rows to a small file and try them with "nightshift check"',
    },
  );
}
