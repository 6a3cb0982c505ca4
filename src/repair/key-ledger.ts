import type { KeyDigest } from './key-digest.js';
import { mergeRuns, type Run } from './merge-runs.js';
import { type RepeatedKeys, repeatMarks } from './repeated-keys.js';
import { sortKeys } from './sort-keys.js';
import { openSpillFile, type SpillFile } from './spill-file.js';

/**
 * Finds keys that come more than once in a run, exactly and in bounded memory: an external merge sort of all keys with where they stand. Used in the
 * keys pass, before anything is scored; the result is the same whatever the order in which digests come.
 */
export interface KeyLedger {
  /** Takes the digest of one slice; waits for the disk where memory is full, so await it before more is read. */
  add(partition: number, slice: number, digest: KeyDigest): Promise<void>;
  /** Ends the pass: of each key one row is kept, the first or the last by partition, slice and row, and all others are repeated. */
  finish(keep: 'first' | 'last'): Promise<RepeatedKeys>;
  /** Gives memory and disk back; to be called also after a failure. */
  close(): Promise<void>;
}

export interface KeyLedgerOptions {
  /** What the ledger may hold, marks aside (one bit per row of slices with repeated keys); beyond it 16 bytes a row go to disk, 24 for text and several columns. */
  readonly memoryBytes: number;
  /** Where they go. */
  readonly folder: string;
}

/** An empty ledger; touches the disk only when memory is full. */
export function openKeyLedger({ memoryBytes, folder }: KeyLedgerOptions): KeyLedger {
  const marks = repeatMarks();
  const runs: Run[] = [];
  let batch: Batch | null = null;
  let spill: SpillFile | null = null;
  let turn: Promise<void> = Promise.resolve();

  const spillBatch = async (full: Batch): Promise<void> => {
    spill ??= await openSpillFile(folder);
    const sorted = sortBatch(full);
    const at = await spill.append(sorted.subarray(0, full.length * full.stride));
    runs.push({ at, length: full.length });
    full.length = 0;
  };
  const take = async (partition: number, slice: number, digest: KeyDigest): Promise<void> => {
    const length = digest.keys.length / digest.words;
    if (length === 0) return;
    batch ??= newBatch(digest.words, memoryBytes);
    const chunk = marks.addChunk(partition, slice, (digest.rows?.[length - 1] ?? length - 1) + 1);
    for (let next = 0; next < length; ) {
      if (batch.length === batch.capacity) await spillBatch(batch);
      next = fillBatch(batch, digest, chunk, next);
    }
  };

  return {
    add(partition, slice, digest) {
      turn = turn.then(() => take(partition, slice, digest));
      return turn;
    },
    async finish(keep) {
      await turn;
      const mark = marks.marker(keep, batch?.keyWords ?? 2);
      if (batch !== null && spill === null) {
        const words = sortBatch(batch);
        for (let at = 0; at < batch.length * batch.stride; at += batch.stride) mark(words, at);
      } else if (batch !== null && spill !== null) {
        if (batch.length > 0) await spillBatch(batch);
        const { stride, keyWords } = batch;
        batch = null;
        await mergeRuns(spill, runs, { stride, keyWords, memoryBytes }, mark);
      }
      batch = null;
      return marks.result();
    },
    async close() {
      await turn.catch(() => {});
      batch = null;
      await spill?.close();
      spill = null;
    },
  };
}

/** Entries of key, chunk and row that wait to be sorted, and as much space to sort them in. */
interface Batch {
  words: Uint32Array;
  space: Uint32Array;
  length: number;
  readonly capacity: number;
  readonly stride: number;
  readonly keyWords: number;
}

function newBatch(keyWords: number, memoryBytes: number): Batch {
  const stride = keyWords + 2;
  const capacity = Math.max(1024, Math.floor(memoryBytes / 2 / (stride * 4)));
  const words = () => new Uint32Array(capacity * stride);
  return { words: words(), space: words(), length: 0, capacity, stride, keyWords };
}

function fillBatch(batch: Batch, { keys, rows }: KeyDigest, chunk: number, from: number): number {
  const { stride, keyWords, words } = batch;
  const length = keys.length / keyWords;
  const end = Math.min(length, from + batch.capacity - batch.length);
  let at = batch.length * stride;
  for (let i = from; i < end; i++) {
    for (let word = 0; word < keyWords; word++) words[at + word] = keys[i * keyWords + word]!;
    words[at + keyWords] = chunk;
    words[at + keyWords + 1] = rows === null ? i : rows[i]!;
    at += stride;
  }
  batch.length += end - from;
  return end;
}

function sortBatch(batch: Batch): Uint32Array {
  const sorted = sortKeys(batch, batch.space);
  if (sorted !== batch.words) [batch.words, batch.space] = [batch.space, batch.words];
  return batch.words;
}
