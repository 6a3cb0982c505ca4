import { compareKeys } from './sort-keys.js';
import type { SpillFile } from './spill-file.js';

/** Sorted entries in a spill file: `at` in words, `length` in entries. */
export interface Run {
  readonly at: number;
  readonly length: number;
}

export interface MergeOptions {
  readonly stride: number;
  readonly keyWords: number;
  /** Shared among the runs' buffers; each gets 256 entries at least. */
  readonly memoryBytes: number;
}

/** Visits all entries of sorted runs in key order: a merge by a heap of the runs (Knuth 5.4.1), reading each run once and in pieces. */
export async function mergeRuns(
  file: SpillFile,
  runs: readonly Run[],
  options: MergeOptions,
  visit: (words: Uint32Array, at: number) => void,
): Promise<void> {
  const { stride, keyWords } = options;
  const perRun = Math.max(256, Math.floor(options.memoryBytes / (runs.length * stride * 4)));
  const heap: Cursor[] = [];
  for (const run of runs) {
    const cursor = openCursor(run, Math.min(perRun, run.length) * stride);
    await refill(file, cursor, stride);
    heap.push(cursor);
  }
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(heap, i, keyWords);
  while (heap.length > 0) {
    const least = heap[0]!;
    visit(least.words, least.next);
    least.next += stride;
    if (least.next === least.end && !(await refill(file, least, stride))) {
      const last = heap.pop()!;
      if (heap.length === 0) return;
      if (last !== least) heap[0] = last;
    }
    sink(heap, 0, keyWords);
  }
}

interface Cursor {
  readonly words: Uint32Array;
  next: number;
  end: number;
  at: number;
  left: number;
}

function openCursor(run: Run, words: number): Cursor {
  return { words: new Uint32Array(words), next: 0, end: 0, at: run.at, left: run.length };
}

async function refill(file: SpillFile, cursor: Cursor, stride: number): Promise<boolean> {
  if (cursor.left === 0) return false;
  const entries = Math.min(cursor.left, cursor.words.length / stride);
  const words = cursor.words.subarray(0, entries * stride);
  await file.read(words, cursor.at);
  cursor.at += words.length;
  cursor.left -= entries;
  cursor.next = 0;
  cursor.end = words.length;
  return true;
}

/** Moves a cursor down until none below it comes before it. */
function sink(heap: Cursor[], start: number, keyWords: number): void {
  let i = start;
  for (;;) {
    let least = i;
    for (let child = 2 * i + 1; child <= 2 * i + 2 && child < heap.length; child++) {
      const a = heap[child]!;
      const b = heap[least]!;
      if (compareKeys(a.words, a.next, b.words, b.next, keyWords) < 0) least = child;
    }
    if (least === i) return;
    [heap[i], heap[least]] = [heap[least]!, heap[i]!];
    i = least;
  }
}
