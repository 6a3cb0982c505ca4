import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSlice } from '../../chunk/slice.js';
import { TransientError } from '../../errors.js';
import type { CsvKernel } from '../../kernels/csv-kernel.js';

/** Loads slices of one file into a kernel's memory, one at a time. */
export interface SliceLoader {
  /** Returns the kernel's memory from the first byte of the slice on. Throws `TransientError` if the file has become shorter. */
  load(slice: ByteSlice): Promise<Buffer>;
  close(): Promise<void>;
}

/** Returns the loader of the file at `path`, which it opens with the first slice that does not bring its bytes. */
export function sliceLoader(path: string, kernel: CsvKernel): SliceLoader {
  let file: FileHandle | null = null;
  return {
    async load({ start, end, bytes }) {
      const length = bytes?.length ?? end - start;
      const view = kernel.input(length);
      const memory = Buffer.from(view.buffer, view.byteOffset, view.length);
      if (bytes !== null) {
        memory.set(bytes);
        return memory;
      }
      file ??= await open(path, 'r');
      for (let at = 0; at < length; ) {
        const { bytesRead } = await file.read(memory, at, length - at, start + at);
        if (bytesRead === 0) throw shrunk(path, start + at);
        at += bytesRead;
      }
      return memory;
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
