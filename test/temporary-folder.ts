import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

process.on('exit', () => {
  for (const folder of folders) {
    try {
      removeFolder(folder);
    } catch (error) {
      process.stderr.write(`${folder} is left behind: ${(error as Error).message}\n`);
    }
  }
});

/**
 * Creates a folder in the temporary folder (in memory by `.ci/run-tests.mjs`), removed when the process ends.
 */
export function temporaryFolder(about = ''): string {
  const folder = mkdtempSync(join(tmpdir(), `nightshift-${about === '' ? '' : `${about}-`}`));
  folders.push(folder);
  return folder;
}

/** Removes a folder; tries again while a process that has just been killed still writes there. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}
