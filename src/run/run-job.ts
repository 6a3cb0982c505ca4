import type { Job } from '../job/job.js';
import { batchSentence } from '../model/explain-model.js';
import type { Observe } from '../run-event.js';
import { bytesOf } from '../storage/list-inputs.js';
import { withAddresses } from '../storage/s3/local-copies.js';
import { readMachine } from './budgets/machine.js';
import { meansFor } from './budgets/means.js';
import { unheldLimits } from './budgets/unheld-limits.js';
import { endRun, type RunEnd } from './finish/end-run.js';
import { withLocalFiles } from './plan/local-files.js';
import { heldBytesOf, withChallengers } from './plan/plan-challengers.js';
import { listJobInputs, planRun } from './plan/plan-run.js';
import { refuseRowless } from './plan/refuse-rowless.js';
import type { RunOptions } from './plan/run-options.js';
import type { RunPlan } from './plan/run-plan.js';
import { onlyNew } from './plan/since-last.js';
import { sliceBytes } from './plan/slice-bytes.js';
import { type OpenRun, openRun } from './publish/open-run.js';
import { refuseParallel, refuseUnpinned } from './publish/refuse-parallel.js';
import { createPackedValues } from './records/packed-values.js';
import { recentRecords } from './records/recent-records.js';
import { prewarmWorkers } from './score/prewarm-workers.js';
import type { Scene } from './score/scene.js';
import { scorePartitions } from './score/score-partitions.js';

/**
 * Runs a job: plans, scores the partitions that are not done, publishes each as a whole, and writes the run's
 * records. Throws errors that concern the whole run before anything is published; the report has the failures
 * of single partitions. A shard leaves the summary to `finishJob`, and so does a call for some partitions
 * while other runs work at the same time.
 */
export function runJob(job: Job, options: RunOptions): Promise<RunEnd> {
  const observe: Observe = (event) =>
    options.observe(event.kind === 'note' ? { ...event, message: withAddresses(event.message) } : event);
  return withLocalFiles(job, (local) => runLocal(local, { ...options, observe }));
}

async function runLocal(job: Job, options: RunOptions): Promise<RunEnd> {
  await refuseUnpinned(job, options.selection);
  const { inputs, elsewhere, scoredRows, published } = await onlyNew(job, await listJobInputs(job));
  const machine = await readMachine();
  const prewarmed = await prewarmWorkers(job, inputs, machine, options.force);
  try {
    const planned = await planRun(job, inputs, options.signal, prewarmed);
    const plan = await withChallengers({ ...planned, scoredRows, published }, inputs, options.signal);
    await refuseRowless(job, inputs, plan);
    const run = await openRun(plan, options);
    try {
      await refuseParallel(job, elsewhere);
      const scene: Scene = {
        ...options,
        ...run,
        plan,
        means: meansFor(job, machine, modelsOf(plan), run.todo, sliceBytes(plan)),
        recent: recentRecords(plan.inputs.map(({ partition }) => partition)),
        ended: createPackedValues(),
      };
      reportPlan(scene, run);
      const scored = await scorePartitions(scene, run.work, prewarmed).finally(() => run.attempts.close());
      return await endRun(scene, run, scored, options);
    } finally {
      await run.claim.release();
    }
  } finally {
    prewarmed?.close();
  }
}

/** Returns the bytes of the model and its challengers that a worker holds. */
function modelsOf(plan: RunPlan): { readonly threads: number; readonly heldBytes: number } {
  return { threads: plan.model.threads, heldBytes: heldBytesOf(plan) };
}

/** Reports the work, the workers, the measured batch, and why scores may depend on more than their rows. */
function reportPlan({ plan: { job, model }, means, runId, observe }: Scene, { work, todo }: OpenRun): void {
  const { workers, note } = means;
  if (note !== null) observe({ kind: 'note', level: 'warn', message: note });
  if (model.batch.from === 'measured')
    observe({ kind: 'note', level: 'info', message: batchSentence(model.batch) });
  const unheld = unheldLimits(job);
  for (const message of [...model.warnings, ...(unheld === null ? [] : [unheld])])
    observe({ kind: 'note', level: 'warn', message });
  const partitions = work.length;
  const skipped = partitions - todo.length;
  observe({ kind: 'planned', runId, partitions, skipped, bytes: bytesOf(todo), workers });
}
