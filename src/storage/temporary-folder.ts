import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TransientError } from '../errors.js';
import { onStorage, storageError } from './storage-error.js';

/** Makes a new folder in the temporary folder and returns its path; throws as `inTemporaryFolder` does. */
export function makeTemporaryFolder(prefix: string): Promise<string> {
  return inTemporaryFolder(() => mkdtemp(join(tmpdir(), prefix)));
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
