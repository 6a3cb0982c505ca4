import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidError, NightshiftError, TransientError } from '../../errors.js';
import { inGroups } from '../../storage/in-groups.js';
import { join } from '../../storage/paths.js';
import { onStorage } from '../../storage/storage-error.js';
import type { HeldFile } from '../../storage/store.js';
import { storeOf } from '../../storage/store-of.js';
import { areApart } from '../plan/shard-inputs.js';
import type { Layout } from '../records/layout.js';
import { beat, hasPulse, isAlive, type LockOwner, ownerNow, readOwner, takeLock } from './lock.js';

/** Partitions that one run works on; null: all current and future ones. */
type Claimed = readonly string[] | null;

/** The exclusive right of one run to work on some partitions of a run folder. */
export interface Claim {
  /**
   * Extends the claim to everything. Returns false and releases the claim if another run works here: then, of
   * several runs that end together, exactly one is the last.
   */
  widen(): Promise<boolean>;
  release(): Promise<void>;
}

interface ClaimFile extends LockOwner {
  readonly partitions: Claimed;
  /** True if the owner only ends a run that others have scored, which takes seconds. */
  readonly finishes?: boolean;
}

/** How a claim is kept. */
interface ClaimOptions {
  /** Called for a claim that disappeared without being released. */
  readonly onLost?: (error: TransientError) => void;
  /** How often to check. */
  readonly beatMs?: number;
  /** Name of the shard whose partitions these are; null for other partitions. */
  readonly shard?: string | null;
  /** For a run that only ends what others have scored: it waits for others that do the same. */
  readonly finishes?: boolean;
}

/** The guard is held for milliseconds: a longer wait means storage that hangs, or hundreds of calls at once. */
const guardPatienceMs = 60_000;
/** Longest pause between two tries to get the guard. */
const guardPauseMs = 1_000;
/** How long a `finish` waits for another one in progress. */
const finishPatienceMs = 60_000;

/**
 * Claims partitions, so that only one run works on each at a time: shards and single partitions of one output
 * may run side by side. Throws `TransientError` (exit 5) naming the owner if another run claims one of them;
 * drops the claim of a dead owner. Every call looks for rivals, writes its claim, and looks again, so that of
 * two that come at once at least one sees the other. Calls that may want the same do so one after the other,
 * under a guard: exactly one of them gets it. Each shard of a plan has its own guard, because it shares nothing
 * with the others: a thousand that start at once do not wait. Of several that finish, one waits for the other.
 */
export async function claimPartitions(
  layout: Layout,
  runId: string,
  partitions: Claimed,
  { onLost, beatMs, shard = null, finishes = false }: ClaimOptions = {},
): Promise<Claim> {
  const path = join(layout.claims, shard === null ? `${runId}.json` : `${runId}.${shard}.json`);
  const guard = shard === null ? guardName : `${guardName}-${shard}`;
  const store = storeOf(path);
  const owner = await ownerNow(runId);
  const textFor = (claimed: Claimed) => {
    const file: ClaimFile = { ...owner, partitions: claimed, ...(finishes ? { finishes } : {}) };
    return `${JSON.stringify(file)}\n`;
  };
  const until = Date.now() + finishPatienceMs;
  let held: HeldFile | null = null;
  while (held === null) {
    const claim = async (): Promise<ClaimFile | null> => {
      const before = await findRival(layout, path, partitions);
      if (before !== null) return before;
      const mine = await store.hold(path, textFor(partitions));
      const since = await findRival(layout, path, partitions);
      if (since === null) held = mine;
      else await store.drop(path);
      return since;
    };
    const rival = await underGuard(layout, runId, claim, guard);
    if (rival === null) break;
    if (!finishes || rival.finishes !== true || Date.now() > until) throw inUse(rival);
    await sleep(50 + Math.random() * 100);
  }
  let isOurs = true;
  const onGone = () => {
    if (isOurs) onLost?.(lost(layout));
    isOurs = false;
  };
  const mine = held!;
  if (partitions === null) await dropGuards(layout);
  const heart = beat(mine, onGone, beatMs);
  return {
    widen: () =>
      underGuard(layout, runId, async () => {
        if ((await findRival(layout, path, null)) === null) {
          await mine.write(textFor(null));
          if ((await findRival(layout, path, null)) === null) return true;
        }
        isOurs = false;
        await store.drop(path);
        return false;
      }),
    async release() {
      isOurs = false;
      clearInterval(heart);
      await store.drop(path).catch(() => {});
    },
  };
}

const guardName = 'guard';

/** Does `work` while no other call does its own under the guard `name`, which is that of all by default. */
export async function underGuard<T>(
  layout: Layout,
  runId: string,
  work: () => Promise<T>,
  name = guardName,
): Promise<T> {
  const until = Date.now() + guardPatienceMs;
  for (let pauseMs = 20; ; pauseMs = Math.min(guardPauseMs, 1.5 * pauseMs)) {
    try {
      return await onStorage('output', layout.claims, async () => {
        const guard = await takeLock(join(layout.claims, name), runId);
        return work().finally(() => guard.release());
      });
    } catch (error) {
      const isHeld = error instanceof NightshiftError && error.reason === 'locked';
      if (!isHeld || Date.now() > until) throw error;
      await sleep(pauseMs * (0.5 + Math.random()));
    }
  }
}

/**
 * Removes the guards that killed shards left. One that is in use now decides nothing: its owner will see the
 * claim of this call.
 */
async function dropGuards({ claims }: Layout): Promise<void> {
  const store = storeOf(claims);
  for (const name of await store.names(claims))
    if (name.startsWith(`${guardName}-`)) await store.drop(join(claims, name));
}

/**
 * Returns another run's live claim that shares a partition with `claimed`; removes dead claims. Does not read
 * those of other shards of the same plan: their names say that they share nothing.
 */
async function findRival(layout: Layout, path: string, claimed: Claimed): Promise<ClaimFile | null> {
  const mine = claimed === null ? null : new Set(claimed);
  const shard = shardOf(path);
  const others = (await claimsIn(layout)).filter((other) => {
    const otherShard = shardOf(other);
    return other !== path && (shard === null || otherShard === null || !areApart(shard, otherShard));
  });
  for await (const some of inGroups(others, async (other) => [other, await readClaim(other)] as const))
    for (const [other, claim] of some) {
      if (claim === null) await storeOf(other).drop(other);
      else if (mine === null || claim.partitions === null) return claim;
      else if (claim.partitions.some((partition) => mine.has(partition))) return claim;
    }
  return null;
}

/** Returns the name of the shard whose claim this is; null for other claims. */
function shardOf(path: string): string | null {
  return /\.(shard-\d+-of-\d+-[0-9a-f]{16})\.json$/.exec(path)?.[1] ?? null;
}

/** Returns the owners that work in the run folder now. */
export async function liveClaims(layout: Layout): Promise<LockOwner[]> {
  const live = await Promise.all((await claimsIn(layout)).map(readClaim));
  return live.filter((claim) => claim !== null);
}

async function claimsIn({ claims }: Layout): Promise<string[]> {
  return (await storeOf(claims).names(claims))
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(claims, name));
}

/**
 * Returns the claim in a file whose owner is alive; null for a dead owner, or if the file is not a claim:
 * claims are complete or absent.
 */
async function readClaim(path: string): Promise<ClaimFile | null> {
  const seen = await storeOf(path).seen(path);
  if (seen === null) return null;
  try {
    const file = (await readOwner(path)) as ClaimFile | null;
    const isClaim = file !== null && (file.partitions === null || Array.isArray(file.partitions));
    return isClaim && (await isAlive(file, path, seen)) ? file : null;
  } catch (error) {
    // Another user's claim that we may not read claims everything, while its heartbeat continues.
    if (!(error instanceof InvalidError)) throw error;
    return (await hasPulse(path, seen)) ? unreadable(path) : null;
  }
}

function unreadable(path: string): ClaimFile {
  const runId = basename(path, '.json');
  return { runId, pid: 0, host: 'unknown', startedAt: 'unknown', processStart: null, partitions: null };
}

/**
 * Returns true if a run was ended because its claim was taken away: another run may own its remaining work by
 * now.
 */
export function isClaimLost(reason: unknown): boolean {
  return reason instanceof TransientError && reason.reason === 'claim-lost';
}

function lost({ output }: Layout): TransientError {
  return new TransientError('claim-lost', `this run has lost its claim on output "${output}"`, {
    file: output,
    hint: 'another run considered this one dead, or the folder was emptied: run again when no other run works there',
  });
}

function inUse({ runId, pid, host, startedAt, partitions }: ClaimFile): TransientError {
  const what = partitions === null ? 'output is' : 'partitions of this call are';
  return new TransientError(
    'locked',
    `${what} in use by run ${runId} (process ${pid} on ${host}, since ${startedAt})`,
    { hint: 'wait until it ends, or give this run another output' },
  );
}
