import { readRange, type S3Object } from './objects.js';

/** An object in S3 as formats read it. */
interface RemoteInput {
  readonly path: string;
  readonly size: number;
  /**
   * Returns the bytes `[start, end)`; throws `TransientError` if the object was replaced or storage fails.
   */
  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}

/** The first bytes of an object: detecting its format and opening it each read a few of them. */
const headBytes = 4096;
const mostHeads = 16;
const heads = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/** Returns an object as an input that is read by ranges; keeps the first 4 KiB of the last few. */
export function remoteInput(object: Omit<S3Object, 'mtimeMs'>): RemoteInput {
  const { path, size, etag } = object;
  const key = `${etag} ${path}`;

  function head(): Promise<Uint8Array<ArrayBuffer>> {
    const kept = heads.get(key);
    if (kept !== undefined) return kept;
    const read = readRange(object, 0, Math.min(size, headBytes));
    heads.set(key, read);
    read.catch(() => heads.delete(key));
    for (const oldest of heads.keys()) {
      if (heads.size <= mostHeads) break;
      heads.delete(oldest);
    }
    return read;
  }

  return {
    path,
    size,
    async read(start, end, signal) {
      if (end > headBytes) return readRange(object, start, end, signal);
      return (await head()).slice(start, end);
    },
  };
}
