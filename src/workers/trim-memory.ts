import { getHeapStatistics } from 'node:v8';
import { collectGarbage } from '../process/collect-garbage.js';
import { standingBytes } from '../process/standing-bytes.js';

/** Allowed growth between two collections, and the growth above which another one pays. */
const slackBytes = 32 * 2 ** 20;
const worthBytes = 12 * 2 ** 20;

/**
 * A process that holds more at its first check has garbage to collect: planning a run over 2,000 columns
 * leaves 25 MB.
 */
const usualBytes = 24 * 2 ** 20;

/** A process that holds more, as for a table of a thousand columns, is allowed less growth. */
const muchBytes = 64 * 2 ** 20;

/** With this much memory, slices take seconds, and less growth makes a collection pay. */
const wideBytes = 40 * 2 ** 20;
const worthWhereWide = 4 * 2 ** 20;

/** Such collections take at most this share of the processor time. */
const timeShare = 1 / 30;

let leftBytes: number | null = null;
let leftUnused = 0;
let nextAt = 0;

/** Collects all garbage now, so that unused buffers return to the system. Takes tens of milliseconds. */
export function trimMemory(): void {
  const start = processorTime();
  collectGarbage();
  const end = processorTime();
  nextAt = end + (end - start) / timeShare;
  const { held, unused } = memoryNow();
  leftBytes = held;
  leftUnused = unused;
}

/**
 * Collects all garbage if the heap and the buffers of this process have grown by 32 MiB since the last time,
 * or above 24 MiB at first (the larger the process, the less growth, down to 12 MiB); or if they have grown
 * by 12 MiB, or that much of the heap is unused, and the last collection was so long ago that another costs
 * next to nothing. V8 counts only its own heap, which is small here, and lets unused buffers (messages,
 * slices, columns) pile up for the whole run. Takes a microsecond or two if there is nothing to do.
 */
export function trimWhereGrown(): void {
  const { held, unused } = memoryNow();
  leftBytes = Math.min(held, leftBytes ?? usualBytes);
  const grown = Math.max(held - leftBytes, unused - leftUnused);
  const slack = Math.max(worthBytes, Math.min(slackBytes, muchBytes - leftBytes));
  const worth = leftBytes > wideBytes ? worthWhereWide : worthBytes;
  if (grown > slack || (grown > worth && processorTime() > nextAt)) trimMemory();
}

/**
 * Processor time of this process in microseconds: on a busy machine, elapsed time says little about the cost
 * of a collection.
 */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * Bytes of buffers and heap in use that may be garbage, and of unused heap that V8 keeps: by default it lets a
 * heap of spoiled rows grow up to the machine's memory.
 */
function memoryNow(): { readonly held: number; readonly unused: number } {
  const { external_memory: outside, used_heap_size: used, total_heap_size: total } = getHeapStatistics();
  return { held: outside - standingBytes() + used, unused: total - used };
}
