import { isRemote, lendRemote } from '../../formats/remote-file.js';
import { fileBytesOf, type InputFile } from '../../storage/list-inputs.js';
import { remoteInput } from '../../storage/s3/remote-input.js';
import { statInput } from '../../storage/stat-input.js';

/** Lets the formats read a listed input in the version that was listed; does nothing for a local file. */
export function lendInput(input: Pick<InputFile, 'path' | 'bytes' | 'part' | 'etag'>): void {
  const { path, etag = '' } = input;
  if (isRemote(path)) lendRemote(remoteInput({ path, size: fileBytesOf(input), etag }));
}

/**
 * Lets the formats read the file or object that a path names, in its current state; does nothing for a local
 * file. Throws as `statInput` does.
 */
export async function lendPath(path: string): Promise<void> {
  if (!isRemote(path)) return;
  const { size, etag = '' } = await statInput(path);
  lendRemote(remoteInput({ path, size, etag }));
}
