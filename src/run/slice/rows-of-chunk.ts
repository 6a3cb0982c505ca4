import type { Chunk } from '../../chunk/chunk.js';
import type { Column } from '../../chunk/column.js';
import { selectRows } from '../../chunk/select-rows.js';

/** Returns the numbers of all rows of a chunk. */
export function allRows(rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => row);
}

/** Returns columns of a chunk by name, for the rows `kept` or for all. */
export function selectColumns(
  chunk: Chunk,
  names: readonly string[],
  kept: Int32Array | null,
): Map<string, Column> {
  return new Map(names.map((name) => [name, selectRows(chunk.columns.get(name)!, kept)]));
}

/** Reports a few times a second that the worker is alive: the time limit applies to batches. */
export function reportingAlive<Feeds>(
  feeds: (from: number, to: number) => Feeds,
  alive: () => void,
): (from: number, to: number) => Feeds {
  let reportedAt = performance.now();
  return (from, to) => {
    const now = performance.now();
    if (now - reportedAt > 100) {
      reportedAt = now;
      alive();
    }
    return feeds(from, to);
  };
}
