import { pathWithin } from '../../storage/paths.js';
import { storeOf } from '../../storage/store-of.js';
import type { Layout } from '../records/layout.js';
import type { OutputFile } from '../records/record.js';

/**
 * Removes a file that an earlier plan published if it is byte for byte as in its record; any other file
 * belongs to someone else and stays. Returns true if it is gone. Costs one pass over the file.
 */
export function removeOurs({ output }: Layout, { path, bytes, sha256 }: OutputFile): Promise<boolean> {
  return storeOf(output).removeIfSame(output, pathWithin(output, path), bytes, sha256);
}
