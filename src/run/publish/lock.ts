import { mkdir, open, rm, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '../../errors.js';
import { isRunning, processSpace, processStart } from '../../process/owner.js';
import { modifiedIfThere, readIfThere } from '../../storage/durable.js';
import { parseJson } from '../../text/parse-json.js';

/** Interval of an owner's heartbeat. */
const heartbeatMs = 5_000;
/** A lock of another host without a heartbeat for this long belongs to a dead owner. */
const staleAfterMs = 60_000;

/** The right to take over a dead owner's lock is used within milliseconds. */
const rightStaleAfterMs = 5_000;

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
 * lock of a dead owner. The heartbeat is the file's modification time.
 */
export async function takeLock(path: string, runId: string): Promise<Lock> {
  const owner = await ownerNow(runId);
  await mkdir(dirname(path), { recursive: true });
  const isFresh = await create(path, owner);
  if (!isFresh) await takeOver(path, owner);
  const heart = beat(path);
  if (isFresh) await outliveRight(path).catch(() => {});
  return {
    async release() {
      clearInterval(heart);
      if ((await readOwner(path))?.runId === runId) await rm(path, { force: true });
    },
  };
}

/**
 * Refreshes the file's modification time while its owner lives; stop it with `clearInterval`. Does not keep
 * the process alive. Calls `onGone` if the file has disappeared: another run considered its owner dead, as
 * after a machine that slept.
 */
export function beat(path: string, onGone: () => void = () => {}, everyMs = heartbeatMs): NodeJS.Timeout {
  const heart = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') onGone();
    });
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

async function create(path: string, owner: LockOwner): Promise<boolean> {
  const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null;
    throw error;
  });
  if (file === null) return false;
  try {
    await file.writeFile(`${JSON.stringify(owner)}\n`);
  } catch (error) {
    // A lock that names no owner would block the next run until it is stale.
    await rm(path, { force: true }).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
  return true;
}

/** Takes over a stale lock. Only the process that creates the folder next to the lock may replace it. */
async function takeOver(path: string, owner: LockOwner): Promise<void> {
  await refuseWhileAlive(path);
  const right = `${path}.takeover`;
  try {
    await mkdir(right);
  } catch {
    await dropRight(path);
    throw held(null);
  }
  try {
    await refuseWhileAlive(path);
    await rm(path, { force: true });
    if (!(await create(path, owner))) throw held(await readOwner(path));
  } finally {
    await rm(right, { recursive: true, force: true });
  }
}

/** Removes the right of a process that crashed while holding it. */
async function dropRight(path: string): Promise<void> {
  const right = `${path}.takeover`;
  const age = await ageMs(right);
  if (age !== null && Math.abs(age) > rightStaleAfterMs) await rm(right, { recursive: true, force: true });
}

/**
 * Waits until there is no takeover folder next to a lock that this process has just created: a process that
 * came too late removes its own within milliseconds, one left by a crash is removed when it is 5 s old.
 */
async function outliveRight(path: string): Promise<void> {
  for (;;) {
    await dropRight(path);
    if ((await modifiedIfThere(`${path}.takeover`)) === null) return;
    await sleep(50);
  }
}

async function refuseWhileAlive(path: string): Promise<void> {
  const age = await ageMs(path);
  if (age === null) return;
  const owner = await readOwner(path);
  // The owner of a new lock may not have written its name yet.
  if (owner === null && Math.abs(age) < heartbeatMs) throw held(null);
  if (owner !== null && (await isAlive(owner, path, age))) throw held(owner);
}

/**
 * Returns true if the owner of the file at `path` is still running: looks for its process if it shares our
 * PID namespace, else for a heartbeat within a minute. Watches a heartbeat in the future (a wrong clock) for
 * one and a half beats.
 */
export async function isAlive(owner: LockOwner, path: string, age: number): Promise<boolean> {
  const isNear = (owner.processSpace ?? null) === null || owner.processSpace === (await processSpace());
  if (owner.host !== hostname() || !isNear) return hasPulse(path, age);
  return isRunning(owner.pid, owner.processStart);
}

/** Returns true if a file has a heartbeat, by its modification time alone. */
export async function hasPulse(path: string, age: number): Promise<boolean> {
  if (age > -staleAfterMs) return age < staleAfterMs;
  const before = await modifiedIfThere(path);
  await sleep(heartbeatMs * 1.5);
  const after = await modifiedIfThere(path);
  return after !== null && after !== before;
}

async function ageMs(path: string): Promise<number | null> {
  const beaten = await modifiedIfThere(path);
  return beaten === null ? null : Date.now() - beaten;
}

/** Returns the owner in a lock's file; null if there is no file, or one without an owner. */
export async function readOwner(path: string): Promise<LockOwner | null> {
  const text = await readIfThere(path);
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
