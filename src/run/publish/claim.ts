import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NightshiftError, TransientError } from '../../errors.js';
import { writeDurably } from '../../storage/durable.js';
import type { Layout } from './layout.js';
import { beat, isAlive, type LockOwner, ownerNow, takeLock } from './lock.js';

/** Partitions that one run works on; null: all there are and may come. */
export type Claimed = readonly string[] | null;

/** The right of one run to work on some partitions of a run folder. */
export interface Claim {
  /** Makes the claim one on everything; false where another run works here: then it is given up, so that of runs that end together one is the last. */
  widen(): Promise<boolean>;
  release(): Promise<void>;
}

interface ClaimFile extends LockOwner {
  readonly partitions: Claimed;
}

/** Who hears when the claim is gone although it was not released, and how often that is looked for. */
export interface ClaimWatch {
  readonly onLost: (error: TransientError) => void;
  readonly beatMs?: number;
}

/** The guard is held for milliseconds: whoever waits longer has met storage that hangs. */
const guardPatienceMs = 10_000;

/**
 * Claims partitions, so that each is worked on by one run at a time: shards and single partitions of one output may run side by side. Throws
 * `TransientError` (exit 5) naming the owner when another run claims one of them; the claim of a dead owner is dropped. Claims are compared under a
 * lock, so that of two runs that come at once exactly one gets them.
 */
export async function claimPartitions(
  layout: Layout,
  runId: string,
  partitions: Claimed,
  watch: ClaimWatch | null = null,
): Promise<Claim> {
  const path = join(layout.claims, `${runId}.json`);
  const owner = await ownerNow(runId);
  const write = (claimed: Claimed) => {
    const file: ClaimFile = { ...owner, partitions: claimed };
    return writeDurably(path, `${JSON.stringify(file)}\n`);
  };
  const rival = await underGuard(layout, runId, async () => {
    const found = await findRival(layout, runId, partitions);
    if (found === null) await write(partitions);
    return found;
  });
  if (rival !== null) throw inUse(rival);
  let isOurs = true;
  const onGone = () => {
    if (isOurs) watch?.onLost(lost(layout));
    isOurs = false;
  };
  const heart = beat(path, onGone, watch?.beatMs);
  return {
    widen: () =>
      underGuard(layout, runId, async () => {
        if ((await findRival(layout, runId, null)) === null) {
          await write(null);
          return true;
        }
        isOurs = false;
        await rm(path, { force: true });
        return false;
      }),
    async release() {
      isOurs = false;
      clearInterval(heart);
      await rm(path, { force: true }).catch(() => {});
    },
  };
}

async function underGuard<T>(layout: Layout, runId: string, work: () => Promise<T>): Promise<T> {
  const until = Date.now() + guardPatienceMs;
  for (;;) {
    try {
      const guard = await takeLock(join(layout.claims, 'guard'), runId);
      return await work().finally(() => guard.release());
    } catch (error) {
      const isHeld = error instanceof NightshiftError && error.reason === 'locked';
      if (!isHeld || Date.now() > until) throw error;
      await sleep(10 + Math.random() * 40);
    }
  }
}

/** A live claim of another run that shares a partition with `claimed`; claims of the dead are removed on the way. */
async function findRival(layout: Layout, runId: string, claimed: Claimed): Promise<ClaimFile | null> {
  const mine = claimed === null ? null : new Set(claimed);
  for (const name of await readdir(layout.claims)) {
    if (!name.endsWith('.json') || name === `${runId}.json`) continue;
    const path = join(layout.claims, name);
    const other = await readClaim(path);
    if (other === null) continue;
    if (!(await isAlive(other.file, other.ageMs))) await rm(path, { force: true });
    else if (mine === null || other.file.partitions === null) return other.file;
    else if (other.file.partitions.some((partition) => mine.has(partition))) return other.file;
  }
  return null;
}

/** Who works in the run folder now. */
export async function liveClaims(layout: Layout): Promise<LockOwner[]> {
  const live: LockOwner[] = [];
  for (const name of await readdir(layout.claims).catch(() => [])) {
    if (!name.endsWith('.json')) continue;
    const claim = await readClaim(join(layout.claims, name));
    if (claim !== null && (await isAlive(claim.file, claim.ageMs))) live.push(claim.file);
  }
  return live;
}

async function readClaim(path: string): Promise<{ readonly file: ClaimFile; readonly ageMs: number } | null> {
  try {
    const { mtimeMs } = await stat(path);
    const file = JSON.parse(await readFile(path, 'utf8')) as ClaimFile;
    const isClaim =
      typeof file.pid === 'number' && (file.partitions === null || Array.isArray(file.partitions));
    return isClaim ? { file, ageMs: Date.now() - mtimeMs } : null;
  } catch {
    return null;
  }
}

/** Whether a run was ended because its claim was taken away: what it still has under way may be another run's by now. */
export function isClaimLost(reason: unknown): boolean {
  return reason instanceof TransientError && reason.reason === 'claim-lost';
}

function lost({ output }: Layout): TransientError {
  return new TransientError('claim-lost', `this run's claim on output "${output}" is gone`, {
    file: output,
    hint: 'another run took this one for dead, or the folder was emptied: run again when no other works there',
  });
}

function inUse({ runId, pid, host, startedAt, partitions }: ClaimFile): TransientError {
  const what = partitions === null ? 'output is' : 'partitions of this call are';
  return new TransientError(
    'locked',
    `${what} in use by run ${runId} (process ${pid} on ${host}, since ${startedAt})`,
    { hint: 'wait until it has ended, or give this run another output' },
  );
}
