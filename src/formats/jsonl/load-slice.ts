import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSlice } from '../../chunk/slice.js';
import { TransientError } from '../../errors.js';

/** Loads slices of one file, one at a time. */
export interface SliceLoader {
  /** Returns the first `most` bytes of a slice, valid until the next call. Throws `TransientError` if the file has become shorter. */
  load(slice: ByteSlice, most: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Returns the loader of the file at `path`, which it opens with the first slice that does not bring its bytes. */
export function sliceLoader(path: string): SliceLoader {
  let file: FileHandle | null = null;
  let memory = Buffer.alloc(0);
  return {
    async load({ start, end, bytes }, most) {
      if (bytes !== null)
        return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(most, bytes.byteLength));
      const length = Math.min(most, end - start);
      if (memory.length < length) memory = Buffer.allocUnsafe(length);
      file ??= await open(path, 'r');
      for (let at = 0; at < length; ) {
        const { bytesRead } = await file.read(memory, at, length - at, start + at);
        if (bytesRead === 0) throw shrunk(path, start + at);
        at += bytesRead;
      }
      return memory.subarray(0, length);
    },
    async close() {
      await file?.close();
      file = null;
    },
  };
}

function shrunk(path: string, at: number): TransientError {
  const message = `${path} became shorter while it was being read: it ends at byte ${at}`;
  return new TransientError('input-changed', message, { file: path, hint: 'run again when it is complete' });
}
