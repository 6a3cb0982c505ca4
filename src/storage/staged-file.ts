import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { onStorage } from './storage-error.js';

/** What a finished file holds. */
export interface StagedContent {
  readonly bytes: number;
  readonly sha256: string;
}

/** A new file that is written from its beginning to its end and published by a rename, or thrown away. */
export interface StagedFile {
  readonly path: string;
  /** How many bytes were written so far. */
  readonly bytes: number;
  /** Adds `bytes` at the end; one call at a time. The buffer may be reused once it has settled. */
  write(bytes: Uint8Array): Promise<void>;
  /** Syncs the file to the disk and closes it. */
  finish(): Promise<StagedContent>;
  /** Closes and removes the file, whatever its state; never throws. */
  discard(): Promise<void>;
}

/**
 * Creates the file at `path`, with the rights that the user's umask leaves; its folder must exist. Throws as `storageError` says, also when
 * something stands there already (a link too), since what is staged is nobody else's.
 */
export async function createStagedFile(path: string): Promise<StagedFile> {
  const file = await onStorage('output', path, () => open(path, 'wx'));
  const hash = createHash('sha256');
  let bytes = 0;
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  };
  return {
    path,
    get bytes() {
      return bytes;
    },
    async write(piece) {
      await onStorage('output', path, async () => {
        // A write may take less than it was given, as near the end of a disk.
        for (let offset = 0; offset < piece.byteLength; ) {
          offset += (await file.write(piece, offset, piece.byteLength - offset, null)).bytesWritten;
        }
      });
      hash.update(piece);
      bytes += piece.byteLength;
    },
    async finish() {
      await onStorage('output', path, async () => {
        await file.sync();
        await close();
      });
      return { bytes, sha256: hash.digest('hex') };
    },
    async discard() {
      await close().catch(() => {});
      await rm(path, { force: true }).catch(() => {});
    },
  };
}
