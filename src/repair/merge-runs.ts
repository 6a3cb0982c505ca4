import { compareKeys } from './sort-keys.js';
import type { SpillFile } from './spill-file.js';

/** A reader of sorted keys with chunk and row; `next` and `end` are indices into `words`, `stride` apart. */
export interface Cursor {
  readonly words: Uint32Array;
  readonly stride: number;
  next: number;
  end: number;
  /** The chunk of all keys; -1: chunk and row follow each key. */
  readonly chunk: number;
  /** The row of each key; null: key i is row i, or see `chunk`. */
  readonly rows: Uint32Array | null;
  /** Reads more and returns true if there was any; null: everything is in `words`. */
  readonly refill: (() => Promise<boolean>) | null;
}

/** Takes one entry; returns a promise if it has to wait. */
export type Visit = (words: Uint32Array, at: number, chunk: number, row: number) => Promise<void> | undefined;

/** Creates a cursor over keys in memory. */
export function memoryCursor(
  keys: Uint32Array,
  keyWords: number,
  chunk: number,
  rows: Uint32Array | null,
): Cursor {
  return { words: keys, stride: keyWords, next: 0, end: keys.length, chunk, rows, refill: null };
}

/** Creates a cursor over `length` entries (key, chunk, row) in a spill file, read `entries` at a time. */
export function spillCursor(
  file: SpillFile,
  { at, length }: { readonly at: number; readonly length: number },
  keyWords: number,
  entries: number,
): Cursor {
  const stride = keyWords + 2;
  const words = new Uint32Array(Math.min(entries, length) * stride);
  let position = at;
  let left = length;
  const cursor: Cursor = {
    words,
    stride,
    next: 0,
    end: 0,
    chunk: -1,
    rows: null,
    async refill() {
      if (left === 0) return false;
      const part = words.subarray(0, Math.min(left * stride, words.length));
      await file.read(part, position);
      position += part.length;
      left -= part.length / stride;
      cursor.next = 0;
      cursor.end = part.length;
      return true;
    },
  };
  return cursor;
}

/**
 * Visits all entries in the order of keys, equal ones in that of chunks: a merge by a heap of cursors (Knuth
 * 5.4.1), two comparisons per entry while one leads.
 */
export async function mergeRuns(cursors: readonly Cursor[], keyWords: number, visit: Visit): Promise<void> {
  const heap: Cursor[] = [];
  for (const cursor of cursors) {
    if (cursor.next < cursor.end || (cursor.refill !== null && (await cursor.refill()))) heap.push(cursor);
  }
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(heap, i, keyWords);
  while (heap.length > 0) {
    const least = heap[0]!;
    const { words, next } = least;
    const wait =
      least.chunk < 0
        ? visit(words, next, words[next + keyWords]!, words[next + keyWords + 1]!)
        : visit(words, next, least.chunk, rowOf(least));
    if (wait !== undefined) await wait;
    least.next += least.stride;
    if (least.next === least.end && (least.refill === null || !(await least.refill()))) {
      const last = heap.pop()!;
      if (heap.length === 0) return;
      if (last !== least) heap[0] = last;
    }
    sink(heap, 0, keyWords);
  }
}

function chunkOf({ chunk, words, next }: Cursor, keyWords: number): number {
  return chunk < 0 ? words[next + keyWords]! : chunk;
}

function rowOf({ rows, next, stride }: Cursor): number {
  const index = next / stride;
  return rows === null ? index : rows[index]!;
}

/** Moves a cursor down until none below it precedes it. */
function sink(heap: Cursor[], start: number, keyWords: number): void {
  let i = start;
  for (;;) {
    let least = i;
    for (let child = 2 * i + 1; child <= 2 * i + 2 && child < heap.length; child++) {
      const a = heap[child]!;
      const b = heap[least]!;
      const order = compareKeys(a.words, a.next, b.words, b.next, keyWords);
      if (order < 0 || (order === 0 && chunkOf(a, keyWords) < chunkOf(b, keyWords))) least = child;
    }
    if (least === i) return;
    const moved = heap[i]!;
    heap[i] = heap[least]!;
    heap[least] = moved;
    i = least;
  }
}
