import type { Slice } from '../../chunk/slice.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { WorkerEndedError } from '../../workers/worker-ended.js';
import type { Means } from '../budgets/means.js';
import { openPartition } from '../plan/open-planned.js';
import type { RunPlan } from '../plan/run-plan.js';
import type { CandidateCounts, CandidatePlan, CompareContext } from '../slice/compare-slice.js';
import { runTask, type TaskCrew } from './each-slice.js';
import { endedOften } from './score-with-retries.js';
import { withRoom } from './with-workers.js';

/** Returns the counts of a slice that a worker scores with each candidate. */
export async function compareSlice(
  crew: TaskCrew,
  context: { readonly key: string; readonly value: CompareContext },
  slice: Slice,
): Promise<CandidateCounts[]> {
  try {
    return (await runTask(crew, context, { slice })) as CandidateCounts[];
  } catch (error) {
    if (!(error instanceof WorkerEndedError)) throw error;
    throw endedOften(error, `while it compared models on slice ${slice.index}`);
  }
}

/** Returns the context for a model in a worker that reads a partition as the first model's plan opens it. */
export async function candidatePlan(
  one: RunPlan,
  first: RunPlan,
  input: InputFile,
  means: Means,
  scored: CandidatePlan['scored'],
  heldBytes = one.model.heldBytes,
): Promise<CandidatePlan> {
  const { context } = await openPartition({ ...one, sources: first.sources }, input);
  const { scorer, features, outputs, profiledOutputs } = one.stage;
  const { source, repair } = context;
  const { read } = withRoom(context, { heldBytes }, means);
  return { scorer, features, outputs, profiledOutputs, context: { source, read, repair }, scored };
}
