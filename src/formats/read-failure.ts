import { lstatSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fileLimitError, grantReadHint, InvalidError, TransientError } from '../errors.js';
import { isRegularFile } from '../process/regular-file.js';
import type { ReasonOf } from '../reasons.js';
import { remoteFile } from './remote-file.js';

/**
 * Returns the error for an input that the system does not let us read: `InvalidError` if a person must act
 * (permissions, names, folders), `TransientError` if waiting may help (the file is gone, its disk fails).
 * Returns our own errors, and those that are not system errors, unchanged.
 */
export function readFailure(path: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  const isOurs = cause instanceof Error && 'exitCode' in cause;
  if (isOurs || typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return cause;
  const forPerson = refusals[code];
  if (forPerson !== undefined) {
    const { reason, says, hint } = forPerson;
    return new InvalidError(reason, `${path} cannot be read: ${says}`, { file: path, hint, cause });
  }
  const limit = fileLimitError('input', path, cause);
  if (limit !== null) return limit;
  const gone = code === 'ENOENT';
  if (gone && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    return new InvalidError('input-unreadable', `${path} is a dangling link`, {
      ...{ file: path, hint: 'remove the link, or restore what it points to', cause },
    });
  return new TransientError(
    gone ? 'input-missing' : 'storage-failed',
    `${path} could not be read, ${gone ? 'there is no such file' : `its disk or network failed (${code})`}`,
    {
      file: path,
      hint: gone ? 'check the path, or run again when it exists' : 'run again when the storage is back',
      cause,
    },
  );
}

interface Refusal {
  readonly reason: ReasonOf<2>;
  readonly says: string;
  readonly hint: string;
}

const denied: Refusal = {
  reason: 'no-permission',
  says: 'permission denied',
  hint: grantReadHint,
};
const refusals: Readonly<Record<string, Refusal>> = {
  EACCES: denied,
  EPERM: denied,
  EISDIR: { reason: 'is-a-folder', says: 'it is a folder, not a file', hint: 'give the path of a file' },
  ENOTDIR: {
    reason: 'input-unreadable',
    says: 'a part of its path is a file',
    hint: 'check the path',
  },
  ELOOP: { reason: 'input-unreadable', says: 'it is a link to itself', hint: 'remove the link' },
  ENAMETOOLONG: { reason: 'input-unreadable', says: 'its name is too long', hint: 'use a shorter name' },
};

/**
 * Returns the size and kind of an input. Throws `InvalidError` for anything but a regular file: a folder, a
 * pipe, which would wait for its writer, a device, which has no end; otherwise like `readFailure`.
 */
export async function inputStats(path: string): Promise<{ readonly size: number }> {
  const remote = remoteFile(path);
  if (remote !== null) return remote;
  const stats = await stat(path).catch((cause: unknown) => {
    throw readFailure(path, cause);
  });
  if (isRegularFile(path, stats)) return stats;
  if (stats.isDirectory())
    throw new InvalidError('is-a-folder', `${path} is a folder, not a file`, {
      file: path,
      hint: 'give the path of one of its files',
    });
  throw new InvalidError(
    'not-a-file',
    `${path} is a pipe, a socket or a device, or a file of the kernel, not a file on a disk`,
    {
      file: path,
      hint: 'write its content to a file first',
    },
  );
}
