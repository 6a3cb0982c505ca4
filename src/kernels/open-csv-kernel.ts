import type { CsvKernel } from './csv-kernel.js';
import { kernelOver } from './kernel-over.js';
import { plainLoops } from './plain/loops.js';
import { simdLoops } from './simd-loops.js';

/**
 * Opens a kernel with its own memory: SIMD if compiled and supported, else the plain twin; `kind` says which.
 */
export async function openCsvKernel(): Promise<CsvKernel> {
  const loops = await simdLoops();
  return kernelOver(loops ?? plainLoops(), loops === null ? 'plain' : 'simd');
}

/** Opens the plain twin on any machine: the reference for tests of the SIMD kernel. */
export function openPlainKernel(): CsvKernel {
  return kernelOver(plainLoops(), 'plain');
}
