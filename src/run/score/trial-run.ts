import pLimit from 'p-limit';
import type { Source } from '../../formats/format.js';
import { cpuMicros } from '../../process/cpu-micros.js';
import { median } from '../../quality/median.js';
import { leastRowsOfTime } from '../../quality/recommend-model.js';
import type { InputFile } from '../../storage/list-inputs.js';
import {
  makeTemporaryFolder,
  ofTemporaryFolder,
  removeTemporaryFolder,
} from '../../storage/temporary-folder.js';
import type { Pool } from '../../workers/pool.js';
import type { Means } from '../budgets/means.js';
import { openPartition } from '../plan/open-planned.js';
import type { RunPlan } from '../plan/run-plan.js';
import { sliceBytes } from '../plan/slice-bytes.js';
import { layoutOf, openRunFolder } from '../records/layout.js';
import { carrying } from './carry-slice.js';
import { createChallengeSums, createChallenges } from './challenges.js';
import { createPartitionProfiles } from './partition-profiles.js';
import { keyNames, openLedger } from './repeated-keys.js';
import { runPartition } from './run-partition.js';
import { scoreWithRetries } from './score-with-retries.js';
import { withRoom } from './with-workers.js';

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

/** Slices by which most of the code is compiled. */
const warmSlices = 4;

/** Slices in a trial that estimates the time of a run: about a third of a million rows of a CSV file with ten columns. */
export const trialSlices = 2 * warmSlices;

interface TrialOptions {
  /** Its only worker scores all slices. */
  readonly pool: Pool;
  readonly means: Means;
  readonly slices: number;
  readonly signal: AbortSignal;
  /** Called after each slice, while the worker is idle. */
  afterSlice(): void;
}

/**
 * Runs the first slices of an input as a run does, up to its commit, into a temporary folder that is removed.
 * Null if the input has no rows.
 */
export async function trialRun(
  plan: RunPlan,
  input: InputFile,
  { pool, means, slices, signal, afterSlice }: TrialOptions,
): Promise<RunTrial | null> {
  const { job } = plan;
  const folder = await makeTemporaryFolder('nightshift-compare-');
  const digested = keyNames(plan.columns);
  const keys = digested.length === 0 ? null : openLedger();
  try {
    const { source, context } = await openPartition(plan, input);
    const layout = layoutOf(folder, job.output.format);
    await openRunFolder(layout);
    const profiles = createPartitionProfiles(input.bytes);
    const value = { ...withRoom(context, plan.model, means), digested };
    const key = 'trial';
    const carried = carrying(source, value.read);
    const marks: Mark[] = [];
    const begun = { main: cpuMicros(), worker: pool.cpuMicros() };
    const { staging } = await runPartition(firstOf(source, slices), {
      partition: key,
      layout,
      stage: plan.stage,
      audit: job.audit,
      sliceBytes: sliceBytes(plan),
      limit: pLimit(1),
      lanes: 1,
      signal,
      observe(event) {
        if (event.kind !== 'slice-scored') return;
        const spent = { main: cpuMicros() - begun.main, worker: pool.cpuMicros() - begun.worker };
        marks.push({ rows: event.rows, ...spent });
      },
      keys,
      ranking: null,
      scoredRanges: context.newRows?.scored.length ?? null,
      leavesOut: context.newRows !== null || (job.input.since?.key.length ?? 0) > 0,
      score: (slice, failFast) =>
        carried(slice, async (complete) => {
          const alone = { failFast, published: null, ranks: null, handOver: false, challenges: null };
          const { retries } = job.run;
          const how = { ...alone, retries, batchTimeoutMs: job.batchTimeoutMs, signal, observe: () => {} };
          const held = { key, value, gathered: profiles.gathered };
          const scored = await scoreWithRetries(pool, held, complete, null, how);
          afterSlice();
          return scored;
        }),
      profiles,
      challenged: createChallengeSums(
        createChallenges([], () => {}),
        [],
      ),
      drop: () => pool.drop(key),
    });
    await staging.discard();
    const ended = { main: cpuMicros() - begun.main, worker: pool.cpuMicros() - begun.worker };
    return timesOf(marks, ended);
  } catch (error) {
    throw ofTemporaryFolder(error);
  } finally {
    await keys?.close();
    await removeTemporaryFolder(folder);
  }
}

/** Processor time until a slice was written. */
interface Mark extends Spent {
  readonly rows: number;
}

/** Takes the median of the slices after the first ones: each is a sample, and other work disturbs some. */
export function timesOf(marks: readonly Mark[], ended: Spent): RunTrial | null {
  const slices = marks.map((mark, i) => ({
    rows: mark.rows,
    main: mark.main - (marks[i - 1]?.main ?? 0),
    worker: mark.worker - (marks[i - 1]?.worker ?? 0),
  }));
  const warm = slices.slice(Math.min(warmSlices, slices.length - 1)).filter(({ rows }) => rows > 0);
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
function firstOf(source: Source, slices: number): Source {
  const { span, ...whole } = source;
  return {
    ...whole,
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
