import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { isRegularFile } from '../../process/regular-file.js';
import { startBytes, treeFormat } from './read-trees.js';

/**
 * Returns true if the file begins like one of LightGBM or XGBoost; false if it cannot be read: opening it
 * reports that.
 */
export function isTreeFile(path: string): boolean {
  const start = Buffer.alloc(startBytes);
  try {
    // Opening a pipe would wait for a writer.
    if (!isRegularFile(path, statSync(path))) return false;
    const file = openSync(path, 'r');
    try {
      return treeFormat(start.subarray(0, readSync(file, start))) !== null;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
