import { readFileSync } from 'node:fs';
import type { CountLoops } from './count-loops.js';
import { plainCountLoops } from './plain/count-loops.js';
import { compiledModule, instanceOf } from './web-assembly.js';

/**
 * Opens the counting loops with their own memory: SIMD if compiled and supported, else the plain twin.
 * Compiles once, in under a millisecond.
 */
export function openCountLoops(): CountLoops {
  try {
    compiled ??= compiledModule(readFileSync(new URL('./counts.wasm', import.meta.url)));
    const { memory, ...loops } = instanceOf(compiled) as Omit<CountLoops, 'kind' | 'buffer'> & {
      memory: { readonly buffer: ArrayBuffer };
    };
    return { ...loops, kind: 'simd', buffer: memory.buffer };
  } catch {
    return plainCountLoops();
  }
}

let compiled: object | null = null;
