import type { KeyDigest } from './key-digest.js';
import { type Cursor, memoryCursor, mergeRuns, spillCursor, type Visit } from './merge-runs.js';
import { type RepeatedKeys, repeatMarks } from './repeated-keys.js';
import { compareKeys } from './sort-keys.js';
import { openSpillFile, type SpillFile } from './spill-file.js';

/**
 * Finds keys that occur more than once in a run, exactly and in bounded memory: slices deliver sorted keys,
 * and overlapping ones are merged, on disk if memory is full. Slices with consecutive key ranges, such as
 * ids, are never examined. Used in the keys pass, before anything is scored; the result does not depend on
 * the order in which digests arrive.
 */
export interface KeyLedger {
  /** Takes the digest of one slice; waits for the disk if memory is full, so await it before reading more. */
  add(partition: number, slice: number, digest: KeyDigest): Promise<void>;
  /** Ends the pass: keeps each key's first or last row by partition, slice and row; others are repeated. */
  finish(keep: 'first' | 'last'): Promise<RepeatedKeys>;
  /** Ends the pass: finds the rows whose key a partition `published` has, which was added before all others. */
  finishPublished(): Promise<RepeatedKeys>;
  /** Releases memory and disk; call it also after a failure. */
  close(): Promise<void>;
}

interface KeyLedgerOptions {
  /**
   * Memory of the ledger (8 to 20 bytes a row) without marks (one bit per row of slices with repeats); the
   * excess goes to disk, 16 to 24 bytes a row.
   */
  readonly memoryBytes: number;
  /** Folder of the spill file. */
  readonly folder: string;
}

/** Sorted keys, in memory or on disk, and what is known about them. */
interface Run {
  readonly least: Uint32Array;
  readonly greatest: Uint32Array;
  /** True if no key occurs twice in it. */
  readonly isStrict: boolean;
  open(entries: number): Cursor;
}

/** Opens an empty ledger; touches the disk only if memory is full. */
export function openKeyLedger({ memoryBytes, folder }: KeyLedgerOptions): KeyLedger {
  const marks = repeatMarks();
  const spilled: Run[] = [];
  let held: Run[] = [];
  let heldBytes = 0;
  let keyWords = 2;
  let spill: SpillFile | null = null;
  let turn: Promise<void> = Promise.resolve();

  const take = async (partition: number, slice: number, digest: KeyDigest): Promise<void> => {
    const { keys, rows } = digest;
    if (keys.length === 0) return;
    keyWords = digest.words;
    const chunk = marks.addChunk(partition, slice, digest.chunkRows);
    const { isStrict } = digest;
    held.push({
      least: keys.subarray(0, keyWords),
      greatest: keys.subarray(-keyWords),
      isStrict,
      open: () => memoryCursor(keys, keyWords, chunk, rows),
    });
    heldBytes += keys.byteLength + (rows?.byteLength ?? 0);
    if (heldBytes <= memoryBytes / 2) return;
    spill ??= await openSpillFile(folder);
    spilled.push(await writeRun(spill, held, keyWords));
    held = [];
    heldBytes = 0;
  };

  return {
    add(partition, slice, digest) {
      turn = turn.then(() => take(partition, slice, digest));
      return turn;
    },
    finish: (keep) => markAll(() => marks.marker(keep, keyWords)),
    finishPublished: () => markAll(() => marks.publishedMarker(keyWords)),
    async close() {
      await turn.catch(() => {});
      held = [];
      await spill?.close();
      spill = null;
    },
  };

  async function markAll(marker: () => Visit): Promise<RepeatedKeys> {
    await turn;
    const mark = marker();
    const entries = Math.max(256, Math.floor(memoryBytes / 2 / (spilled.length * (keyWords + 2) * 4)));
    for (const group of overlapping([...held, ...spilled], keyWords)) {
      const cursors = group.map((run) => run.open(entries));
      await mergeRuns(cursors, keyWords, mark);
    }
    held = [];
    return marks.result();
  }
}

/** Groups runs whose keys overlap; a run without repeats that overlaps no other is in no group. */
function overlapping(runs: readonly Run[], keyWords: number): readonly (readonly Run[])[] {
  const compare = (a: Uint32Array, b: Uint32Array): number => compareKeys(a, 0, b, 0, keyWords);
  const ordered = [...runs].sort((a, b) => compare(a.least, b.least));
  const groups: Run[][] = [];
  let greatest: Uint32Array | null = null;
  for (const run of ordered) {
    if (greatest !== null && compare(run.least, greatest) <= 0) groups.at(-1)!.push(run);
    else groups.push([run]);
    if (greatest === null || compare(run.greatest, greatest) > 0) greatest = run.greatest;
  }
  return groups.filter((group) => group.length > 1 || !group[0]!.isStrict);
}

/** Number of words per write. */
const blockWords = 1 << 18;

/** Merges runs into one on disk. */
async function writeRun(file: SpillFile, runs: readonly Run[], keyWords: number): Promise<Run> {
  const stride = keyWords + 2;
  const block = new Uint32Array(blockWords - (blockWords % stride));
  const last = new Uint32Array(keyWords);
  let least: Uint32Array | null = null;
  let isStrict = true;
  let start = -1;
  let filled = 0;
  let length = 0;
  const flush = async (): Promise<void> => {
    const at = await file.append(block.subarray(0, filled));
    if (start < 0) start = at;
    filled = 0;
  };
  await mergeRuns(
    runs.map((run) => run.open(0)),
    keyWords,
    (words, at, chunk, row) => {
      if (least === null) least = words.slice(at, at + keyWords);
      else if (isStrict && compareKeys(last, 0, words, at, keyWords) === 0) isStrict = false;
      for (let word = 0; word < keyWords; word++) block[filled + word] = last[word] = words[at + word]!;
      block[filled + keyWords] = chunk;
      block[filled + keyWords + 1] = row;
      filled += stride;
      length++;
      return filled === block.length ? flush() : undefined;
    },
  );
  await flush();
  return {
    least: least!,
    greatest: last,
    isStrict,
    open: (entries) => spillCursor(file, { at: start, length }, keyWords, entries),
  };
}
