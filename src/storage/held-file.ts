import { mkdir, open, rm, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { modifiedIfThere, writeDurably } from './durable.js';
import type { HeldFile } from './store.js';

/** The right to take over a dead owner's file is used within milliseconds. */
const rightStaleAfterMs = 5_000;

/** Creates a file with its folder, to hold it; returns null if it exists. Not durable. */
export async function acquireFile(path: string, text: string): Promise<HeldFile | null> {
  await mkdir(dirname(path), { recursive: true });
  if (!(await create(path, text))) return null;
  await outliveRight(path).catch(() => {});
  return held(path);
}

/** Writes a file durably, to hold it. */
export async function holdFile(path: string, text: string): Promise<HeldFile> {
  await writeDurably(path, text);
  return held(path);
}

/**
 * Takes over the file of a dead owner; throws what `refuse` throws while the owner lives. Only the process
 * that creates the folder next to the file may replace it; for others it returns null.
 */
export async function takeOverFile(
  path: string,
  text: string,
  refuse: () => Promise<void>,
): Promise<HeldFile | null> {
  await refuse();
  const right = `${path}.takeover`;
  try {
    await mkdir(right);
  } catch {
    await dropRight(path);
    return null;
  }
  try {
    await refuse();
    await rm(path, { force: true });
    return (await create(path, text)) ? held(path) : null;
  } finally {
    await rm(right, { recursive: true, force: true });
  }
}

/** Gives a file or folder the present time; returns false if it is gone. Ignores a failing disk. */
export async function touch(path: string): Promise<boolean> {
  const now = new Date();
  return utimes(path, now, now).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
}

function held(path: string): HeldFile {
  return { refresh: () => touch(path), write: (text) => writeDurably(path, text) };
}

async function create(path: string, text: string): Promise<boolean> {
  const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null;
    throw error;
  });
  if (file === null) return false;
  try {
    await file.writeFile(text);
  } catch (error) {
    // A lock that names no owner would block the next run until it is stale.
    await rm(path, { force: true }).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
  return true;
}

/** Removes the right of a process that crashed while holding it. */
async function dropRight(path: string): Promise<void> {
  const right = `${path}.takeover`;
  const modified = await modifiedIfThere(right);
  if (modified !== null && Math.abs(Date.now() - modified) > rightStaleAfterMs)
    await rm(right, { recursive: true, force: true });
}

/**
 * Waits until there is no takeover folder next to a file that this process has just created: a process that
 * came too late removes its own within milliseconds, one left by a crash is removed when it is 5 s old.
 */
async function outliveRight(path: string): Promise<void> {
  for (;;) {
    await dropRight(path);
    if ((await modifiedIfThere(`${path}.takeover`)) === null) return;
    await sleep(50);
  }
}
