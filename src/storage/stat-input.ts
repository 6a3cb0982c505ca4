import { stat } from 'node:fs/promises';
import { TransientError } from '../errors.js';
import { isS3 } from './s3/object-name.js';
import { headObject } from './s3/objects.js';

/** Identifies the state of an input; an object in S3 also has an `etag`, which changes with its content. */
export interface InputState {
  readonly size: number;
  readonly mtimeMs: number;
  readonly etag?: string;
}

/** Returns the state of a file or object: one call. Throws the system's errors, and those of `s3Error`. */
export async function statInput(path: string): Promise<InputState> {
  if (!isS3(path)) return stat(path);
  const found = await headObject(path);
  if (found !== null) return found;
  throw new TransientError('input-missing', `"${path}" cannot be read: there is no such object`, {
    file: path,
    hint: 'check the address, or run again when it exists',
  });
}
