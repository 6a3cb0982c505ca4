import {
  type ErrorDetails,
  failingStorage,
  fileLimitError,
  InvalidError,
  NightshiftError,
  TransientError,
} from '../errors.js';
import type { ReasonOf } from '../reasons.js';

/** The role of a path in messages. */
type Kind = 'input' | 'output' | 'model' | 'baseline' | 'file' | 'temporary folder';

interface Verdict {
  readonly fail: (message: string, details: ErrorDetails) => NightshiftError;
  readonly says: string;
  readonly hint: string;
}

const invalid = (reason: ReasonOf<2>, says: string, hint: string): Verdict => ({
  fail: (message, details) => new InvalidError(reason, message, details),
  says,
  hint,
});
const transient = (reason: ReasonOf<5>, says: string, hint: string): Verdict => ({
  fail: (message, details) => new TransientError(reason, message, details),
  says,
  hint,
});

const full = transient(
  'disk-full',
  'cannot be written: no space left on its disk',
  'free space, then run again',
);
const denied = invalid(
  'no-permission',
  'cannot be accessed: permission denied',
  'grant access to the user of this process',
);
const away = transient('storage-away', 'does not exist', 'check whether its disk is mounted, then run again');
const failing = transient(
  'storage-failed',
  'cannot be reached: its disk or network failed',
  'run again when the storage is back',
);
const unable = invalid(
  'storage-unsupported',
  'cannot be written: its file system lacks what is needed to write it safely',
  'choose an output on another file system',
);
const noFolder = invalid(
  'not-a-folder',
  'cannot be used: a part of its path is a file',
  'choose another path',
);

/**
 * Meaning of the system's error codes: a full disk, and failures that waiting or a mount can fix, are for the
 * scheduler (5); permissions and names are for the person who set them (2).
 */
const verdicts: Readonly<Record<string, Verdict>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: denied,
  EPERM: denied,
  EROFS: invalid('read-only', 'cannot be written: its file system is read-only', 'choose another output'),
  ENOENT: away,
  ESTALE: away,
  ENODEV: away,
  ENXIO: away,
  ENOTDIR: noFolder,
  EISDIR: invalid('is-a-folder', 'cannot be used: it is a folder', 'choose another path'),
  ENAMETOOLONG: invalid('name-too-long', 'cannot be used: the name is too long', 'use a shorter name'),
  ELOOP: invalid(
    'is-a-link',
    'cannot be used: it is a symbolic link, which is not allowed there',
    'remove the link',
  ),
  EINVAL: unable,
  ENOTSUP: unable,
  EOPNOTSUPP: unable,
  ENOSYS: unable,
  EFBIG: invalid(
    'file-too-big',
    'cannot be written: the file is larger than its file system or the file size limit allows',
    'raise the limit (ulimit -f), or choose another output',
  ),
};

/**
 * Converts `cause` to an error that a person can act on, in one sentence naming `path`: `TransientError`
 * where waiting may help (disk full, storage away), `InvalidError` where permissions or names are wrong.
 * Returns any other error (a bug) unchanged.
 */
export function storageError(cause: unknown, kind: Kind, path: string): unknown {
  if (cause instanceof NightshiftError) return cause;
  const limit = fileLimitError(kind, path, cause);
  if (limit !== null) return limit;
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? '';
  const verdict = verdicts[code] ?? (failingStorage.has(code) ? failing : undefined);
  if (verdict === undefined) return cause;
  const { fail, says } = verdict;
  const hint = kind === 'temporary folder' ? temporaryHint(verdict) : verdict.hint;
  return fail(`${kind} "${path}" ${says}`, { file: path, hint, cause });
}

function temporaryHint(verdict: Verdict): string {
  if (verdict === failing) return verdict.hint;
  if (verdict === full) return 'free space there, or set TMPDIR to a folder with more, then run again';
  return 'set TMPDIR to a folder that exists and that the user of this process may write to';
}

/** Runs `work` and passes what it throws through `storageError`. */
export async function onStorage<T>(kind: Kind, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw storageError(cause, kind, path);
  }
}

/** Converts a system error that is still raw, like `storageError`; returns any other error unchanged. */
export function asStorageError(error: unknown): unknown {
  const { syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (syscall === undefined || error instanceof NightshiftError) return error;
  return storageError(error, 'file', path ?? `(${syscall})`);
}
