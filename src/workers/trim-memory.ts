import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How much they may grow between two collections. */
const slackBytes = 32 * 2 ** 20;

let collect: (() => void) | null = null;
let leftBytes: number | null = null;

/** Collects all garbage now: buffers that nobody holds any more go back to the system. Costs some tens of milliseconds. */
export function trimMemory(): void {
  if (collect === null) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  leftBytes = heldBytes();
}

/**
 * Collects all garbage where the heap and the buffers of this process have grown by 32 MiB since the last time, or since the first call. The engine counts its own heap, which is small here, and lets dropped buffers
 * (messages, slices, columns) pile up beside it for as long as a run lasts. Costs a microsecond or two where there is nothing to do.
 */
export function trimWhereGrown(): void {
  const bytes = heldBytes();
  if (leftBytes === null || bytes < leftBytes) leftBytes = bytes;
  else if (bytes - leftBytes > slackBytes) trimMemory();
}

/** Of buffers and of the heap: left alone, the engine lets a heap of spoiled rows grow as far as the machine's memory allows. */
function heldBytes(): number {
  const { external_memory: outside, used_heap_size: inside } = getHeapStatistics();
  return outside + inside;
}
