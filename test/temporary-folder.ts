import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

process.on('exit', () => {
  for (const folder of folders) {
    try {
      rmSync(folder, { recursive: true, force: true });
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
