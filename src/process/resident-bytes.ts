import { readFileSync } from 'node:fs';

/**
 * Returns this process's resident memory. That opens a file; if none can be opened, returns its peak, which
 * needs none.
 */
export function residentBytes(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

/** For how long a figure serves tasks that take less. */
const freshMs = 50;
let recent = 0;
let readAt = Number.NEGATIVE_INFINITY;

/** Returns this process's resident memory at most 50 ms ago: tasks of small files take less than reading it. */
export function recentBytes(): number {
  const now = performance.now();
  if (now - readAt < freshMs) return recent;
  readAt = now;
  recent = residentBytes();
  return recent;
}

const pageBytes = 4096;

/**
 * Returns resident pages without file-backed ones, from /proc; null without /proc, 0 for an ended process.
 * Takes about 20 µs.
 */
export function privateBytes(pid: number): number | null {
  try {
    const [, resident, shared] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ').map(Number);
    return (resident! - shared!) * pageBytes;
  } catch {
    return process.platform === 'linux' ? 0 : null;
  }
}

/** Returns the memory that this process adds to those that run the same program; all of it without /proc. */
export function ownBytes(): number {
  return privateBytes(process.pid) || residentBytes();
}
