import { readFileSync } from 'node:fs';
import { compiledModule, instanceOf } from './web-assembly.js';

/** The compiled loops over Parquet pages, see `assembly/pages/`: addresses are of their own memory. */
export interface PageLoops {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /** Uncompresses `[at, end)` to `target`; returns 0 if that is not a block of exactly `size` bytes. */
  uncompressSnappy(at: number, end: number, target: number, size: number): number;
  /**
   * Writes the values of codes `[before, last)`, of one word or two, to `target`; without `words` (0) the
   * codes themselves. Returns 0 if the bytes `[at, end)` end early, or for a code that is not below `entries`.
   */
  lookUp(
    at: number,
    end: number,
    before: number,
    last: number,
    words: number,
    entries: number,
    isWide: boolean,
    target: number,
  ): number;
  /**
   * Packs `count` 64-bit numbers, which it overwrites, as DELTA_BINARY_PACKED to `target`; returns the end. Writes
   * at most `packedBytes`.
   */
  packDeltas(values: number, count: number, target: number): number;
  /**
   * Writes the numbers `[before, last)` of those packed as DELTA_BINARY_PACKED in `[at, end)` to `target`, of 64 or
   * of 32 bits. Returns 0 if there are fewer, for bytes that end early, or for sizes that the encoding does not have.
   */
  unpackDeltas(
    at: number,
    end: number,
    before: number,
    last: number,
    isWide: boolean,
    target: number,
  ): number;
  /** Writes the values `[before, last)` of `count` of `width` bytes in BYTE_STREAM_SPLIT at `at` to `target`. */
  joinStreams(at: number, count: number, before: number, last: number, width: number, target: number): void;
  /** Writes the least and the greatest of `count` 64-bit numbers to `target`. */
  writeSpan(values: number, count: number, target: number): void;
  /**
   * Writes the texts of the present rows (`bits` 0: all) as PLAIN values to `target`; returns the end. Row i is at
   * `texts` plus `[offsets[i], offsets[i + 1])`.
   */
  layTexts(offsets: number, rows: number, texts: number, bits: number, target: number): number;
  /**
   * Lays `count` PLAIN values of `[at, end)`, after the first `before`, one after another to `target`, and writes where
   * each ends, counted from there, to `ends`: these may begin where the values do. Returns 0 if the values end early.
   */
  gatherTexts(at: number, end: number, before: number, count: number, ends: number, target: number): number;
  /** Returns the present row of the least or the greatest of such texts, byte by byte; -1 if none is present. */
  boundOf(offsets: number, rows: number, texts: number, bits: number, isGreatest: boolean): number;
  /**
   * Renumbers the codes of `rows` rows (-1: missing) by the ones that occur, in order of first use: writes the index
   * of each that is present to `indices`, and to `used` how many different ones there are, then the code of each.
   * Clears `indexOf`, a word for each of `entries` codes. Returns how many are present.
   */
  indexCodes(
    codes: number,
    rows: number,
    entries: number,
    indexOf: number,
    used: number,
    indices: number,
  ): number;
  /**
   * Encodes `count` numbers of 32 bits, from 0 to 2^24 - 1, as runs and packed bits to `target`; returns the end.
   * Writes at most `runBytes`.
   */
  packRuns(values: number, count: number, bitWidth: number, target: number): number;
  /**
   * Copies `count` texts by their codes one after another to `target`; text i becomes `[to[i], to[i + 1])` there.
   */
  pickTexts(codes: number, count: number, offsets: number, texts: number, to: number, target: number): void;
  /**
   * Compresses `[at, end)` to `target` with a table of `snappyTableBytes`; returns the end. Writes at most 32
   * bytes, and 7 for every 6 that it reads.
   */
  compressSnappy(at: number, end: number, table: number, target: number): number;
}

/** Bytes of the table that `compressSnappy` needs. */
export const snappyTableBytes = 32 * 1024;

/** Bytes of `count` packed numbers, at most: the last 32 are filled up with 0. */
export function packedBytes(count: number): number {
  return 10 * count + 320;
}

/** Bytes of `count` numbers as runs and packed bits, at most. */
export function runBytes(count: number, bitWidth: number): number {
  return ((count + 7) >> 3) * (bitWidth + 6) + 16;
}

/** The first address that a caller may use. */
export const firstPageAddress = 1024;

/** Bytes after what the loops read and write that they may touch as well. */
export const pageSlack = 16;

/** Opens the loops with a memory of their own. Throws if the engine cannot run them. */
export function openPageLoops(): PageLoops {
  compiled ??= compiledModule(readFileSync(new URL('./pages.wasm', import.meta.url)));
  return instanceOf(compiled) as PageLoops;
}

/**
 * Returns this thread's loops for writing pages, with room for parts of these sizes, and their addresses. They are
 * valid until the next call.
 */
export function writeLoops<Part extends string>(
  sizes: Readonly<Record<Part, number>>,
): { readonly loops: PageLoops; readonly memory: Uint8Array; readonly at: Readonly<Record<Part, number>> } {
  writing ??= openPageLoops();
  const at = {} as Record<Part, number>;
  let end = firstPageAddress;
  for (const part in sizes) {
    at[part] = end;
    end = 16 * Math.ceil((end + sizes[part] + pageSlack) / 16);
  }
  const missing = end - writing.memory.buffer.byteLength;
  if (missing > 0) writing.memory.grow(Math.ceil(missing / 2 ** 16));
  return { loops: writing, memory: new Uint8Array(writing.memory.buffer), at };
}

/** Writes words to an address of such a memory. */
export function putWords(memory: Uint8Array, at: number, words: Int32Array): void {
  memory.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), at);
}

let writing: PageLoops | null = null;

let compiled: object | null = null;
