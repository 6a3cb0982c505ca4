import { readFile } from 'node:fs/promises';
import { BudgetError } from '../errors.js';
import { POWERS } from './layout.js';
import type { KernelLoops } from './loops.js';
import { powersOfFive } from './powers.js';

/** What is used of the WebAssembly namespace, which tsc knows only beside the DOM. */
interface WebAssemblyNamespace {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: object };
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const pageBytes = 65_536;

/** The compiled loops with a memory of their own; null where `csv.wasm` was not built or the machine has no WebAssembly SIMD. */
export async function simdLoops(): Promise<KernelLoops | null> {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyNamespace };
  if (WebAssembly === undefined) return null;
  const bytes = await compiledBytes();
  if (bytes === null || !WebAssembly.validate(bytes)) return null;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { memory, ...loops } = exports as Omit<KernelLoops, 'buffer' | 'ensure'> & { memory: Memory };
  new BigUint64Array(memory.buffer).set(powersOfFive(), POWERS / 8);
  return {
    ...loops,
    buffer: () => memory.buffer,
    ensure(bytes) {
      const pages = Math.ceil((bytes - memory.buffer.byteLength) / pageBytes);
      if (pages <= 0) return;
      try {
        memory.grow(pages);
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

async function compiledBytes(): Promise<Uint8Array | null> {
  try {
    return await readFile(new URL('./csv.wasm', import.meta.url));
  } catch {
    return null;
  }
}
