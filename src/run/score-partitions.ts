import pLimit from 'p-limit';
import { createPool } from '../workers/pool.js';
import { failureOf } from './failure-of.js';
import type { Failure } from './record.js';
import type { PartitionOutcome } from './report.js';
import type { Scene } from './scene.js';
import { scorePartition } from './score-partition.js';
import { skippedOutcome, type Work } from './what-to-do.js';

/** What became of the partitions, what stopped the run before its end, and the most memory it was seen to use. */
export interface Scored {
  readonly outcomes: PartitionOutcome[];
  readonly stopped: Failure | null;
  readonly peakRssBytes: number | null;
}

/** Scores the partitions side by side, as many as there are workers; each ends with a record, whatever became of it. */
export async function scorePartitions(scene: Scene, work: readonly Work[]): Promise<Scored> {
  const { plan, workers, options } = scene;
  const todo = work.filter(({ done }) => !done);
  const before = work.filter(({ done }) => done).map(({ input }) => skippedOutcome(input, scene.records));
  if (todo.length === 0) return { outcomes: before, stopped: null, peakRssBytes: null };
  const pool = createPool({
    size: workers,
    isolation: plan.job.run.isolation,
    stage: new URL('./score-slice.js', import.meta.url),
    plan: plan.stage,
    taskTimeoutMs: plan.job.batchTimeoutMs,
  });
  const slots = pLimit(workers * 2);
  const partitions = pLimit(workers);
  let peakRssBytes = 0;
  const watch = setInterval(() => {
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss() + pool.rssBytes());
  }, 200);
  try {
    const outcomes = await Promise.all(
      todo.map((one) => partitions(() => scorePartition(scene, pool, slots, one))),
    );
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss() + pool.rssBytes());
    const stopped = options.signal.aborted ? failureOf(options.signal.reason) : null;
    return { outcomes: [...before, ...outcomes], stopped, peakRssBytes };
  } finally {
    clearInterval(watch);
    await pool.close(options.signal.aborted ? 0 : 5000);
  }
}
