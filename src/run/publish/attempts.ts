import { rmSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn, readIfThere } from '../../storage/durable.js';
import { onStorage } from '../../storage/storage-error.js';
import type { Layout } from './layout.js';

/** Crashes after which a partition is set aside. */
export const crashesAllowed = 2;

/** Marks on partitions that are being worked on: one that is still there when a run starts tells of a process that died over it. */
export interface Attempts {
  /** How often the process died while it worked on this partition; it is certain of the partition only where it was alone. */
  crashesOf(partition: string): number;
  begin(partition: string, alone: boolean): Promise<void>;
  /** Ends the work on a partition; one that reached an end (published, failed, gated) is innocent again. */
  end(partition: string, reachedEnd: boolean): Promise<void>;
  close(): void;
}

interface Mark {
  readonly crashes: number;
  readonly running: boolean;
  readonly alone: boolean;
  /** The machine's start: when it went down itself, no partition is to blame. */
  readonly boot: string | null;
}

/**
 * Reads the marks of the partitions that `isMine` claims and counts those of a process that died. Of several partitions that were under way together
 * each is suspected once; only one that was alone can reach a second crash. Marks on what `isInnocent` names are forgotten.
 */
export async function openAttempts(
  layout: Layout,
  isMine: (partition: string) => boolean,
  isInnocent: (partition: string) => boolean,
): Promise<Attempts> {
  const crashes = new Map<string, number>();
  const running = new Set<string>();
  const boot = await bootId();
  const pathOf = (partition: string) => join(layout.attempts, `${partition}.json`);
  const write = (partition: string, mark: Mark) =>
    onStorage('output', layout.attempts, () => writeFile(pathOf(partition), JSON.stringify(mark)));
  for (const name of await namesIn(layout.attempts)) {
    const partition = name.slice(0, -'.json'.length);
    if (!name.endsWith('.json') || !isMine(partition)) continue;
    const mark = isInnocent(partition) ? null : await readMark(pathOf(partition));
    const count = mark === null ? 0 : countOf(mark, boot);
    if (count === 0) await onStorage('output', layout.attempts, () => rm(pathOf(partition), { force: true }));
    else {
      crashes.set(partition, count);
      await write(partition, { crashes: count, running: false, alone: false, boot });
    }
  }
  // A run that is told twice to stop ends at once and in order: that is no crash.
  const onExit = (code: number) => {
    if (code !== 130 && code !== 143) return;
    for (const partition of running) rmSync(pathOf(partition), { force: true });
  };
  process.on('exit', onExit);
  return {
    crashesOf: (partition) => crashes.get(partition) ?? 0,
    async begin(partition, alone) {
      running.add(partition);
      await write(partition, { crashes: crashes.get(partition) ?? 0, running: true, alone, boot });
    },
    async end(partition, reachedEnd) {
      running.delete(partition);
      const count = reachedEnd ? 0 : (crashes.get(partition) ?? 0);
      if (count === 0)
        await onStorage('output', layout.attempts, () => rm(pathOf(partition), { force: true }));
      else await write(partition, { crashes: count, running: false, alone: false, boot });
    },
    close: () => void process.off('exit', onExit),
  };
}

function countOf(mark: Mark, boot: string | null): number {
  const { crashes, running, alone } = mark;
  if (!running || mark.boot !== boot) return crashes;
  return alone ? crashes + 1 : Math.max(crashes, 1);
}

/** A partition with a mark. */
export interface Marked {
  /** How often a run died over it; one that is being worked on counts as well. */
  readonly crashes: number;
  /** Whether a run works on it now, or died over it. */
  readonly isRunning: boolean;
}

/** The partitions with a mark. */
export async function readAttempts(layout: Layout): Promise<Map<string, Marked>> {
  const boot = await bootId();
  const names = await namesIn(layout.attempts);
  const found = new Map<string, Marked>();
  for (const name of names) {
    if (!name.endsWith('.json')) continue;
    const mark = await readMark(join(layout.attempts, name));
    const crashes = mark === null ? 0 : countOf(mark, boot);
    found.set(name.slice(0, -'.json'.length), { crashes, isRunning: mark?.running ?? false });
  }
  return found;
}

async function readMark(path: string): Promise<Mark | null> {
  const text = await readIfThere(path);
  try {
    const mark = JSON.parse(text ?? 'null') as Mark;
    return typeof mark.crashes === 'number' ? mark : null;
  } catch {
    return null;
  }
}

async function bootId(): Promise<string | null> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    return null;
  }
}
