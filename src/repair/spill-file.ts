import { type FileHandle, mkdir } from 'node:fs/promises';
import { TransientError } from '../errors.js';
import { openNameless } from '../process/nameless-file.js';

/** Words on disk while the process lives. The file has no name, so nothing is left behind. */
export interface SpillFile {
  /** Appends words and returns the position of the first, in words. */
  append(words: Uint32Array): Promise<number>;
  /** Writes words over those at position `at`. */
  write(words: Uint32Array, at: number): Promise<void>;
  /** Fills `words` from position `at`. */
  read(words: Uint32Array, at: number): Promise<void>;
  close(): Promise<void>;
}

/** Creates the file in a folder, and the folder; throws `TransientError` if that or a write fails. */
export async function openSpillFile(folder: string): Promise<SpillFile> {
  const file = await attempt(folder, async () => {
    await mkdir(folder, { recursive: true });
    return openNameless(folder);
  });
  let end = 0;
  return {
    async append(words) {
      const at = end;
      await attempt(folder, () => writeAll(file, words, at * 4));
      end += words.length;
      return at;
    },
    write: (words, at) => attempt(folder, () => writeAll(file, words, at * 4)),
    read: (words, at) => attempt(folder, () => readAll(file, words, at * 4)),
    close: () => file.close(),
  };
}

async function attempt<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new TransientError('spill-failed', `keys or scores cannot be kept in "${folder}"`, {
      cause,
      hint: 'make room there, or set TMPDIR to a folder that can be written: keys need 16 to 24 bytes a row, and scores to be ranked 8',
    });
  }
}

async function writeAll(file: FileHandle, words: Uint32Array, position: number): Promise<void> {
  for (let done = 0; done < words.byteLength; ) {
    const bytes = new Uint8Array(words.buffer, words.byteOffset + done, words.byteLength - done);
    done += (await file.write(bytes, 0, bytes.length, position + done)).bytesWritten;
  }
}

async function readAll(file: FileHandle, words: Uint32Array, position: number): Promise<void> {
  for (let done = 0; done < words.byteLength; ) {
    const bytes = new Uint8Array(words.buffer, words.byteOffset + done, words.byteLength - done);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, position + done);
    if (bytesRead === 0) throw new Error('the file ends too early');
    done += bytesRead;
  }
}
