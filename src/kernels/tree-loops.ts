import { readFileSync } from 'node:fs';
import { compiledModule, instanceOf } from './web-assembly.js';

/** The compiled loops over trees, see `assembly/trees/`: addresses are of their own memory. */
export interface TreeLoops {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readColumn(
    values: number,
    rows: number,
    stride: number,
    isDouble: boolean,
    near: number,
    out: number,
  ): void;
  rankColumn(
    values: number,
    rows: number,
    table: number,
    size: number,
    isStrict: boolean,
    isZeroMissing: boolean,
    fill: number,
    wholes: number,
    least: number,
    most: number,
    out: number,
    isWide: boolean,
  ): void;
  setColumn(
    values: number,
    rows: number,
    table: number,
    categories: number,
    low: number,
    out: number,
    isWide: boolean,
  ): void;
  equalColumn(
    values: number,
    rows: number,
    table: number,
    size: number,
    isCut: boolean,
    isMissingLeft: boolean,
    out: number,
    isWide: boolean,
  ): void;
  invertColumn(ranks: number, rows: number, out: number): void;
  columnRanges(ranks: number, rows: number, columns: number, columnBytes: number, out: number): void;
  orderRows(
    order: number,
    count: number,
    first: number,
    second: number,
    segment: number,
    scratch: number,
  ): void;
  pickRows(
    ranks: number,
    columns: number,
    columnBytes: number,
    order: number,
    rows: number,
    out: number,
    outBytes: number,
  ): void;
  unsortSums(sums: number, order: number, rows: number, width: number, out: number): void;
  scoreQuick64: ScoreQuick;
  scoreQuick32: ScoreQuick;
  scoreWalk64: ScoreWalk;
  scoreWalk32: ScoreWalk;
  writeNodes(frame: number, count: number, leafCount: number, from: number): void;
  cutTree(frame: number, root: number, parts: number): number;
  writeGroups(frame: number, parts: number, end: number): number;
  dropTables(frame: number, count: number): void;
  runReasons(frame: number, first: number, last: number, rows: number): number;
  writeByteRanks(frame: number, ranks: number, rows: number, count: number, out: number): void;
  findRows(memo: number, ranks: number, stride: number, rows: number, count: number): number;
  learnRows(
    memo: number,
    first: number,
    end: number,
    sums: number,
    contributions: number,
    stride: number,
  ): void;
  recallRows(memo: number, rows: number, sums: number, contributions: number): void;
}

type ScoreQuick = (
  heads: number,
  program: number,
  trees: number,
  ranges: number,
  leafWidth: number,
  ranks: number,
  rows: number,
  scratch: number,
  sums: number,
  groupBytes: number,
) => void;

type ScoreWalk = (
  heads: number,
  trees: number,
  nodes: number,
  leaves: number,
  leafWidth: number,
  ranks: number,
  rows: number,
  shift: number,
  scratch: number,
  sums: number,
  groupBytes: number,
  isLeast: boolean,
) => void;

/** Bytes that `scoreQuick64` and `scoreQuick32` need. */
export function quickScratchBytes(leafWidth: number): number {
  return 64 * 8 * leafWidth;
}

/** Bytes that `orderRows` needs beside the order. */
export function sortScratchBytes(rows: number): number {
  return 256 * 4 + 2 * rows;
}

/** The first address that a caller may use; those from 4096 on are of `assembly/trees/quick.ts`. */
const firstAddress = 12_288;

/** Bytes of memory that the loops can have. */
const mostMemory = 2 ** 30;

/** Opens the loops with a memory of their own; null if the engine or the machine cannot run them. */
export function openTreeLoops(): TreeLoops | null {
  try {
    compiled ??= compiledModule(readFileSync(new URL('./trees.wasm', import.meta.url)));
    return instanceOf(compiled) as TreeLoops;
  } catch {
    return null;
  }
}

let compiled: object | null = null;

/** Makes the memory of the loops `bytes` large; returns false if it cannot be. */
export function hasRoom({ memory }: TreeLoops, bytes: number): boolean {
  if (bytes > mostMemory) return false;
  const missing = bytes - memory.buffer.byteLength;
  try {
    if (missing > 0) memory.grow(Math.ceil(missing / 2 ** 16));
    return true;
  } catch {
    return false;
  }
}

/** Hands out addresses one after the other, each at a multiple of 16. */
export class Addresses {
  #next = firstAddress;

  take(bytes: number): number {
    const at = this.#next;
    this.#next = (at + bytes + 15) & ~15;
    return at;
  }

  /** Bytes from 0 to the last address given. */
  get used(): number {
    return this.#next;
  }
}
