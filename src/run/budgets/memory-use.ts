import { readFile } from 'node:fs/promises';
import type { Pool } from '../../workers/pool.js';
import { groupMemory } from '../plan/machine.js';

const pageBytes = 4096;

/**
 * Bytes that this run uses: the main process as it is resident, and of each worker what it shares with no other (the program and its libraries are the
 * same pages in all of them). Costs one small file per process.
 */
export async function runMemory(pool: Pool): Promise<number> {
  const own = process.memoryUsage.rss();
  const workers = await Promise.all(pool.pids().map(privateBytes));
  if (workers.some((bytes) => bytes === null)) return own + pool.rssBytes();
  return workers.reduce<number>((sum, bytes) => sum + bytes!, own);
}

/** Resident pages less those that a file backs, from /proc; null where there is none. A process that is gone uses nothing. */
async function privateBytes(pid: number): Promise<number | null> {
  try {
    const [, resident, shared] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ').map(Number);
    return (resident! - shared!) * pageBytes;
  } catch {
    return process.platform === 'linux' ? 0 : null;
  }
}

/** What counts against the limit: the run's own use, and of a control group with a limit of its own also what else is in it. */
export async function countedMemory(pool: Pool, isGroupLimited: boolean): Promise<number> {
  const used = await runMemory(pool);
  return isGroupLimited ? Math.max(used, (await groupMemory()) ?? 0) : used;
}
