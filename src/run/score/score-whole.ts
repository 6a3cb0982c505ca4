import pLimit from 'p-limit';
import { TransientError } from '../../errors.js';
import type { RunEvent } from '../../run-event.js';
import { toErrorMessage } from '../../workers/error-message.js';
import type { Stage, StageContext } from '../../workers/stage.js';
import { openPartition } from '../plan/open-planned.js';
import { createSources } from '../plan/sources.js';
import { layoutOf } from '../records/layout.js';
import type { SliceTask, StagePlan } from '../slice/score-slice.js';
import { createChallenges } from './challenges.js';
import { finishPartition, judgePartition } from './publish-partition.js';
import { recordOf, reportDialect, type StagingScene, stagePartition } from './stage-partition.js';
import type { AskedFile, WholeAnswer, WholeFile, WholePlan } from './whole-files.js';

/**
 * Opens what scores whole files in a worker, in the same steps as the main process takes for other files, up
 * to their commit.
 */
export function openWholeFiles(
  openContext: Stage['openContext'],
  stage: StagePlan,
  whole: WholePlan,
): StageContext {
  const { job, contract, model, options, gates, features, memoryBytes } = whole;
  const sources = createSources(job, options, []);
  const planned = { job, contract, model, sources, stage, scoredRows: new Map(), published: [] };
  const plan = {
    ...{ ...planned, inputs: [], challengers: [] },
    ...{ gates: { partition: gates }, features: { columns: features } },
  };
  const unheard = () => {};
  const scene: Omit<StagingScene, 'observe' | 'pool'> = {
    ...{ plan, layout: layoutOf(job.output.path, job.output.format) },
    means: { workers: 1, note: null, memoryBytes, isGroupLimited: false },
    slots: pLimit(1),
    signal: new AbortController().signal,
    published: null,
    challenges: createChallenges([], unheard),
    releaseWorkers: unheard,
  };

  async function scoreFile({ input, blank }: AskedFile, alive: () => void): Promise<WholeFile | null> {
    const start = performance.now();
    const events: RunEvent[] = [];
    const observe = (event: RunEvent) => void events.push(event);
    try {
      const opened = await openPartition(plan, input);
      const { content } = opened.source;
      if (content === undefined) return null;
      reportDialect(opened.source, input.name, opened.findings, observe);
      const here = { ...scene, observe, pool: poolOf(openContext, alive, content) };
      const staged = await stagePartition(here, input, opened, { ledger: null, ranking: null }, null);
      try {
        const record = await recordOf(plan, blank, input, opened, staged);
        const { draft, closing } = await judgePartition(plan, input, staged, record);
        const intent =
          closing.length > 0
            ? null
            : await finishPartition(here.layout, { ...staged, taken: null }, draft, start);
        if (intent !== null && intent.text !== null)
          return { intent: { ...intent, record: { ...intent.record, quality: null } }, events };
        await staged.staging.discard();
        return null;
      } catch (error) {
        await staged.staging.discard();
        throw error;
      }
    } finally {
      plan.sources.forget(input);
    }
  }

  return {
    async run(task, alive) {
      const answers: WholeAnswer[] = [];
      for (const asked of (task as { files: readonly AskedFile[] }).files) {
        // An error that does not pass is met again where the file is scored in slices, and reported there.
        answers.push(
          await scoreFile(asked, alive).catch((error: unknown) =>
            error instanceof TransientError ? { error: toErrorMessage(error) } : null,
          ),
        );
        alive();
      }
      return answers;
    },
    close: async () => null,
  };
}

/** A pool that scores slices of a file in this worker, which has the `content` of the file in memory. */
function poolOf(
  openContext: Stage['openContext'],
  alive: () => void,
  content: Uint8Array,
): StagingScene['pool'] {
  const opened = new Map<string, Promise<StageContext>>();
  return {
    async run({ key, value }, task) {
      if (!opened.has(key)) opened.set(key, openContext(value));
      return (await opened.get(key)!).run(withBytes(task as SliceTask, content), alive);
    },
    async drop(key) {
      const context = await opened.get(key);
      opened.delete(key);
      await context?.close();
    },
  };
}

/** Returns the task of a slice with its bytes, so that the file is not read again. */
function withBytes(task: SliceTask, content: Uint8Array): SliceTask {
  const { slice } = task;
  if (slice.kind !== 'bytes' || slice.bytes !== null) return task;
  return { ...task, slice: { ...slice, bytes: content.subarray(slice.start, slice.end) } };
}
