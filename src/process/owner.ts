import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Returns when process `pid` started, in clock ticks (field 22 of /proc/PID/stat); null without the file. */
export async function processStart(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** Returns the kernel's identifier of this process's PID namespace; null if there is none. */
export function processSpace(): Promise<string | null> {
  return readlink('/proc/self/ns/pid').catch(() => null);
}

/** Returns true if process `pid` is running and started at `start` (null: any time): numbers are reused. */
export async function isRunning(pid: number, start: string | null): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return start === null || start === (await processStart(pid));
}

let tag: Promise<string> | null = null;

/**
 * Returns the part of a file name that identifies the creating process: `HOST-PID-START`; HOST is the machine
 * and its PID namespace.
 */
export function ownerTag(): Promise<string> {
  tag ??= makeTag();
  return tag;
}

/** Pattern of an `ownerTag`. */
export const ownerPattern = '[0-9a-f]{8}-\\d+-\\d+';

async function makeTag(): Promise<string> {
  return `${await hostTag()}-${process.pid}-${(await processStart(process.pid)) ?? '0'}`;
}

async function hostTag(): Promise<string> {
  const host = `${hostname()} ${(await processSpace()) ?? ''}`;
  return createHash('sha256').update(host).digest('hex').slice(0, 8);
}

/** Returns true if the process of an owner's tag is running; null if it is on another machine. */
export async function isOwnerRunning(owner: string): Promise<boolean | null> {
  const [host, pid, start] = owner.split('-');
  if (host !== (await hostTag())) return null;
  return isRunning(Number(pid), start === '0' ? null : (start ?? null));
}
