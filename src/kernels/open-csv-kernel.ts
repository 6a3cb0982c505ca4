import type { CsvKernel } from './csv-kernel.js';
import { kernelOver } from './kernel-over.js';
import { plainLoops } from './plain/loops.js';
import { simdLoops } from './simd-loops.js';

/** Opens a kernel with its own memory: SIMD where the compiled module is there and the machine can run it, else the plain twin; `kind` tells. */
export async function openCsvKernel(): Promise<CsvKernel> {
  const loops = await simdLoops();
  return kernelOver(loops ?? plainLoops(), loops === null ? 'plain' : 'simd');
}

/** The plain twin, whatever the machine can do: what tests hold the SIMD kernel against. */
export function openPlainKernel(): CsvKernel {
  return kernelOver(plainLoops(), 'plain');
}
