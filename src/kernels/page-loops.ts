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

let compiled: object | null = null;
