import { readFile } from 'node:fs/promises';
import { BudgetError } from '../errors.js';
import { POWERS } from './layout.js';
import type { KernelLoops } from './loops.js';
import { powersOfFive } from './powers.js';
import { compiledModule, instanceOf } from './web-assembly.js';

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const pageBytes = 65_536;

/** Opens the compiled loops with their own memory; null if `csv.wasm` or WebAssembly SIMD is missing. */
export async function simdLoops(): Promise<KernelLoops | null> {
  const exports = await instantiate();
  if (exports === null) return null;
  const { memory, ...loops } = exports as Omit<KernelLoops, 'buffer' | 'ensure'> & { memory: Memory };
  // Reading a memory's buffer costs as much as a call into it, and only growth replaces it.
  let buffer = memory.buffer;
  new BigUint64Array(buffer).set(powersOfFive(), POWERS / 8);
  return {
    ...loops,
    buffer: () => buffer,
    ensure(bytes) {
      const pages = Math.ceil((bytes - buffer.byteLength) / pageBytes);
      if (pages <= 0) return;
      try {
        memory.grow(pages);
        buffer = memory.buffer;
      } catch (cause) {
        throw new BudgetError(
          'kernel-memory',
          `a block needs more than 1GiB of kernel memory, found ${bytes}`,
          {
            hint: 'make "chunk_bytes" smaller',
            cause,
          },
        );
      }
    },
  };
}

/** Returns the exports of a new instance of the module, compiled once in 2 ms, which fails without SIMD. */
async function instantiate(): Promise<object | null> {
  try {
    compiled ??= compiledModule(await readFile(new URL('./csv.wasm', import.meta.url)));
    return instanceOf(compiled);
  } catch {
    return null;
  }
}

let compiled: object | null = null;
