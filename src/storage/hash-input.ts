import { createHash } from 'node:crypto';
import { hashFile } from './hash-file.js';
import { isS3 } from './s3/object-name.js';
import { readRange } from './s3/objects.js';
import { statInput } from './stat-input.js';

/** How much of an object is read by one request. */
const partBytes = 8 * 1024 * 1024;

/**
 * Returns the SHA-256 of an input's content in hex: one pass over its bytes; of an object in S3 by
 * requests of 8 MiB, two at a time. Throws as described at `storageError` and `s3Error`.
 */
export async function hashInput(input: InputContent): Promise<string> {
  const { path } = input;
  if (!isS3(path)) return hashFile(path);
  const hash = createHash('sha256');
  for await (const piece of objectPieces(input)) hash.update(piece);
  return hash.digest('hex');
}

/** Returns the same for a path or address in its current state. Throws as `statInput` does too. */
export async function hashNow(path: string): Promise<string> {
  if (!isS3(path)) return hashFile(path);
  const { size, etag = '' } = await statInput(path);
  return hashInput({ path, bytes: size, etag });
}

/** An input, or a part of one. */
interface InputContent {
  readonly path: string;
  readonly bytes: number;
  readonly etag?: string;
  readonly part?: { readonly fileBytes: number };
}

async function* objectPieces({ path, bytes, etag = '', part }: InputContent): AsyncGenerator<Uint8Array> {
  const size = part?.fileBytes ?? bytes;
  const read = (start: number) => readRange({ path, etag }, start, Math.min(size, start + partBytes));
  let next = read(0);
  for (let start = 0; start < size; start += partBytes) {
    const piece = next;
    if (start + partBytes < size) {
      next = read(start + partBytes);
      next.catch(() => {});
    }
    yield await piece;
  }
}
