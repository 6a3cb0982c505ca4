import { resolve } from 'node:path';
import { standardStream } from './job.js';
import { isS3 } from './remote-path.js';

/** Returns the path of the run folder: absolute, or an address without a slash at its end. */
export function resolveOutput(path: string, baseDir: string): string {
  if (path === standardStream) return path;
  return isS3(path) ? path.replace(/^s3:/i, 's3:').replace(/\/+$/, '') : resolve(baseDir, path);
}
