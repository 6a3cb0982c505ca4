import { availableParallelism, freemem, totalmem } from 'node:os';
import type { Job } from '../../job/job.js';
import {
  groupFolders,
  groupRoot,
  kernelNumber,
  ownGroups,
  readKernelFile,
} from '../../process/control-groups.js';

/** Resources of this process: the limits of its container if there are any, not those of the host. */
export interface Machine {
  /** CPU quota rounded up to whole cores, at least 1. */
  readonly cores: number;
  /** The memory limit of the control group, or the machine's memory. */
  readonly memoryBytes: number;
  /** True if a control group sets that limit. */
  readonly isLimited: boolean;
  /** Memory free at the start. */
  readonly freeBytes: number;
}

/** Reads the limits of this process's control groups (version 2, then 1), else those of the system. */
export async function readMachine(root = groupRoot, own = ownGroups): Promise<Machine> {
  const groups = groupFolders(root, own);
  const quotas = [...groups.unified.map(quotaOfVersion2), ...groups.cpu.map(quotaOfVersion1)];
  const limits = [
    ...groups.unified.map((folder) => kernelNumber(`${folder}/memory.max`)),
    ...groups.memory.map((folder) => kernelNumber(`${folder}/memory.limit_in_bytes`)),
  ];
  const cores = Math.min(availableParallelism(), Math.ceil(least(quotas)));
  const limit = least(limits);
  return {
    cores: Math.max(1, cores),
    memoryBytes: Math.min(totalmem(), limit),
    isLimited: limit < totalmem(),
    freeBytes: freemem(),
  };
}

/** Returns the memory limit of a run: what the job allows, but at most what the machine has. */
export function memoryLimit({ run }: Job, { memoryBytes }: Pick<Machine, 'memoryBytes'>): number {
  return run.memoryBytes === 'auto' ? memoryBytes : Math.min(run.memoryBytes, memoryBytes);
}

/**
 * Returns the memory that the limiting control group cannot release: its use without idle cached files. Null
 * without one.
 */
export async function groupMemory(root = groupRoot, own = ownGroups): Promise<number | null> {
  const groups = groupFolders(root, own);
  const sources = [
    ...groups.unified.map((folder) => [folder, 'memory.max', 'memory.current', 'inactive_file'] as const),
    ...groups.memory.map(
      (folder) => [folder, 'memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file'] as const,
    ),
  ];
  let tightest: { readonly limit: number; readonly used: number } | null = null;
  for (const [folder, limitFile, usageFile, field] of sources) {
    const limit = kernelNumber(`${folder}/${limitFile}`) ?? Number.POSITIVE_INFINITY;
    const used = kernelNumber(`${folder}/${usageFile}`);
    if (used === null || (tightest !== null && tightest.limit <= limit)) continue;
    const line = readKernelFile(`${folder}/memory.stat`)
      ?.split('\n')
      .find((text) => text.startsWith(`${field} `));
    tightest = { limit, used: Math.max(0, used - Number(line?.split(' ')[1] ?? 0)) };
  }
  return tightest?.used ?? null;
}

/** A control group and how often the kernel has killed a process in it because of its memory. */
interface GroupKills {
  readonly group: string;
  readonly kills: number;
}

/**
 * Returns a function that reads the kills of this process's own control group, null if the system does not
 * count them. Looks for the file once: it is read for each partition.
 */
export function killCounter(root = groupRoot, own = ownGroups): () => Promise<GroupKills | null> {
  const { unified, memory } = groupFolders(root, own);
  const paths = [`${unified[0]}/memory.events`, `${memory[0]}/memory.oom_control`];
  const path = paths.find((one) => killsIn(one) !== null);
  return async () => {
    const kills = path === undefined ? null : killsIn(path);
    return kills === null ? null : { group: path!, kills };
  };
}

function killsIn(path: string): number | null {
  const kills = /^oom_kill (\d+)$/m.exec(readKernelFile(path) ?? '')?.[1];
  return kills === undefined ? null : Number(kills);
}

function least(numbers: readonly (number | null)[]): number {
  return Math.min(Number.POSITIVE_INFINITY, ...numbers.filter((figure) => figure !== null));
}

function quotaOfVersion2(folder: string): number | null {
  const text = readKernelFile(`${folder}/cpu.max`);
  const [quota, period] = (text ?? 'max').split(' ').map(Number);
  return Number.isFinite(quota) && period! > 0 ? quota! / period! : null;
}

function quotaOfVersion1(folder: string): number | null {
  const quota = kernelNumber(`${folder}/cpu.cfs_quota_us`);
  const period = kernelNumber(`${folder}/cpu.cfs_period_us`);
  return quota !== null && period !== null && quota > 0 && period > 0 ? quota / period : null;
}
