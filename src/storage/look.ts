import { lstat, stat } from 'node:fs';
import { promisify } from 'node:util';

/**
 * Returns what is at a path: of a link, what it leads to (`statOf`), or the link itself (`lstatOf`). Unlike
 * those of `fs.promises` they leave nothing outside V8's heap, which lets hundreds of megabytes of it pile up.
 */
export const statOf = promisify(stat);
export const lstatOf = promisify(lstat);
