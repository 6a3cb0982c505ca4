import { failingStorage, fileLimitError, TransientError } from '../errors.js';

/** Returns the error for a part of a model whose disk fails, or that too many open files block; else null. */
export function modelAway(file: string, cause: unknown): TransientError | null {
  const limit = fileLimitError('model', file, cause);
  if (limit !== null) return limit;
  const { code = '' } = (cause ?? {}) as NodeJS.ErrnoException;
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
