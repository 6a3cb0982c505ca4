import { InvalidError } from '../errors.js';

/** Returns the error for a part of a model that is not a regular file; `subject` ends with "is". */
export function notRegular(subject: string, file: string): InvalidError {
  return new InvalidError(
    'model-not-a-file',
    `${subject} a pipe, a socket, a folder, a device or a file of the kernel, not a file on a disk`,
    { file, hint: 'give the path of a file on a disk, or of an MLflow model folder' },
  );
}
