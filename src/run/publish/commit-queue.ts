import type { Intent } from '../records/intent.js';
import type { Layout } from '../records/layout.js';
import { isClaimLost } from './claim.js';
import { carryOut, fileOf, holdPartitions, intendPartitions, mostTogether } from './commit.js';

/** A staged partition, ready for its commit. */
interface Ready {
  readonly intent: Intent;
  /** True if it waits for no others. */
  readonly atOnce: boolean;
  /** Called when its commit is decided: from then on its staged files must stay. */
  readonly decided: () => void;
}

/** Commits the partitions of a run in groups, one group after the other. */
export interface Commits {
  /** True if a partition may wait here while others are scored. */
  hasRoom(): boolean;
  /** Publishes a partition, or holds it until the gates of the run are known. */
  add(ready: Ready): Promise<void>;
  /** Reports that a partition has ended: others do not wait for it. */
  ended(partition: string): void;
}

interface CommitOptions {
  readonly layout: Layout;
  /** True to hold the partitions. */
  readonly holds: boolean;
  /** Aborted when the run ends early: what is ready then waits for no others. */
  readonly signal: AbortSignal;
  /** The partitions that are to come; none waits when all have. */
  readonly partitions: readonly string[];
}

/** How long a partition waits for others before its commit; none does in a run of one. */
const patienceMs = 1000;
/** The most characters of records in a group. */
const mostCharacters = 8 * 2 ** 20;

interface Waiting extends Ready {
  readonly since: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Returns the commits of a run. */
export function createCommits({ layout, holds, signal, partitions }: CommitOptions): Commits {
  const coming = new Set(partitions);
  const waiting: Waiting[] = [];
  let isBusy = false;
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', next, { once: true });

  /** Commits the next group if it need not wait. */
  function next(): void {
    clearTimeout(timer);
    const first = waiting[0];
    if (isBusy || first === undefined) return;
    const isFull = waiting.length >= mostTogether || waiting.some(({ atOnce }) => atOnce);
    const restMs = first.since + patienceMs - performance.now();
    if (!isFull && !signal.aborted && coming.size > 0 && restMs > 0) {
      timer = setTimeout(next, restMs);
      return;
    }
    isBusy = true;
    const group = waiting.splice(0, sizeOfGroup(waiting));
    void settle(group).finally(() => {
      isBusy = false;
      next();
    });
  }

  async function settle(group: readonly Waiting[]): Promise<void> {
    try {
      await commit(group);
      for (const { resolve } of group) resolve();
    } catch (error) {
      if (group.length === 1 || isClaimLost(error)) for (const { reject } of group) reject(error);
      // Each by itself, so that only those fail that cannot be committed; the first is last, because its own
      // intent replaces that of the group.
      else for (const one of group.toReversed()) await settle([one]);
    }
  }

  async function commit(group: readonly Waiting[]): Promise<void> {
    if (isClaimLost(signal.reason)) throw signal.reason;
    const intents = group.map(({ intent }) => intent);
    if (holds) await holdPartitions(layout, intents);
    else await intendPartitions(layout, intents);
    for (const { decided } of group) decided();
    if (!holds) await carryOut(layout, intents, [fileOf(intents[0]!)]);
  }

  return {
    hasRoom: () => waiting.length < mostTogether,
    add: (ready) =>
      new Promise((resolve, reject) => {
        coming.delete(ready.intent.record.partition);
        waiting.push({ ...ready, since: performance.now(), resolve, reject });
        next();
      }),
    ended(partition) {
      if (coming.delete(partition)) next();
    },
  };
}

/** Returns how many of the first partitions are committed together. */
function sizeOfGroup(waiting: readonly Ready[]): number {
  let room = mostCharacters;
  for (const [i, { intent }] of waiting.entries()) {
    room -= intent.text?.length ?? mostCharacters;
    if (i === mostTogether || room < 0) return Math.max(i, 1);
  }
  return waiting.length;
}
