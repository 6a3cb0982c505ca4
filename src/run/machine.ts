import { readFile } from 'node:fs/promises';
import { availableParallelism, freemem, totalmem } from 'node:os';

/** What this process may use: its container's limits where there are any, not the host's. */
export interface Machine {
  /** CPU quota rounded up to whole cores, at least 1. */
  readonly cores: number;
  /** The memory limit of the control group, or the machine's memory. */
  readonly memoryBytes: number;
  /** Whether a control group sets that limit. */
  readonly isLimited: boolean;
  /** Memory free at the start. */
  readonly freeBytes: number;
}

/** Reads the limits of control groups (version 2, then 1) and falls back to what the system says. */
export async function readMachine(root = '/sys/fs/cgroup'): Promise<Machine> {
  const quota = (await quotaOfVersion2(root)) ?? (await quotaOfVersion1(root));
  const limit =
    (await number(`${root}/memory.max`)) ?? (await number(`${root}/memory/memory.limit_in_bytes`));
  const cores = Math.min(
    availableParallelism(),
    quota === null ? Number.POSITIVE_INFINITY : Math.ceil(quota),
  );
  return {
    cores: Math.max(1, cores),
    memoryBytes: Math.min(totalmem(), limit ?? Number.POSITIVE_INFINITY),
    isLimited: limit !== null && limit < totalmem(),
    freeBytes: freemem(),
  };
}

/** Bytes that the control group cannot give back: its use less cached files that nobody reads. Null outside of one. */
export async function groupMemory(root = '/sys/fs/cgroup'): Promise<number | null> {
  for (const [usage, stat, field] of [
    ['memory.current', 'memory.stat', 'inactive_file'],
    ['memory/memory.usage_in_bytes', 'memory/memory.stat', 'total_inactive_file'],
  ] as const) {
    const used = await number(`${root}/${usage}`);
    if (used === null) continue;
    const line = (await read(`${root}/${stat}`))?.split('\n').find((text) => text.startsWith(`${field} `));
    return Math.max(0, used - Number(line?.split(' ')[1] ?? 0));
  }
  return null;
}

async function quotaOfVersion2(root: string): Promise<number | null> {
  const text = await read(`${root}/cpu.max`);
  const [quota, period] = (text ?? 'max').split(' ').map(Number);
  return Number.isFinite(quota) && period! > 0 ? quota! / period! : null;
}

async function quotaOfVersion1(root: string): Promise<number | null> {
  const quota = await number(`${root}/cpu/cpu.cfs_quota_us`);
  const period = await number(`${root}/cpu/cpu.cfs_period_us`);
  return quota !== null && period !== null && quota > 0 && period > 0 ? quota / period : null;
}

async function number(path: string): Promise<number | null> {
  const value = Number((await read(path)) ?? 'none');
  return Number.isFinite(value) ? value : null;
}

async function read(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return null;
  }
}
