import { readFile } from 'node:fs/promises';
import { join } from '../../storage/paths.js';
import { storeOf } from '../../storage/store-of.js';
import { parseJson } from '../../text/parse-json.js';
import type { Layout } from './layout.js';

/** Crashes alone after which a partition is quarantined; fewer if the kernel reports lack of memory. */
const deathsAllowed = 4;
const outOfMemoryAllowed = 2;

/**
 * Marks on partitions in progress: a mark that exists when a run starts means that a process crashed on its
 * partition.
 */
export interface Attempts {
  /**
   * How often the process crashed while it worked on this partition; the crash is proven to be its fault only
   * if it was alone.
   */
  crashesOf(partition: string): number;
  /**
   * Returns true if the partition is almost certainly the cause: the kernel killed processes of this group
   * for memory each time, or the process crashed on it alone more often than by chance.
   */
  isQuarantined(partition: string): boolean;
  begin(partition: string, alone: boolean): Promise<void>;
  /** Ends the work on a partition; clears its mark if it reached an end (published, failed, gated). */
  end(partition: string, reachedEnd: boolean): Promise<void>;
  close(): void;
}

/** Reads how often the kernel has killed a process in this process's control group because of memory. */
type CountKills = () => Promise<{ readonly group: string; readonly kills: number } | null>;

interface Mark {
  readonly crashes: number;
  /** How many of these crashes came with a kill because of memory. */
  readonly outOfMemory: number;
  /** The group's count of kills when the work began. */
  readonly kills: { readonly group: string; readonly kills: number } | null;
  readonly running: boolean;
  readonly alone: boolean;
  /** Boot id of the machine: a crash of the machine itself is not counted against a partition. */
  readonly boot: string | null;
}

/**
 * Reads the marks of the partitions for which `isMine` returns true and counts those of a crashed process. Of
 * several simultaneous partitions, each is suspected once; only one that was alone can reach a second crash.
 * Clears marks of partitions for which `isInnocent` returns true.
 */
export async function openAttempts(
  layout: Layout,
  isMine: (partition: string) => boolean,
  isInnocent: (partition: string) => boolean,
  countKills: CountKills,
): Promise<Attempts> {
  const store = storeOf(layout.attempts);
  const counts = new Map<string, Deaths>();
  const running = new Set<string>();
  const boot = await bootId();
  const before = await countKills();
  const pathOf = (partition: string) => join(layout.attempts, `${partition}.json`);
  const write = (partition: string, mark: Mark) => store.note(pathOf(partition), JSON.stringify(mark));
  const remove = (partition: string) => store.drop(pathOf(partition));
  const idle = { running: false, alone: false, boot, kills: null };
  for (const name of await store.names(layout.attempts)) {
    const partition = name.slice(0, -'.json'.length);
    if (!name.endsWith('.json') || !isMine(partition)) continue;
    const mark = isInnocent(partition) ? null : await readMark(pathOf(partition));
    const deaths = mark === null ? noDeaths : deathsOf(mark, boot, before);
    if (deaths.crashes === 0) await remove(partition);
    else {
      counts.set(partition, deaths);
      await write(partition, { ...deaths, ...idle });
    }
  }
  // A run that is asked twice to stop ends at once, but in an orderly way: not a crash.
  const onExit = (code: number) => {
    if (code !== 130 && code !== 143) return;
    for (const partition of running) store.dropNow(pathOf(partition));
  };
  process.on('exit', onExit);
  const known = (partition: string) => counts.get(partition) ?? noDeaths;
  return {
    crashesOf: (partition) => known(partition).crashes,
    isQuarantined(partition) {
      const { crashes, outOfMemory } = known(partition);
      return crashes >= deathsAllowed || outOfMemory >= outOfMemoryAllowed;
    },
    async begin(partition, alone) {
      running.add(partition);
      await write(partition, { ...known(partition), running: true, alone, boot, kills: await countKills() });
    },
    async end(partition, reachedEnd) {
      running.delete(partition);
      const deaths = reachedEnd ? noDeaths : known(partition);
      if (deaths.crashes === 0) await remove(partition);
      else await write(partition, { ...deaths, ...idle });
    },
    close: () => void process.off('exit', onExit),
  };
}

type Deaths = Pick<Mark, 'crashes' | 'outOfMemory'>;

const noDeaths: Deaths = { crashes: 0, outOfMemory: 0 };

function deathsOf(mark: Mark, boot: string | null, now: Mark['kills']): Deaths {
  const { crashes, running, alone, kills } = mark;
  const outOfMemory = mark.outOfMemory ?? 0;
  if (!running || mark.boot !== boot) return { crashes, outOfMemory };
  if (!alone) return { crashes: Math.max(crashes, 1), outOfMemory };
  const isMemory = kills != null && now !== null && kills.group === now.group && now.kills > kills.kills;
  return { crashes: crashes + 1, outOfMemory: outOfMemory + (isMemory ? 1 : 0) };
}

/** A partition with a mark. */
interface Marked {
  /** How often a run crashed on it; one in progress counts too. */
  readonly crashes: number;
  /** True if a run is working on it; false if one crashed on it. */
  readonly isRunning: boolean;
}

/** Returns the partitions with a mark. */
export async function readAttempts(layout: Layout): Promise<Map<string, Marked>> {
  const boot = await bootId();
  const names = await storeOf(layout.attempts).names(layout.attempts);
  const found = new Map<string, Marked>();
  for (const name of names) {
    if (!name.endsWith('.json')) continue;
    const path = join(layout.attempts, name);
    const mark = await readMark(path);
    const crashes = mark === null ? 0 : deathsOf(mark, boot, null).crashes;
    // An empty mark is just being written.
    const isRunning = mark?.running ?? (await storeOf(path).read(path)) === '';
    found.set(name.slice(0, -'.json'.length), { crashes, isRunning });
  }
  return found;
}

async function readMark(path: string): Promise<Mark | null> {
  const text = await storeOf(path).read(path);
  try {
    const mark = parseJson(text ?? 'null') as Mark;
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
