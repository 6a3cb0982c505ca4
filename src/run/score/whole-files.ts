import { rankedOutputs } from '../../features/rank-scores.js';
import type { RunEvent } from '../../run-event.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { isS3 } from '../../storage/s3/object-name.js';
import { fromErrorMessage } from '../../workers/error-message.js';
import type { ErrorMessage } from '../../workers/messages.js';
import { WorkerEndedError } from '../../workers/worker-ended.js';
import type { InputPlan, RunPlan } from '../plan/run-plan.js';
import type { Sources } from '../plan/sources.js';
import type { Work } from '../plan/what-to-do.js';
import { discardStaged } from '../publish/staging.js';
import type { Intent } from '../records/intent.js';
import type { PartitionRecord } from '../records/record.js';
import { keyNames } from './repeated-keys.js';
import type { Scoring } from './scene.js';

/** A small file that a worker has scored, judged and staged; its record is in the intent's text. */
export interface WholeFile {
  readonly intent: Intent;
  /** The events of the run while the file was scored, in order. */
  readonly events: readonly RunEvent[];
}

/** A small file for a worker, and its record before anything but the plan is known. */
export interface AskedFile {
  readonly input: InputFile;
  readonly blank: PartitionRecord;
}

/** The parts of a run's plan that a worker needs to score whole files, beside its stage plan; plain data. */
export interface WholePlan extends Pick<InputPlan, 'job' | 'contract' | 'model'> {
  readonly options: Sources['options'];
  readonly gates: RunPlan['gates']['partition'];
  readonly features: RunPlan['features']['columns'];
  readonly memoryBytes: number;
}

export interface WholeContext {
  readonly whole: WholePlan;
}

/** A worker's answer for one file; null if the file has to be scored in slices. */
export type WholeAnswer = WholeFile | { readonly error: ErrorMessage } | null;

/** A file up to this size is in memory once it is open: the sample of a CSV file. */
const wholeBytes = 256 * 1024;
/** With fewer files it costs more to teach the workers to open them. */
const fewestFiles = 16;
const mostInGroup = 8;
/** Files that may be scored at once: a run adds up its records in the order of the plan. */
const mostAtOnce = 48;

/** The small files of a run that workers take whole. */
export interface WholeFiles {
  /** They, in groups for one worker each; the other files are scored by themselves. */
  readonly groups: readonly (readonly Work[])[];
  /** Scores a group in a worker; returns, in its order, a file's result, its error, or null. */
  score(asked: readonly AskedFile[]): Promise<(WholeFile | Error | null)[]>;
}

/** Finds the files of a run that workers can take whole: no rows of other files matter to theirs. */
export function wholeFiles(run: Scoring, works: readonly Work[]): WholeFiles {
  const { plan, means, pool, slots, signal, layout } = run;
  const { job, contract, model, gates, features } = plan;
  const whole = canTakeWhole(run)
    ? works.filter(({ input }) => isSmall(input) && !plan.sources.has(input))
    : [];
  const size = Math.min(mostInGroup, Math.ceil(mostAtOnce / (means.workers + 1)));
  const context = {
    key: 'whole files',
    value: {
      whole: {
        ...{ job, contract, model, options: plan.sources.options, memoryBytes: means.memoryBytes },
        ...{ gates: gates.partition, features: features.columns },
      },
    } satisfies WholeContext,
  };
  let isOdd = false;

  async function scoreInWorker(files: readonly AskedFile[]): Promise<(WholeFile | Error | null)[]> {
    const answers = (await slots(() => pool.run(context, { files }))) as readonly WholeAnswer[];
    // Files that workers do not take are not opened twice any more.
    isOdd = answers.every((answer) => answer === null);
    return answers.map((answer) =>
      answer !== null && 'error' in answer ? fromErrorMessage(answer.error) : answer,
    );
  }

  return {
    groups: whole.length < fewestFiles ? [] : inGroupsOf(whole, size),
    async score(asked) {
      if (isOdd) return asked.map(() => null);
      try {
        return await scoreInWorker(asked);
      } catch (error) {
        for (const { input } of asked) await discardStaged(layout, input.partition);
        if (signal.aborted) return asked.map(() => signal.reason as Error);
        if (!(error instanceof WorkerEndedError)) return asked.map(() => error as Error);
        const message = `${error.message}: ${asked.length} files will be scored one by one`;
        run.observe({ kind: 'note', level: 'warn', message });
        return asked.map(() => null);
      }
    },
  };
}

function canTakeWhole({ plan, keys, published, layout }: Scoring): boolean {
  const { job, columns, challengers, outputs } = plan;
  return (
    keys === null &&
    published === null &&
    keyNames(columns).length === 0 &&
    rankedOutputs(outputs).length === 0 &&
    challengers.length === 0 &&
    job.input.since === null &&
    !isS3(layout.output)
  );
}

function isSmall({ path, bytes, part, refusal }: InputFile): boolean {
  return bytes <= wholeBytes && part === undefined && refusal === null && !isS3(path);
}

function inGroupsOf<T>(items: readonly T[], size: number): T[][] {
  const groups: T[][] = [];
  for (let from = 0; from < items.length; from += size) groups.push(items.slice(from, from + size));
  return groups;
}
