import { failingStorage, fileLimitError, grantReadHint, InvalidError, TransientError } from '../errors.js';

/**
 * Returns the error for a part of a model that is there but cannot be read: its disk fails, too many files are
 * open, or permission is denied; else null.
 */
export function modelAway(file: string, cause: unknown): InvalidError | TransientError | null {
  const limit = fileLimitError('model', file, cause);
  if (limit !== null) return limit;
  const { code = '' } = (cause ?? {}) as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM')
    return new InvalidError('no-permission', `model "${file}" cannot be read: permission denied`, {
      file,
      cause,
      hint: grantReadHint,
    });
  if (!failingStorage.has(code)) return null;
  return new TransientError(
    'storage-failed',
    `model "${file}" could not be read: its disk or network failed (${code})`,
    {
      file,
      cause,
      hint: 'run again when the storage is back',
    },
  );
}
