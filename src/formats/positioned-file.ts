import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { HeldBytes } from '../chunk/slice.js';
import { InvalidError, TransientError, TruncatedError } from '../errors.js';
import { openFetched } from './fetched-file.js';
import type { PositionedFile } from './file-access.js';
import { readFailure } from './read-failure.js';
import { isRemote, remoteFile } from './remote-file.js';

export type { PositionedFile } from './file-access.js';

/**
 * Opens a file for random access. `InvalidError` if it is a folder or may not be read; `TransientError` if it
 * is gone, if the disk fails, and if its size is not `expectedSize` (null: any), so it has changed since it
 * was opened first. For a remote file, the bytes in `known` are in memory from the start.
 */
export function openPositioned(
  path: string,
  expectedSize: number | null = null,
  known: readonly HeldBytes[] = [],
): PositionedFile {
  if (isRemote(path)) return openFetched(path, expectedSize ?? remoteFile(path)!.size, known);
  const fd = orFail(path, () => openSync(path, 'r'));
  const stat = orFail(path, () => fstatSync(fd));
  if (!stat.isFile()) {
    closeSync(fd);
    throw new InvalidError('input-unreadable', `${path} is not a regular file`, { file: path });
  }
  if (expectedSize !== null && stat.size !== expectedSize) {
    closeSync(fd);
    throw new TransientError(
      'input-changed',
      `${path} changed while it was read, from ${expectedSize} to ${stat.size} bytes`,
      {
        file: path,
        hint: 'run again once the file is complete',
      },
    );
  }
  const file: PositionedFile = {
    path,
    size: stat.size,
    fetched: null,
    read(start, end) {
      const bytes = new Uint8Array(end - start);
      file.readInto(bytes, 0, start, end);
      return bytes;
    },
    readInto(target, at, start, end) {
      for (let from = start; from < end; ) {
        const count = orFail(path, () => readSync(fd, target, at + from - start, end - from, from));
        if (count === 0) throw cutOff(path, `bytes ${start} to ${end} are needed, but it ends at ${from}`);
        from += count;
      }
    },
    close: () => closeSync(fd),
  };
  return file;
}

/** Hint for a truncated file. */
export const cutOffHint = 'wait for its transfer or copy the file again, then run again';

/** Returns the error for a truncated file; `found` is the evidence. */
export function cutOff(path: string, found: string): TruncatedError {
  return new TruncatedError(
    'truncated-input',
    `${path} is cut off: ${found}; its transfer may be incomplete`,
    {
      file: path,
      hint: cutOffHint,
    },
  );
}

/** Returns the error for a file without a single byte. */
export function emptyFile(path: string): InvalidError {
  return new InvalidError('input-empty', `${path} is empty: it has 0 bytes, not even a header`, {
    file: path,
    hint: 'write it again, or remove it from the input',
  });
}

function orFail<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw readFailure(path, cause);
  }
}
