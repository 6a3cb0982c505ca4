import { NightshiftError } from '../../errors.js';
import { withSourceLines } from '../../process/source-lines.js';
import { withAddresses } from '../../storage/s3/local-copies.js';
import { asStorageError } from '../../storage/storage-error.js';
import type { Failure } from './record.js';

/** Converts an error to a record's failure; an unknown one is a bug of ours and keeps its stack. */
export function failureOf(thrown: unknown): Failure {
  const error = asStorageError(thrown);
  if (error instanceof NightshiftError) {
    const { reason, message, hint, exitCode } = error.reworded(withAddresses);
    return { reason, message, hint, exitCode };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return {
    reason: 'unexpected',
    message: withSourceLines(stack ?? message),
    hint: 'this is a bug: please report it',
    exitCode: 1,
  };
}
