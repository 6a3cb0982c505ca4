import { lstat, realpath } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { pathWithin, removeDurably } from '../../storage/durable.js';
import { hashFile } from '../../storage/hash-file.js';
import type { Layout } from '../records/layout.js';
import type { OutputFile } from '../records/record.js';

/**
 * Removes a file that an earlier plan published if it is byte for byte as in its record; any other file
 * belongs to someone else and stays. Returns true if it is gone. Costs one pass over the file.
 */
export async function removeOurs({ output }: Layout, { path, bytes, sha256 }: OutputFile): Promise<boolean> {
  const file = pathWithin(output, path);
  try {
    const found = await lstat(file);
    const folder = await realpath(dirname(file));
    const root = await realpath(output);
    const isInside = folder === root || folder.startsWith(`${root}${sep}`);
    if (!isInside || !found.isFile() || found.size !== bytes) return false;
  } catch {
    return true;
  }
  if ((await hashFile(file)) !== sha256) return false;
  await removeDurably(file);
  return true;
}
