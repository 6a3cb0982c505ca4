import type { Job } from '../job/job.js';
import { readMachine } from './budgets/machine.js';
import { type Course, closeRun } from './finish/close-run.js';
import { endedBy, endOf, type RunEnd, reportClosed } from './finish/end-run.js';
import { readOutcomes } from './finish/read-outcomes.js';
import { withLocalFiles } from './plan/local-files.js';
import { checkPinned } from './plan/pinned-plan.js';
import { listJobInputs, planRun } from './plan/plan-run.js';
import type { RunOptions } from './plan/run-options.js';
import { modelNotes } from './plan/run-plan.js';
import { onlyNew } from './plan/since-last.js';
import { claimPartitions } from './publish/claim.js';
import { recoverIntents } from './publish/commit.js';
import { refuseParallel } from './publish/refuse-parallel.js';
import { failureOf } from './records/failure-of.js';
import { layoutOf, openRunFolder } from './records/layout.js';
import { incomplete } from './records/outcomes.js';

/**
 * Ends a run that was distributed over shards or single calls: checks that every partition of the plan is
 * done, judges the run as a whole, publishes the held partitions, and writes summary and `_SUCCESS`. Scores
 * nothing. Waits for another `finish`, and may run any number of times. Throws `TransientError` while a run
 * works in the folder, if partitions were never started or other runs may have taken their rows, or if the
 * inputs differ from those of a saved plan.
 */
export function finishJob(job: Job, options: FinishOptions): Promise<RunEnd> {
  return withLocalFiles(job, (local) => finishLocal(local, options));
}

type FinishOptions = Pick<RunOptions, 'runId' | 'startedAt' | 'observe' | 'signal'>;

async function finishLocal(job: Job, { runId, startedAt, observe, signal }: FinishOptions): Promise<RunEnd> {
  const { inputs, elsewhere, scoredRows, published } = await onlyNew(job, await listJobInputs(job));
  const machine = await readMachine();
  const plan = { ...(await planRun(job, inputs, signal)), scoredRows, published };
  signal.throwIfAborted();
  const layout = layoutOf(job.output.path, job.output.format);
  await openRunFolder(layout);
  const claim = await claimPartitions(layout, runId, null, { finishes: true });
  try {
    await refuseParallel(job, elsewhere);
    await checkPinned(layout, inputs);
    for (const partition of (await recoverIntents(layout, runId, () => true)).finished)
      observe({ kind: 'note', level: 'info', message: `finished publishing "${partition}"` });
    const { all, records, recent } = await readOutcomes(plan, layout);
    signal.throwIfAborted();
    const missing = incomplete(all, 'run the missing shards, then finish again');
    const course: Course = {
      runId,
      startedAt,
      workers: 0,
      peakRssBytes: null,
      memoryLimitBytes: machine.memoryBytes,
      stopped: missing === null ? null : failureOf(missing),
      recent,
      notes: modelNotes(plan.model),
    };
    const closed = await closeRun(plan, layout, all, records, course);
    reportClosed(closed, course, observe);
    return endOf(job, layout, endedBy(closed, course), closed.outcomes, closed.summary);
  } finally {
    await claim.release();
  }
}
