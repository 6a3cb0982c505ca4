import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '../../errors.js';
import { isRunning, processSpace, processStart } from '../../process/owner.js';
import type { HeldFile, Seen } from '../../storage/store.js';
import { storeOf } from '../../storage/store-of.js';
import { parseJson } from '../../text/parse-json.js';

/** Interval of an owner's heartbeat. */
const heartbeatMs = 5_000;
/** A lock of another host without a heartbeat for this long belongs to a dead owner. */
const staleAfterMs = 60_000;

/** The owner of a lock, according to its file. */
export interface LockOwner {
  readonly runId: string;
  readonly pid: number;
  readonly host: string;
  readonly startedAt: string;
  /** Start of the process, in the kernel's clock ticks: its pid may have been reused. */
  readonly processStart: string | null;
  /** PID namespace of the pid: containers may share a host's name but not its processes. */
  readonly processSpace?: string | null;
}

interface Lock {
  release(): Promise<void>;
}

/**
 * Takes a lock. Throws `TransientError` (exit 5) naming the owner if another run holds it; takes over the
 * lock of a dead owner. The heartbeat is the time at which the file was written.
 */
export async function takeLock(path: string, runId: string): Promise<Lock> {
  const store = storeOf(path);
  const text = `${JSON.stringify(await ownerNow(runId))}\n`;
  const lock =
    (await store.acquire(path, text)) ?? (await store.takeOver(path, text, () => refuseWhileAlive(path)));
  if (lock === null) throw held(await readOwner(path));
  const heart = beat(lock);
  return {
    async release() {
      clearInterval(heart);
      if ((await readOwner(path))?.runId === runId) await store.drop(path);
    },
  };
}

/**
 * Refreshes a file while its owner lives; stop it with `clearInterval`. Does not keep the process alive.
 * Calls `onGone` if the file has disappeared: another run considered its owner dead, as after a machine that
 * slept.
 */
export function beat(
  { refresh }: Pick<HeldFile, 'refresh'>,
  onGone: () => void = () => {},
  everyMs = heartbeatMs,
): NodeJS.Timeout {
  const heart = setInterval(() => {
    refresh().then(
      (isThere) => isThere || onGone(),
      () => {},
    );
  }, everyMs);
  return heart.unref();
}

/** Returns this process as the owner of a lock. */
export async function ownerNow(runId: string): Promise<LockOwner> {
  return {
    runId,
    pid: process.pid,
    host: hostname(),
    startedAt: new Date().toISOString(),
    processStart: await processStart(process.pid),
    processSpace: await processSpace(),
  };
}

async function refuseWhileAlive(path: string): Promise<void> {
  const seen = await storeOf(path).seen(path);
  if (seen === null) return;
  const owner = await readOwner(path);
  // The owner of a new lock may not have written its name yet.
  if (owner === null && Math.abs(seen.ageMs) < heartbeatMs) throw held(null);
  if (owner !== null && (await isAlive(owner, path, seen))) throw held(owner);
}

/**
 * Returns true if the owner of the file at `path` is still running: looks for its process if it shares our
 * PID namespace, else for a heartbeat within a minute. Watches a heartbeat in the future (a wrong clock) for
 * one and a half beats.
 */
export async function isAlive(owner: LockOwner, path: string, seen: Seen): Promise<boolean> {
  const isNear = (owner.processSpace ?? null) === null || owner.processSpace === (await processSpace());
  if (owner.host !== hostname() || !isNear) return hasPulse(path, seen);
  return isRunning(owner.pid, owner.processStart);
}

/** Returns true if a file has a heartbeat, by the time at which it was written alone. */
export async function hasPulse(path: string, { ageMs, modifiedMs }: Seen): Promise<boolean> {
  if (ageMs > -staleAfterMs) return ageMs < staleAfterMs;
  await sleep(heartbeatMs * 1.5);
  const after = await storeOf(path).seen(path);
  return after !== null && after.modifiedMs !== modifiedMs;
}

/** Returns the owner in a lock's file; null if there is no file, or one without an owner. */
export async function readOwner(path: string): Promise<LockOwner | null> {
  const text = await storeOf(path).read(path);
  try {
    const owner = parseJson(text ?? 'null') as LockOwner | null;
    return typeof owner?.pid === 'number' ? owner : null;
  } catch {
    return null;
  }
}

function held(owner: LockOwner | null): TransientError {
  const who =
    owner === null
      ? 'another run'
      : `run ${owner.runId} (process ${owner.pid} on ${owner.host}, since ${owner.startedAt})`;
  return new TransientError('locked', `output is in use by ${who}`, {
    hint: 'wait until it ends, or give this run another output',
  });
}
