import type { LimitFunction } from 'p-limit';
import type { Pool } from '../workers/pool.js';
import { failureOf } from './failure-of.js';
import { noRows } from './ledger.js';
import { openPartition } from './plan-run.js';
import { publishPartition } from './publish-partition.js';
import { type PartitionRecord, writeRecord } from './record.js';
import type { PartitionOutcome } from './report.js';
import { runPartition } from './run-partition.js';
import type { Scene } from './scene.js';
import { scoreWithRetries } from './score-with-retries.js';
import type { Work } from './what-to-do.js';

/** Scores one partition and publishes it; whatever becomes of it, it ends with a record. */
export async function scorePartition(
  scene: Scene,
  pool: Pool,
  slots: LimitFunction,
  { input, identity }: Work,
): Promise<PartitionOutcome> {
  const { plan, layout, options, runId } = scene;
  const { partition } = input;
  const previous = scene.records.get(partition);
  if (options.signal.aborted)
    return { partition, state: 'not-started', failure: null, record: previous ?? null };
  const startedAt = new Date();
  const start = performance.now();
  options.observe({ kind: 'partition-started', partition, bytes: input.bytes });
  const blank: PartitionRecord = {
    version: 1,
    partition,
    state: 'failed',
    failure: null,
    attempts: attemptsOf(previous) + 1,
    runId,
    identity,
    input: { path: input.path, format: null, bytes: input.bytes, details: {}, notes: [] },
    outputs: previous?.outputs ?? [],
    rows: noRows,
    quality: null,
    skipped: {},
    gates: [],
    startedAt: startedAt.toISOString(),
    durationMs: 0,
  };
  const end = async (record: PartitionRecord): Promise<PartitionOutcome> => {
    const { state, failure, rows, durationMs } = record;
    options.observe({
      kind: 'partition-ended',
      partition,
      state,
      rows,
      message: failure?.message ?? null,
      durationMs,
    });
    return { partition, state, failure, record };
  };
  try {
    const { source, context, notes } = await openPartition(plan, input);
    const staged = await runPartition(source, {
      partition,
      layout,
      stage: plan.stage,
      audit: plan.job.audit,
      chunkBytes: plan.job.run.chunkBytes,
      limit: slots,
      lanes: scene.workers * 2,
      signal: options.signal,
      observe: options.observe,
      score: (slice) =>
        scoreWithRetries(pool, { key: partition, value: context }, slice, null, {
          retries: plan.job.run.retries,
          deadlyRows: 100,
          signal: options.signal,
          observe: options.observe,
        }),
    }).finally(async () => {
      pool.drop(partition);
      await source.close();
    });
    const record: PartitionRecord = {
      ...blank,
      input: {
        path: input.path,
        format: source.description.format,
        bytes: input.bytes,
        details: source.description.details,
        notes,
      },
      rows: staged.rows,
      quality: staged.quality,
      skipped: Object.fromEntries(source.skipped),
    };
    return await end(await publishPartition(scene, input, staged, record, previous, start));
  } catch (error) {
    const failure = failureOf(error);
    const state = options.signal.aborted ? 'interrupted' : 'failed';
    const record: PartitionRecord = {
      ...blank,
      state,
      failure,
      durationMs: Math.round(performance.now() - start),
    };
    await writeRecord(layout, record);
    return end(record);
  }
}

function attemptsOf(record: PartitionRecord | undefined): number {
  return record === undefined || record.state === 'published' ? 0 : record.attempts;
}
