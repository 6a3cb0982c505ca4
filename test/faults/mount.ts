import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { workdir } from '../workdir.js';

/** A small file system of its own at `folder`; what it gives back takes it away. */
export function mount(folder: string, options: string): () => void {
  mkdirSync(folder, { recursive: true });
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return () => void spawnSync('umount', ['-l', folder]);
}

function canMount(): boolean {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return false;
  const dir = workdir();
  try {
    mount(join(dir.path, 'm'), 'size=64k')();
    return true;
  } catch {
    return false;
  } finally {
    dir.remove();
  }
}

/** Why tests that mount are skipped; false where they are not. */
export const noMount = canMount() ? false : 'needs root and the right to mount a file system';
