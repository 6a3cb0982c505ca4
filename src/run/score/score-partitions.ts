import pLimit, { type LimitFunction } from 'p-limit';
import { countOf } from '../../quality/wording.js';
import { bytesOf } from '../../storage/list-inputs.js';
import { keepYoungSpace } from '../../workers/keep-young-space.js';
import type { Prewarmed } from '../../workers/prewarmed.js';
import { outcomeOf, type Work } from '../plan/what-to-do.js';
import { createCommits } from '../publish/commit-queue.js';
import { failureOf } from '../records/failure-of.js';
import type { PartitionOutcome } from '../records/outcomes.js';
import type { Failure } from '../records/record.js';
import { retryStorage } from '../records/retry-storage.js';
import { createChallenges } from './challenges.js';
import { findPublishedKeys } from './published-keys.js';
import { type FoundKeys, findRepeatedKeys, keyNames } from './repeated-keys.js';
import type { Scene, Scoring } from './scene.js';
import { scoreGroup } from './score-group.js';
import { blankRecord, endPartition, scorePartition } from './score-partition.js';
import { wholeFiles } from './whole-files.js';
import { type Crew, withWorkers } from './with-workers.js';

/** Outcomes of the partitions, what stopped the run early, and its peak memory. */
export interface Scored {
  readonly outcomes: PartitionOutcome[];
  readonly stopped: Failure | null;
  readonly peakRssBytes: number | null;
}

/**
 * Scores the partitions side by side, as many as there are workers; each leaves a record. Partitions on which
 * an earlier run crashed come last and alone, and are quarantined if they are almost certainly the cause.
 */
export async function scorePartitions(
  scene: Scene,
  work: readonly Work[],
  prewarmed: Prewarmed | null,
): Promise<Scored> {
  const { layout, attempts, known, signal } = scene;
  const before = work.filter(({ state }) => state !== 'todo').map((one) => outcomeOf(one, known));
  const todo = work.filter(({ state }) => state === 'todo');
  const crashes = ({ input }: Work) => attempts.crashesOf(input.partition);
  const fresh = todo.filter((one) => crashes(one) === 0);
  const isQuarantined = ({ input }: Work) => attempts.isQuarantined(input.partition);
  const suspects = todo.filter((one) => crashes(one) > 0 && !isQuarantined(one));
  const outcomes = [...before];
  for (const one of todo.filter(isQuarantined)) outcomes.push(await quarantine(scene, one));
  if (fresh.length + suspects.length === 0) return { outcomes, stopped: null, peakRssBytes: null };

  keepYoungSpace();
  const challenges = createChallenges(scene.plan.challengers, scene.observe);
  const bytes = bytesOf([...fresh, ...suspects].map(({ input }) => input));
  const relieve = scene.plan.challengers.length === 0 ? null : challenges.stopAll;
  return withWorkers(
    { ...scene, output: layout.output, bytes, prewarmed, relieve },
    async (crew, peakBytes) => {
      const waiting = new Set([...fresh, ...suspects].map(({ input }) => input.partition));
      const releaseWorkers = (partition: string) => {
        waiting.delete(partition);
        if (waiting.size === 0) crew.pool.rest();
      };
      const commits = createCommits({
        layout,
        holds: scene.plan.gates.holds,
        signal: crew.signal,
        partitions: [...waiting],
      });
      const published = await publishedKeysOf(crew);
      const keys = await keysOf(crew, published);
      const run: Scoring = { ...scene, ...crew, keys, published, challenges, commits, releaseWorkers };
      const { workers } = run.means;
      const beside = pLimit(workers);
      const isAlone = workers === 1 || fresh.length === 1;
      const whole = wholeFiles(run, fresh);
      // One group more than workers, so that none waits for the next.
      const groupsBeside = pLimit(workers + 1);
      const groups = whole.groups.map((group) =>
        untilWaiting(groupsBeside, (waits) => scoreGroup(run, group, whole, waits)),
      );
      const inGroups = new Set(whole.groups.flat());
      const others = fresh.filter((one) => !inGroups.has(one));
      const first = others.map((one) =>
        untilWaiting(beside, (waits) =>
          scorePartition(run, one, isAlone, waits).finally(() => commits.ended(one.input.partition)),
        ),
      );
      outcomes.push(...(await Promise.all([...first, ...groups])).flat());
      for (const one of suspects) outcomes.push(await scorePartition(run, one, true, null));
      const stopped = signal.aborted ? failureOf(signal.reason) : null;
      return { outcomes, stopped, peakRssBytes: peakBytes() };
    },
  );
}

/** Returns the result of `work`, which takes a place of `beside` until it only waits. */
function untilWaiting<T>(beside: LimitFunction, work: (waits: () => void) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const place = () => new Promise<void>((waits) => void work(waits).then(resolve, reject).finally(waits));
    void beside(place);
  });
}

/**
 * Returns the repeated keys of a run over several inputs; null if there is no search, or the run was stopped.
 */
async function keysOf(crew: Crew, published: FoundKeys | null): Promise<FoundKeys | null> {
  const { plan } = crew;
  if (keyNames(plan.columns).length === 0 || plan.inputs.length === 1) return null;
  return unlessStopped(crew, () => findRepeatedKeys(crew, published?.repeated ?? null));
}

/** Returns the rows that are left out by their key; null if there are none, or the run was stopped. */
async function publishedKeysOf(crew: Crew): Promise<FoundKeys | null> {
  if (crew.plan.published.length === 0) return null;
  return unlessStopped(crew, () => findPublishedKeys(crew));
}

async function unlessStopped(
  { plan, signal, observe }: Crew,
  find: () => Promise<FoundKeys>,
): Promise<FoundKeys | null> {
  const again = { retries: plan.job.run.retries, signal, observe, what: 'reading the keys' };
  try {
    return await retryStorage(again, find);
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

async function quarantine(scene: Scene, one: Work): Promise<PartitionOutcome> {
  const crashes = scene.attempts.crashesOf(one.input.partition);
  const failure: Failure = {
    reason: 'set-aside',
    message: `quarantined, because the process crashed on it ${countOf(crashes, 'time')}`,
    hint: 'check the system log and the input, then: nightshift retry JOB',
    exitCode: 4,
  };
  return endPartition(scene, { ...blankRecord(scene, one), state: 'failed', failure });
}
