import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { isS3 } from './s3/object-name.js';
import { readRange } from './s3/objects.js';
import { onStorage } from './storage-error.js';

/** Files up to this size are hashed completely. */
const wholeBytes = 1024 * 1024;
const edgeBytes = 64 * 1024;
const blockBytes = 4096;
const blocks = 64;

/**
 * Identifies a file by its content: the SHA-256 of its size and of all its bytes up to 1 MiB, of larger files
 * of the first and last 64 KiB and of 64 blocks of 4 KiB evenly spread between them. Two files of at most 1
 * MiB with equal fingerprints are equal; of larger files the compared parts are equal. Reads at most 1 MiB,
 * nothing if `content` is all of it, of an object in S3 by at most 66 requests side by side.
 */
export async function fingerprint(
  path: string,
  bytes: number,
  etag = '',
  content?: Uint8Array,
): Promise<string> {
  const hash = createHash('sha256').update(`${bytes}\n`);
  if (content?.length === bytes && bytes <= wholeBytes) return hash.update(content).digest('hex');
  if (isS3(path)) {
    const read = pieces(bytes).map(({ start, length }) => readRange({ path, etag }, start, start + length));
    for (const piece of await Promise.all(read)) hash.update(piece);
    return hash.digest('hex');
  }
  await onStorage('input', path, async () => {
    const file = await open(path, 'r');
    try {
      for (const { start, length } of pieces(bytes)) {
        const buffer = Buffer.allocUnsafe(length);
        const { bytesRead } = await file.read(buffer, 0, length, start);
        hash.update(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  });
  return hash.digest('hex');
}

function pieces(bytes: number): { readonly start: number; readonly length: number }[] {
  if (bytes <= wholeBytes) return [{ start: 0, length: bytes }];
  const step = Math.floor((bytes - 2 * edgeBytes - blockBytes) / (blocks - 1));
  const between = Array.from({ length: blocks }, (_, i) => ({
    start: edgeBytes + i * step,
    length: blockBytes,
  }));
  return [{ start: 0, length: edgeBytes }, ...between, { start: bytes - edgeBytes, length: edgeBytes }];
}
