import type { Chunk } from '../../chunk/chunk.js';
import type { Job } from '../../job/job.js';
import type { ProblemCount } from '../../quality/problem-count.js';
import { cellAt } from '../../repair/cell.js';
import type { InputFile } from '../../storage/list-inputs.js';
import type { OpenPartition } from '../plan/open-partition.js';
import { openPartition } from '../plan/open-planned.js';
import { planRun } from '../plan/plan-run.js';
import type { RunPlan } from '../plan/run-plan.js';
import { openDecoder } from '../slice/open-decoder.js';
import { openStage, type SliceTask } from '../slice/score-slice.js';
import type { SliceResult } from '../slice/slice-result.js';
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
  readonly range: { readonly min: number; readonly max: number } | null;
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
}

/** Plans a job as a run does and scores the first rows in this process, without writing anything. Throws the errors of a run's plan. */
export async function tryDraft(job: Job, inputs: readonly InputFile[], signal: AbortSignal): Promise<Trial> {
  const plan = await planRun(job, inputs, signal);
  const opened = await openPartition(plan, inputs[0]!);
  const { source, context } = opened;
  const decoder = await openDecoder(context.source, context.read);
  const slices = source.cut(sampledBytes)[Symbol.asyncIterator]();
  try {
    const first = await slices.next();
    if (first.done === true)
      return { plan, opened, facts: new Map(), rows: 0, isWhole: true, scored: 0, rejected: 0, problems: [] };
    const chunk = await decoder.decode(first.value);
    const { rows } = chunk;
    const facts = factsOf(chunk);
    signal.throwIfAborted();
    const stage = await openStage(plan.stage);
    try {
      const part = await stage.openContext(context);
      const task: SliceTask = {
        handOver: false,
        slice: first.value,
        repeated: null,
        deadly: [],
        failFast: false,
        probe: null,
      };
      const result = (await part.run(task, () => {})) as SliceResult;
      await part.close();
      const { scored, rejected } = result.rows;
      const isWhole = (await slices.next()).done === true;
      return { plan, opened, facts, rows, isWhole, scored, rejected, problems: result.quality.problems };
    } finally {
      await stage.close();
    }
  } finally {
    await slices.return?.();
    await decoder.close();
  }
}

function factsOf({ columns, problems }: Chunk): ReadonlyMap<string, ColumnFacts> {
  const unreadable = new Map<string, Map<string, number>>();
  for (const [i, { code, column }] of problems.kinds.entries()) {
    if (code !== 'unreadable' || column === null) continue;
    const texts = unreadable.get(column) ?? new Map<string, number>();
    const text = String(problems.found[i] ?? '');
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
