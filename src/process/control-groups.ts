import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

export const groupRoot = '/sys/fs/cgroup';
export const ownGroups = '/proc/self/cgroup';

/** This process's control groups, each with all its parents: a limit on any of them applies. */
interface GroupFolders {
  /** Version 2. */
  readonly unified: readonly string[];
  /** Version 1. */
  readonly cpu: readonly string[];
  readonly memory: readonly string[];
  readonly pids: readonly string[];
}

export function groupFolders(root = groupRoot, own = ownGroups): GroupFolders {
  const lines = (readKernelFile(own) ?? '').split('\n').map((line) => line.split(':'));
  const pathOf = (controller: string) =>
    lines.find(([, names]) =>
      controller === '' ? names === '' : names?.split(',').includes(controller),
    )?.[2] ?? '/';
  return {
    unified: upwards(root, pathOf('')),
    cpu: upwards(`${root}/cpu`, pathOf('cpu')),
    memory: upwards(`${root}/memory`, pathOf('memory')),
    pids: upwards(`${root}/pids`, pathOf('pids')),
  };
}

function upwards(root: string, path: string): string[] {
  const folders: string[] = [];
  for (let at = posix.normalize(path); at !== '/' && at !== '.'; at = posix.dirname(at))
    folders.push(`${root}${at}`);
  return [...folders, root];
}

/** Returns the number in a file of the kernel; null if there is no such file, or no number in it. */
export function kernelNumber(path: string): number | null {
  const value = Number(readKernelFile(path) ?? 'none');
  return Number.isFinite(value) ? value : null;
}

/** Files of the kernel are in memory: reading one directly is faster than asking another thread. */
export function readKernelFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
