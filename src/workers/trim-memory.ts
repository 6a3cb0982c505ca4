import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Allowed growth between two collections. */
const slackBytes = 32 * 2 ** 20;

let collect: (() => void) | null = null;
let leftBytes: number | null = null;

/** Collects all garbage now, so that unused buffers return to the system. Takes tens of milliseconds. */
export function trimMemory(): void {
  if (collect === null) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  leftBytes = heldBytes();
}

/**
 * Collects all garbage if the heap and the buffers of this process have grown by 32 MiB since the last time, or since the first call. V8
 * counts its own heap, which is small here, and lets unused buffers (messages, slices, columns) pile up for the whole run. Takes a
 * microsecond or two if there is nothing to do.
 */
export function trimWhereGrown(): void {
  const bytes = heldBytes();
  if (leftBytes === null || bytes < leftBytes) leftBytes = bytes;
  else if (bytes - leftBytes > slackBytes) trimMemory();
}

/** Bytes of buffers and heap: by default V8 lets a heap of spoiled rows grow up to the machine's memory. */
function heldBytes(): number {
  const { external_memory: outside, used_heap_size: inside } = getHeapStatistics();
  return outside + inside;
}
