import pLimit from 'p-limit';
import { keepYoungSpace } from '../../workers/keep-young-space.js';
import { createPool } from '../../workers/pool.js';
import { watchBudgets } from '../budgets/watch-budgets.js';
import { outcomeOf, type Work } from '../plan/what-to-do.js';
import { failureOf } from '../records/failure-of.js';
import type { PartitionOutcome } from '../records/outcomes.js';
import type { Failure } from '../records/record.js';
import { stageUrl } from './prewarm-workers.js';
import { findRepeatedKeys, keyNames } from './repeated-keys.js';
import { retryStorage } from './retry-storage.js';
import type { Scene } from './scene.js';
import { blankRecord, endPartition, scorePartition } from './score-partition.js';

/** What became of the partitions, what stopped the run before its end, and the most memory it was seen to use. */
export interface Scored {
  readonly outcomes: PartitionOutcome[];
  readonly stopped: Failure | null;
  readonly peakRssBytes: number | null;
}

/**
 * Scores the partitions side by side, as many as there are workers; each ends with a record, whatever became of it. Those over which an earlier run
 * died come last and alone, and are quarantined when it is certain enough that they did it.
 */
export async function scorePartitions(scene: Scene, work: readonly Work[]): Promise<Scored> {
  const { plan, layout, workers, attempts, known, signal, observe } = scene;
  const before = work.filter(({ state }) => state !== 'todo').map((one) => outcomeOf(one, known));
  const todo = work.filter(({ state }) => state === 'todo');
  const crashes = ({ input }: Work) => attempts.crashesOf(input.partition);
  const fresh = todo.filter((one) => crashes(one) === 0);
  const isQuarantined = ({ input }: Work) => attempts.isQuarantined(input.partition);
  const suspects = todo.filter((one) => crashes(one) > 0 && !isQuarantined(one));
  const quarantined = todo.filter(isQuarantined);
  const outcomes = [...before];
  for (const one of quarantined) outcomes.push(await quarantine(scene, one));
  if (fresh.length + suspects.length === 0) return { outcomes, stopped: null, peakRssBytes: null };

  keepYoungSpace();
  const pool = createPool({
    size: workers,
    isolation: plan.job.run.isolation,
    stage: stageUrl,
    prewarmed: scene.prewarmed,
    plan: plan.stage,
    taskTimeoutMs: plan.job.batchTimeoutMs,
  });
  const slots = pLimit(workers * 2);
  const bytes = [...fresh, ...suspects].reduce((sum, { input }) => sum + input.bytes, 0);
  const watch = watchBudgets({ ...scene, job: plan.job, output: layout.output }, { pool, slots, bytes });
  // What workers still compute is of no use once the run is to end, and a model may take its time.
  const drop = () => void pool.close(0);
  scene.signal.addEventListener('abort', drop, { once: true });
  try {
    const isKeyed = keyNames(plan).length > 0 && plan.inputs.length > 1;
    const readKeys = () => findRepeatedKeys(scene, pool, slots);
    const again = { retries: plan.job.run.retries, signal, observe, what: 'reading the keys' };
    const repeated = isKeyed ? await unlessStopped(scene, retryStorage(again, readKeys)) : null;
    const watched: Scene = { ...scene, observe: watch.observe, repeated };
    const beside = pLimit(workers);
    const isAlone = workers === 1 || fresh.length === 1;
    const first = fresh.map((one) => beside(() => scorePartition(watched, pool, slots, one, isAlone)));
    outcomes.push(...(await Promise.all(first)));
    for (const one of suspects) outcomes.push(await scorePartition(watched, pool, slots, one, true));
    const stopped = scene.signal.aborted ? failureOf(scene.signal.reason) : null;
    return { outcomes, stopped, peakRssBytes: watch.peakBytes() };
  } finally {
    watch.close();
    scene.signal.removeEventListener('abort', drop);
    await pool.close(scene.signal.aborted ? 0 : 5000);
  }
}

/** What `work` comes to; null when the run was stopped meanwhile. */
async function unlessStopped<T>({ signal }: Scene, work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

async function quarantine(scene: Scene, one: Work): Promise<PartitionOutcome> {
  const { partition } = one.input;
  const failure: Failure = {
    reason: 'set-aside',
    message: `partition "${partition}" is quarantined: the process crashed on it ${scene.attempts.crashesOf(partition)} times`,
    hint: 'look at the system log and at the input, then: nightshift retry JOB',
    exitCode: 4,
  };
  return endPartition(scene, { ...blankRecord(scene, one), state: 'failed', failure });
}
