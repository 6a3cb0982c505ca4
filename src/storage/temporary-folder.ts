import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onStorage } from './storage-error.js';

/** Makes a new folder in the temporary folder and returns its path; throws as `inTemporaryFolder` does. */
export function makeTemporaryFolder(prefix: string): Promise<string> {
  return inTemporaryFolder(() => mkdtemp(join(tmpdir(), prefix)));
}

/** Runs `work` on files in the temporary folder (TMPDIR); errors of the system name it as `storageError` does. */
export function inTemporaryFolder<T>(work: () => Promise<T>): Promise<T> {
  return onStorage('temporary folder', tmpdir(), work);
}
