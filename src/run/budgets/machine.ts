import { readFileSync } from 'node:fs';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { posix } from 'node:path';

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

const groupRoot = '/sys/fs/cgroup';
const ownGroups = '/proc/self/cgroup';

/** Reads the limits of this process's control groups and their parents (version 2, then 1); falls back to those of the system. */
export async function readMachine(root = groupRoot, own = ownGroups): Promise<Machine> {
  const groups = await groupFolders(root, own);
  const quotas = await Promise.all([
    ...groups.unified.map(quotaOfVersion2),
    ...groups.cpu.map(quotaOfVersion1),
  ]);
  const limits = await Promise.all([
    ...groups.unified.map((folder) => number(`${folder}/memory.max`)),
    ...groups.memory.map((folder) => number(`${folder}/memory.limit_in_bytes`)),
  ]);
  const cores = Math.min(availableParallelism(), Math.ceil(least(quotas)));
  const limit = least(limits);
  return {
    cores: Math.max(1, cores),
    memoryBytes: Math.min(totalmem(), limit),
    isLimited: limit < totalmem(),
    freeBytes: freemem(),
  };
}

/**
 * Returns the bytes that the control group with the memory limit cannot release: its use without idle cached files. Null without a control
 * group.
 */
export async function groupMemory(root = groupRoot, own = ownGroups): Promise<number | null> {
  const groups = await groupFolders(root, own);
  const sources = [
    ...groups.unified.map((folder) => [folder, 'memory.max', 'memory.current', 'inactive_file'] as const),
    ...groups.memory.map(
      (folder) => [folder, 'memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file'] as const,
    ),
  ];
  let tightest: { readonly limit: number; readonly used: number } | null = null;
  for (const [folder, limitFile, usageFile, field] of sources) {
    const limit = (await number(`${folder}/${limitFile}`)) ?? Number.POSITIVE_INFINITY;
    const used = await number(`${folder}/${usageFile}`);
    if (used === null || (tightest !== null && tightest.limit <= limit)) continue;
    const line = read(`${folder}/memory.stat`)
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

/** Returns the kills of this process's own control group; null if the system does not count them. */
export async function groupKills(root = groupRoot, own = ownGroups): Promise<GroupKills | null> {
  const { unified, memory } = await groupFolders(root, own);
  for (const path of [`${unified[0]}/memory.events`, `${memory[0]}/memory.oom_control`]) {
    const kills = /^oom_kill (\d+)$/m.exec(read(path) ?? '')?.[1];
    if (kills !== undefined) return { group: path, kills: Number(kills) };
  }
  return null;
}

interface GroupFolders {
  readonly unified: readonly string[];
  readonly cpu: readonly string[];
  readonly memory: readonly string[];
}

/** Returns the folders of this process's groups, each with all its parents: a limit on any of them applies. */
async function groupFolders(root: string, own: string): Promise<GroupFolders> {
  const lines = (read(own) ?? '').split('\n').map((line) => line.split(':'));
  const pathOf = (controller: string) =>
    lines.find(([, names]) =>
      controller === '' ? names === '' : names?.split(',').includes(controller),
    )?.[2] ?? '/';
  return {
    unified: upwards(root, pathOf('')),
    cpu: upwards(`${root}/cpu`, pathOf('cpu')),
    memory: upwards(`${root}/memory`, pathOf('memory')),
  };
}

function upwards(root: string, path: string): string[] {
  const folders: string[] = [];
  for (let at = posix.normalize(path); at !== '/' && at !== '.'; at = posix.dirname(at))
    folders.push(`${root}${at}`);
  return [...folders, root];
}

function least(numbers: readonly (number | null)[]): number {
  return Math.min(Number.POSITIVE_INFINITY, ...numbers.filter((figure) => figure !== null));
}

async function quotaOfVersion2(folder: string): Promise<number | null> {
  const text = read(`${folder}/cpu.max`);
  const [quota, period] = (text ?? 'max').split(' ').map(Number);
  return Number.isFinite(quota) && period! > 0 ? quota! / period! : null;
}

async function quotaOfVersion1(folder: string): Promise<number | null> {
  const quota = await number(`${folder}/cpu.cfs_quota_us`);
  const period = await number(`${folder}/cpu.cfs_period_us`);
  return quota !== null && period !== null && quota > 0 && period > 0 ? quota / period : null;
}

async function number(path: string): Promise<number | null> {
  const value = Number(read(path) ?? 'none');
  return Number.isFinite(value) ? value : null;
}

/** Files of the kernel are in memory: reading one takes less than asking another thread to. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
