import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { onStorage } from './storage-error.js';

/** Content of a finished file. */
interface StagedContent {
  readonly bytes: number;
  readonly sha256: string;
}

/** A new file that is written sequentially and then published by a rename, or discarded. */
export interface StagedFile {
  readonly path: string;
  /** Number of bytes written so far. */
  readonly bytes: number;
  /** Appends `bytes`; one call at a time. The buffer may be reused once the promise settles. */
  write(bytes: Uint8Array): Promise<void>;
  /** Syncs the file's bytes to the disk and closes it. */
  finish(): Promise<StagedContent>;
  /** Closes and removes the file in any state; never throws. */
  discard(): Promise<void>;
}

/**
 * Creates the file at `path` with the permissions of the user's umask; its folder must exist. Throws as
 * described at `storageError`, including for an existing file or link, because a staged file belongs to its
 * process alone.
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
        // A write may accept fewer bytes than given, for instance on a nearly full disk.
        for (let offset = 0; offset < piece.byteLength; ) {
          offset += (await file.write(piece, offset, piece.byteLength - offset, null)).bytesWritten;
        }
      });
      hash.update(piece);
      bytes += piece.byteLength;
    },
    async finish() {
      await onStorage('output', path, async () => {
        // An empty file is complete once its folder is synced.
        if (bytes > 0) await file.sync();
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
