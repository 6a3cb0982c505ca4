import type { Visit } from './merge-runs.js';
import { compareKeys } from './sort-keys.js';

/** Rows of a run whose key is repeated, except the kept one. */
export interface RepeatedKeys {
  readonly total: number;
  /** Number of such rows in a partition. */
  count(partition: number): number;
  /** Returns the slice's repeated rows (from 0, ascending) for `Repair.apply`; null: none. */
  rowsOf(partition: number, slice: number): Int32Array | null;
}

/** Collects marks on rows: one bit per row of the slices that have any. */
interface RepeatMarks {
  /** Registers a slice of `rows` rows, and returns its number, which entries use to refer to it. */
  addChunk(partition: number, slice: number, rows: number): number;
  /** Takes keys in order, each with its chunk and row, and marks all equal ones except the kept one. */
  marker(keep: 'first' | 'last', keyWords: number): Visit;
  /**
   * Takes keys in order, equal ones by the number of their chunk, and marks those that also occur in a chunk
   * of partition `published`; these must be added first.
   */
  publishedMarker(keyWords: number): Visit;
  result(): RepeatedKeys;
}

interface ChunkMarks {
  readonly partition: number;
  readonly slice: number;
  readonly rows: number;
  bits: Uint8Array | null;
}

/** Creates an empty set of marks. */
export function repeatMarks(): RepeatMarks {
  const chunks: ChunkMarks[] = [];
  return {
    addChunk: (partition, slice, rows) => chunks.push({ partition, slice, rows, bits: null }) - 1,
    marker: (keep, keyWords) => marker(chunks, keep, keyWords),
    publishedMarker: (keyWords) => publishedMarker(chunks, keyWords),
    result: () => result(chunks),
  };
}

/** The number of a partition whose rows have been published before, and are never marked. */
export const published = -1;

function publishedMarker(chunks: readonly ChunkMarks[], keyWords: number): Visit {
  const key = new Uint32Array(keyWords);
  let isFirst = true;
  let isPublished = false;
  return (words, at, chunk, row) => {
    const isOld = chunks[chunk]!.partition === published;
    if (isFirst || compareKeys(key, 0, words, at, keyWords) !== 0) {
      for (let word = 0; word < keyWords; word++) key[word] = words[at + word]!;
      isFirst = false;
      isPublished = isOld;
    } else if (isPublished && !isOld) setBit(chunks[chunk]!, row);
    return undefined;
  };
}

/** Remembers only the best of a group of equal keys, so a key may occur any number of times. */
function marker(chunks: readonly ChunkMarks[], keep: 'first' | 'last', keyWords: number): Visit {
  const key = new Uint32Array(keyWords);
  let bestChunk = -1;
  let bestRow = -1;
  return (words, at, chunk, row) => {
    if (bestChunk >= 0 && compareKeys(key, 0, words, at, keyWords) === 0) {
      const isEarlier = comparePlaces(chunks, chunk, row, bestChunk, bestRow) < 0;
      if (isEarlier !== (keep === 'first')) {
        setBit(chunks[chunk]!, row);
        return undefined;
      }
      setBit(chunks[bestChunk]!, bestRow);
    } else {
      for (let word = 0; word < keyWords; word++) key[word] = words[at + word]!;
    }
    bestChunk = chunk;
    bestRow = row;
    return undefined;
  };
}

function comparePlaces(
  chunks: readonly ChunkMarks[],
  chunkA: number,
  rowA: number,
  chunkB: number,
  rowB: number,
): number {
  const a = chunks[chunkA]!;
  const b = chunks[chunkB]!;
  return a.partition - b.partition || a.slice - b.slice || rowA - rowB;
}

function setBit(chunk: ChunkMarks, row: number): void {
  chunk.bits ??= new Uint8Array((chunk.rows + 7) >> 3);
  chunk.bits[row >> 3]! |= 1 << (row & 7);
}

function result(chunks: readonly ChunkMarks[]): RepeatedKeys {
  const marked = new Map<number, Map<number, Uint8Array>>();
  const counts = new Map<number, number>();
  let total = 0;
  for (const { partition, slice, bits } of chunks) {
    if (bits === null) continue;
    const slices = marked.get(partition) ?? new Map<number, Uint8Array>();
    slices.set(slice, bits);
    marked.set(partition, slices);
    const count = rowsIn(bits).length;
    counts.set(partition, (counts.get(partition) ?? 0) + count);
    total += count;
  }
  return {
    total,
    count: (partition) => counts.get(partition) ?? 0,
    rowsOf(partition, slice) {
      const bits = marked.get(partition)?.get(slice);
      return bits === undefined ? null : rowsIn(bits);
    },
  };
}

function rowsIn(bits: Uint8Array): Int32Array {
  const rows: number[] = [];
  for (let byte = 0; byte < bits.length; byte++) {
    for (let rest = bits[byte]!; rest !== 0; rest &= rest - 1) {
      rows.push(byte * 8 + 31 - Math.clz32(rest & -rest));
    }
  }
  return Int32Array.from(rows);
}
