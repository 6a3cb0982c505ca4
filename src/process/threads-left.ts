import { readdirSync } from 'node:fs';
import { groupFolders, kernelNumber, readKernelFile } from './control-groups.js';

/** Node starts with 7 threads and 4 more for files; it hangs or aborts if it may not start them. */
export const leastThreads = 11;

/** Capabilities that lift the limit of processes: CAP_SYS_ADMIN and CAP_SYS_RESOURCE. */
const exempt = (1n << 21n) | (1n << 24n);

/**
 * Returns how many threads this user and control group may still start; infinite without a limit. Counts the
 * threads of all processes only near the limit: 20 microseconds for each process of the machine.
 */
export function threadsLeft(): number {
  return Math.min(leftToUser(), leftToGroup());
}

function leftToUser(): number {
  const limit = Number(/^Max processes\s+(\d+)/m.exec(readKernelFile('/proc/self/limits') ?? '')?.[1]);
  const all = Number(/\/(\d+) /.exec(readKernelFile('/proc/loadavg') ?? '')?.[1] ?? 0);
  if (Number.isNaN(limit) || limit > all + 10 * leastThreads) return Number.POSITIVE_INFINITY;
  const own = statusOf('self');
  if (own === null || (own.capabilities & exempt) !== 0n) return Number.POSITIVE_INFINITY;
  const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return others.reduce((left, name) => {
    const status = statusOf(name);
    return status?.user === own.user ? left - status.threads : left;
  }, limit);
}

function statusOf(pid: string): { user: string; threads: number; capabilities: bigint } | null {
  const text = readKernelFile(`/proc/${pid}/status`);
  if (text === null) return null;
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\w+)`, 'm').exec(text)?.[1] ?? '0';
  return {
    user: field('Uid'),
    threads: Number(field('Threads')),
    capabilities: BigInt(`0x${field('CapEff')}`),
  };
}

function leftToGroup(): number {
  const { pids, unified } = groupFolders();
  const left = [...pids, ...unified].map((folder) => {
    const most = kernelNumber(`${folder}/pids.max`);
    return most === null ? Number.POSITIVE_INFINITY : most - (kernelNumber(`${folder}/pids.current`) ?? 0);
  });
  return Math.min(Number.POSITIVE_INFINITY, ...left);
}
