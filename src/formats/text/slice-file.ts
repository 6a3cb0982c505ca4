import { type FileHandle, open } from 'node:fs/promises';
import { TransientError } from '../../errors.js';

/** A file that is read in slices; opened with the first of them. */
interface SliceFile {
  /** Fills `memory` with the bytes from `start` on; throws `TransientError` if the file is shorter. */
  fill(memory: Uint8Array, start: number): Promise<void>;
  close(): Promise<void>;
}

export function sliceFile(path: string): SliceFile {
  let file: FileHandle | null = null;
  return {
    async fill(memory, start) {
      file ??= await open(path, 'r');
      for (let at = 0; at < memory.length; ) {
        const { bytesRead } = await file.read(memory, at, memory.length - at, start + at);
        if (bytesRead === 0) throw shrunk(path, start + at);
        at += bytesRead;
      }
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
