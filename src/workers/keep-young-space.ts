import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the space for new objects of this process as small as it begins, where the engine would let it grow to three times 16 MiB: chunks are typed arrays, which lie elsewhere,
 * and what else is made is soon dropped. Measured: 26 MB less in the main process, 8 in each worker; clean rows take the same time, dirty ones up to a fortieth more.
 */
export function keepYoungSpace(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
