import { randomUUID } from 'node:crypto';
import { constants, type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** O_TMPFILE of Linux (open(2)), which Node does not name: `folder` is the path that is opened. */
const temporaryFile = 0o20000000 | constants.O_DIRECTORY;
/** Error codes of open(2) if the kernel (EISDIR, ENOENT) or the file system does not support O_TMPFILE. */
const unsupported = new Set(['ENOTSUP', 'EISDIR', 'EINVAL', 'ENOENT']);

/**
 * Opens a new empty file for reading and writing in `folder`. The file never has a name, so a process that is
 * killed at any instant leaves nothing behind. Where the file system lacks such files (NFS, for example) it has
 * one until it is unlinked, at once. Throws the system's errors.
 */
export async function openNameless(folder: string): Promise<FileHandle> {
  if (process.platform === 'linux') {
    try {
      return await open(folder, temporaryFile | constants.O_RDWR, 0o600);
    } catch (error) {
      if (!unsupported.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  const name = join(folder, `nightshift-${randomUUID()}`);
  const file = await open(name, 'wx+', 0o600);
  await unlink(name).catch(async (error: unknown) => {
    await file.close();
    throw error;
  });
  return file;
}
