import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { onStorage } from './storage-error.js';

/** Returns the SHA-256 of a file in hex: one pass, a few hundred kilobytes. Throws like `storageError`. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await onStorage('input', path, async () => {
    for await (const piece of createReadStream(path, { highWaterMark: 256 << 10 }))
      hash.update(piece as Buffer);
  });
  return hash.digest('hex');
}
