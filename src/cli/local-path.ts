import { InvalidArgumentError } from 'commander';
import { isRemote, isS3, remoteHint } from '../job/remote-path.js';

/** Returns the path of a file or folder that a command reads or writes on this machine alone; refuses addresses. */
export function localPath(path: string): string {
  if (!isRemote(path)) return path;
  throw new InvalidArgumentError(
    'must be a path on this machine: copy the file yourself, for example with "aws s3 cp".',
  );
}

/** Returns the path of a file or folder on this machine, or an address in S3; refuses other addresses. */
export function pathOrS3(path: string): string {
  if (!isRemote(path) || isS3(path)) return path;
  throw new InvalidArgumentError(`must be a path on this machine or begin with s3://: ${remoteHint(path)}.`);
}
