import { InvalidArgumentError } from 'commander';
import { isRemote } from '../job/remote-path.js';

/** Returns the path of a file or folder that a command reads or writes on this machine alone; refuses addresses. */
export function localPath(path: string): string {
  if (!isRemote(path)) return path;
  throw new InvalidArgumentError(
    'must be a path on this machine: copy the file yourself, for example with "aws s3 cp".',
  );
}
