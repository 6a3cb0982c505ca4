import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TransientError } from '../errors.js';
import { onStorage, storageError } from './storage-error.js';

/** Folders to be removed. */
const made = new Set<string>();

/**
 * Makes a new folder in the temporary folder and returns its path; throws as `inTemporaryFolder` does. It is
 * removed by `removeTemporaryFolder`, or when the process exits, as at a second signal.
 */
export async function makeTemporaryFolder(prefix: string): Promise<string> {
  const folder = await inTemporaryFolder(() => mkdtemp(join(tmpdir(), prefix)));
  if (made.size === 0) process.on('exit', removeAll);
  made.add(folder);
  return folder;
}

/** Removes a folder of `makeTemporaryFolder` with everything in it. */
export async function removeTemporaryFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  made.delete(folder);
  if (made.size === 0) process.off('exit', removeAll);
}

function removeAll(): void {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
}

/**
 * Returns the error of a full disk as that of the temporary folder, where something was written as a run
 * writes its output; any other as it is.
 */
export function ofTemporaryFolder(error: unknown): unknown {
  const isFull = error instanceof TransientError && error.reason === 'disk-full' && error.cause !== undefined;
  return isFull ? storageError(error.cause, 'temporary folder', tmpdir()) : error;
}

/** Runs `work` on files in the temporary folder (TMPDIR); errors of the system name it as `storageError` does. */
export function inTemporaryFolder<T>(work: () => Promise<T>): Promise<T> {
  return onStorage('temporary folder', tmpdir(), work);
}
