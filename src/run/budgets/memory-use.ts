import { privateBytes, residentBytes } from '../../process/resident-bytes.js';
import type { Pool } from '../../workers/pool.js';
import { groupMemory } from './machine.js';

/**
 * Returns the interval between measurements: shorter for small limits, as a process grows by 2 GiB a second.
 */
export function lookMs(limitBytes: number): number {
  return Math.min(200, Math.max(20, Math.round(limitBytes / 2 ** 24)));
}

/**
 * Returns the bytes that this run uses: the resident memory of the main process, and the private memory of
 * each worker (the program and its libraries are the same pages in all of them). Costs one small file per
 * process.
 */
export function runMemory(pool: Pool): number {
  const own = residentBytes();
  const workers = pool.pids().map(privateBytes);
  if (workers.some((bytes) => bytes === null)) return own + pool.rssBytes();
  return workers.reduce<number>((sum, bytes) => sum + bytes!, own);
}

/** Returns the worker process with the most private memory; null if unknown. */
export function largestWorker(pool: Pool): number | null {
  const sizes = pool.pids().map((pid) => [pid, privateBytes(pid) ?? 0] as const);
  return sizes.sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

/**
 * Returns the bytes that count against the limit: the run's own use and, in a control group with its own
 * limit, that of everything else in it.
 */
export async function countedMemory(pool: Pool, isGroupLimited: boolean): Promise<number> {
  const used = runMemory(pool);
  return isGroupLimited ? Math.max(used, (await groupMemory()) ?? 0) : used;
}
