import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** When process `pid` started, in the kernel's clock ticks (field 22 of /proc/PID/stat); null where there is no such file. */
export async function processStart(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** The kernel's name of the space of process numbers that this process is in; null where there is no such thing. */
export function processSpace(): Promise<string | null> {
  return readlink('/proc/self/ns/pid').catch(() => null);
}

/** Returns whether process `pid` of this machine runs and is the one that started at `start` (null: any): numbers are given out again. */
export async function isRunning(pid: number, start: string | null): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return start === null || start === (await processStart(pid));
}

let tag: Promise<string> | null = null;

/** A part of a file name that says which process made the file: `HOST-PID-START`, of which HOST stands for the machine and its space of process numbers. */
export function ownerTag(): Promise<string> {
  tag ??= makeTag();
  return tag;
}

/** What `ownerTag` looks like. */
export const ownerPattern = '[0-9a-f]{8}-\\d+-\\d+';

async function makeTag(): Promise<string> {
  return `${await hostTag()}-${process.pid}-${(await processStart(process.pid)) ?? '0'}`;
}

async function hostTag(): Promise<string> {
  const host = `${hostname()} ${(await processSpace()) ?? ''}`;
  return createHash('sha256').update(host).digest('hex').slice(0, 8);
}

/** Returns whether the process in an owner's tag runs; null for one of another machine, whose processes cannot be seen from here. */
export async function isOwnerRunning(owner: string): Promise<boolean | null> {
  const [host, pid, start] = owner.split('-');
  if (host !== (await hostTag())) return null;
  return isRunning(Number(pid), start === '0' ? null : (start ?? null));
}
