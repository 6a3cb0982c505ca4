import { mkdir, rm } from 'node:fs/promises';
import type { Job } from '../job/job.js';
import type { Summary } from '../quality/summary.js';
import { checkWritable } from '../storage/durable.js';
import { recoverIntents } from './commit.js';
import type { Observe } from './events.js';
import { finishRun } from './finish-run.js';
import { gateFailure, judgeRun } from './judge-run.js';
import { layoutOf } from './layout.js';
import { takeLock } from './lock.js';
import { readMachine } from './machine.js';
import { listJobInputs, planRun } from './plan-run.js';
import { readRecords } from './record.js';
import { exitOfOutcomes, partitionsOf, type RunReport, rowsOf } from './report.js';
import { newRunId } from './run-id.js';
import type { RunOptions } from './scene.js';
import { scorePartitions } from './score-partitions.js';
import { selectInputs } from './select-inputs.js';
import { addUnchosen, whatToDo, workersFor } from './what-to-do.js';

/** What a run gives back: the line for machines, and the summary for people (null where nothing was written). */
export interface RunEnd {
  readonly report: RunReport;
  readonly summary: Summary | null;
}

/**
 * Runs a job: plans, scores what is not yet done partition by partition, publishes each as a whole, and writes the run's records. Throws for what
 * concerns the run as a whole before anything is published; what happens to single partitions is in the report.
 */
export async function runJob(job: Job, options: RunOptions): Promise<RunEnd> {
  const course = { runId: newRunId(new Date()), startedAt: new Date(), start: performance.now() };
  const inputs = await listJobInputs(job);
  const machine = await readMachine();
  const threads = job.run.threadsPerWorker === 'auto' ? 1 : job.run.threadsPerWorker;
  const plan = await planRun(job, inputs, threads);
  const layout = layoutOf(job.output.path, job.output.format);
  await checkWritable(job.output.path);
  await mkdir(job.output.path, { recursive: true });
  const lock = await takeLock(layout.lock, course.runId);
  try {
    const recovered = await recoverIntents(layout);
    for (const partition of recovered) note(options.observe, 'info', `finished publishing "${partition}"`);
    const records = await readRecords(layout);
    const chosen = selectInputs(inputs, options.selection, records);
    const work = await whatToDo(plan, chosen, records, options.force);
    if (work.some(({ done }) => !done)) await rm(layout.success, { force: true });
    const workers = workersFor(job, machine.cores, threads, work);
    const bytes = work.reduce((sum, { input, done }) => sum + (done ? 0 : input.bytes), 0);
    const skipped = work.filter(({ done }) => done).length;
    options.observe({
      kind: 'planned',
      runId: course.runId,
      partitions: work.length,
      skipped,
      bytes,
      workers,
    });
    const scored = await scorePartitions(
      { plan, layout, runId: course.runId, workers, options, records },
      work,
    );
    const outcomes = addUnchosen(inputs, scored.outcomes, records, work);
    const judgement = await judgeRun(plan, outcomes);
    const stopped = scored.stopped ?? gateFailure(judgement.gates);
    const { code, reason } = exitOfOutcomes(outcomes, stopped);
    const isWhole = outcomes.length === inputs.length && options.selection.shard === null;
    const summary = isWhole
      ? await finishRun(layout, plan, outcomes, {
          runId: course.runId,
          startedAt: course.startedAt,
          durationMs: Math.round(performance.now() - course.start),
          workers,
          peakRssBytes: scored.peakRssBytes,
          memoryLimitBytes: machine.memoryBytes,
          exitCode: code,
          reason,
          judgement,
          notes: plan.modelNotes,
        })
      : null;
    const report: RunReport = {
      job: job.name,
      run_id: course.runId,
      exit_code: code,
      reason,
      partitions: partitionsOf(outcomes),
      rows: rowsOf(outcomes),
      output: layout.output,
      summary: summary === null ? null : layout.summary,
    };
    return { report, summary };
  } finally {
    await lock.release();
  }
}

function note(observe: Observe, level: 'info' | 'warn', message: string): void {
  observe({ kind: 'note', level, message });
}
