import pLimit from 'p-limit';
import { cpuMicros } from '../../process/cpu-micros.js';
import { median } from '../../quality/median.js';
import { leastRowsOfTime } from '../../quality/recommend-model.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { join } from '../../storage/paths.js';
import {
  makeTemporaryFolder,
  ofTemporaryFolder,
  removeTemporaryFolder,
} from '../../storage/temporary-folder.js';
import type { Pool } from '../../workers/pool.js';
import type { Means } from '../budgets/means.js';
import { closeRun } from '../finish/close-run.js';
import type { WeighedSource } from '../plan/decimal-marks.js';
import type { RunPlan } from '../plan/run-plan.js';
import { createCommits } from '../publish/commit-queue.js';
import { openRun } from '../publish/open-run.js';
import { createPackedValues } from '../records/packed-values.js';
import { recentRecords } from '../records/recent-records.js';
import { newRunId } from '../records/run-id.js';
import { createChallenges } from '../score/challenges.js';
import type { Scoring } from '../score/scene.js';
import { blankRecord, scoreOnce } from '../score/score-partition.js';

/** Microseconds of processor time in the main process and in a worker, if that is a process of its own. */
export interface Spent {
  readonly main: number;
  readonly worker: number;
}

/** Processor time of a trial run: per row once both processes are warm, and the extra time that warming up takes. */
export interface RunTrial {
  /** Null if the input has too few rows to estimate it. */
  readonly perRow: Spent | null;
  /** All of the time if `perRow` is null. */
  readonly warming: Spent;
  /** False if nothing was warm yet: a row is dearer then. */
  readonly isWarm: boolean;
}

/** Fewer rows are enough if the slices after the first ones take this many microseconds, as wide rows do. */
const longMicros = 200_000;

/** Slices by which half of the code is compiled; the other half takes as many again. */
const warmSlices = 4;

/** Slices in a trial that estimates the time of a run: about half a million rows of a CSV file with ten columns. */
export const trialSlices = 3 * warmSlices;

interface TrialOptions {
  /** Its only worker scores all slices. */
  readonly pool: Pool;
  readonly means: Means;
  readonly slices: number;
  /** False to leave out the end of the run, if only memory is asked for. */
  readonly isWhole: boolean;
  readonly signal: AbortSignal;
  /** Called after each slice, while the worker is idle. */
  afterSlice(): void;
}

/**
 * Runs the first slices of an input as a run does, from the claim of its folder to the summary and the page, in a
 * temporary folder that is removed. Null if the input has no rows.
 */
export async function trialRun(
  plan: RunPlan,
  input: InputFile,
  { pool, means, slices, isWhole, signal, afterSlice }: TrialOptions,
): Promise<RunTrial | null> {
  const folder = await makeTemporaryFolder('nightshift-compare-');
  const begun = { main: cpuMicros(), worker: pool.cpuMicros() };
  const spent = () => ({ main: cpuMicros() - begun.main, worker: pool.cpuMicros() - begun.worker });
  const marks: Mark[] = [];
  const watched: Pick<Pool, 'run' | 'drop'> = {
    drop: pool.drop,
    async run(...task) {
      const result = await pool.run(...task);
      afterSlice();
      return result;
    },
  };
  try {
    const { job, sources } = plan;
    const open = async (one: InputFile) => firstOf(await sources.open(one), slices);
    const output = { ...job.output, path: join(folder, 'output') };
    const small: RunPlan = {
      ...plan,
      inputs: [input],
      job: { ...job, identity: 'auto', output },
      sources: { ...sources, open },
    };
    await runAlone(small, input, isWhole, {
      ...{ pool: { ...pool, ...watched }, means: { ...means, workers: 1 }, signal },
      observe(event) {
        if (event.kind === 'slice-scored') marks.push({ rows: event.rows, ...spent() });
      },
    });
    return timesOf(marks, spent());
  } catch (error) {
    throw ofTemporaryFolder(error);
  } finally {
    await removeTemporaryFolder(folder);
  }
}

/** Runs a plan of one input with an open pool; throws what made the input fail. */
async function runAlone(
  plan: RunPlan,
  input: InputFile,
  isWhole: boolean,
  { pool, means, signal: caller, observe }: Pick<Scoring, 'pool' | 'means' | 'signal' | 'observe'>,
): Promise<void> {
  const startedAt = new Date();
  const runId = newRunId(startedAt);
  const selection = { partition: null, shard: null, failedOnly: false };
  const run = await openRun(plan, { runId, startedAt, selection, force: false, observe, signal: caller });
  const { layout, known, attempts, signal } = run;
  try {
    const scene: Scoring = {
      ...{ layout, known, attempts, signal, stop: run.stop, runId, startedAt, observe, plan, means, pool },
      ...{ slots: pLimit(1), keys: null, published: null, challenges: createChallenges([], observe) },
      recent: recentRecords([input.partition]),
      ended: createPackedValues(),
      commits: createCommits({ layout, holds: plan.gates.holds, signal, partitions: [] }),
      releaseWorkers() {},
    };
    const [work] = run.work;
    await attempts.begin(input.partition, true);
    const outcome = await scoreOnce(scene, work!, blankRecord(scene, work!), null);
    await attempts.end(input.partition, true);
    if (!isWhole) return;
    await closeRun(plan, layout, [outcome], known.records, {
      ...{ runId, startedAt, workers: means.workers, peakRssBytes: null, stopped: null, notes: [] },
      memoryLimitBytes: means.memoryBytes,
      recent: scene.recent,
    });
  } finally {
    attempts.close();
    await run.claim.release();
  }
}

/** Processor time until a slice was written. */
interface Mark extends Spent {
  readonly rows: number;
}

/** Takes the median of the last slices, not the first ones: each is a sample, and other work disturbs some. */
export function timesOf(marks: readonly Mark[], ended: Spent): RunTrial | null {
  const slices = marks.map((mark, i) => ({
    rows: mark.rows,
    main: mark.main - (marks[i - 1]?.main ?? 0),
    worker: mark.worker - (marks[i - 1]?.worker ?? 0),
  }));
  const first = Math.max(Math.min(warmSlices, slices.length - 1), slices.length - warmSlices);
  const warm = slices.slice(first).filter(({ rows }) => rows > 0);
  const rows = slices.reduce((sum, slice) => sum + slice.rows, 0);
  if (warm.length === 0) return null;
  const isWarm = slices.length > warmSlices;
  const warmMicros = warm.reduce((sum, { main, worker }) => sum + main + worker, 0);
  if (rows < leastRowsOfTime && !(isWarm && warmMicros >= longMicros))
    return { perRow: null, warming: ended, isWarm: false };
  const each = (part: keyof Spent) => median(warm.map((slice) => slice[part] / slice.rows));
  const perRow = { main: each('main'), worker: each('worker') };
  const beyond = (part: keyof Spent) => Math.max(0, ended[part] - perRow[part] * rows);
  return { perRow, warming: { main: beyond('main'), worker: beyond('worker') }, isWarm };
}

/** Returns a source of its first slices only. */
function firstOf(source: WeighedSource, slices: number): WeighedSource {
  const { span } = source;
  return {
    ...source,
    // Where a part begins is known, but not how many rows these slices have.
    ...(span === undefined ? {} : { span: { ...span, rows: null } }),
    description: { ...source.description, rows: null },
    async *cut(chunkBytes, signal) {
      let count = 0;
      for await (const slice of source.cut(chunkBytes, signal)) {
        yield slice;
        if (++count === slices) return;
      }
    },
  };
}
