import { setFlagsFromString } from 'node:v8';

/**
 * Keeps this process's young generation at its initial size, where V8 would let it grow to three times 16
 * MiB: chunks are typed arrays, which are stored elsewhere, and other objects are short-lived. Measured: 26
 * MB less in the main process, 8 MB in each worker; clean rows take the same time, dirty ones up to 2.5 %
 * more.
 */
export function keepYoungSpace(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
