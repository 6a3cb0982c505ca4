import { stat } from 'node:fs/promises';
import { TransientError } from '../../errors.js';
import { inputStats } from '../read-failure.js';
import { isRemote } from '../remote-file.js';
import { type ByteStream, type Compression, openBytes } from '../text/byte-stream.js';

/** The text of a source of JSON Lines: a file, or bytes in memory. */
export interface LineText {
  /** The file's path; for rows in memory, their name in messages. */
  readonly path: string;
  readonly bytes: number;
  /** True if a worker can read slices of it by itself. */
  readonly isFile: boolean;
  /** Bytes to read at once. */
  readonly pieceBytes: number;
  /** Opens the text at an offset of its decompressed bytes. */
  open(compression: Compression, start: number, signal?: AbortSignal): Promise<ByteStream>;
  /** Throws `TransientError` if its size has changed since it was opened; remote inputs never change. */
  checkSize(): Promise<void>;
}

const mostPieceBytes = 256 * 1024;

/** Returns the text of a file. Throws the errors of `inputStats`. */
export async function fileText(path: string): Promise<LineText> {
  const { size: bytes } = await inputStats(path);
  const isFile = !isRemote(path);
  return {
    path,
    bytes,
    isFile,
    pieceBytes: mostPieceBytes,
    open: (compression, start, signal) => openBytes(path, compression, 'utf-8', start, signal),
    async checkSize() {
      if (!isFile) return;
      const { size } = await stat(path);
      if (size === bytes) return;
      const message = `${path} changed while it was read, from ${bytes} to ${size} bytes`;
      throw new TransientError('input-changed', message, {
        file: path,
        hint: 'run again when it is complete',
      });
    },
  };
}

/** Returns bytes in memory as a text, which is not compressed. */
export function memoryText(name: string, text: Buffer): LineText {
  return {
    path: name,
    bytes: text.length,
    isFile: false,
    // One byte more shows the end.
    pieceBytes: Math.min(mostPieceBytes, text.length + 1),
    async open(_compression, start) {
      let at = start;
      return {
        async read(target, offset) {
          const count = text.copy(target, offset, at);
          at += count;
          return count;
        },
        async close() {},
      };
    },
    async checkSize() {},
  };
}
