import { rmSync } from 'node:fs';
import { lstat, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import {
  checkWritable,
  makeEmptyFolder,
  makeFolder,
  makeFoldersWithin,
  modifiedIfThere,
  namesIn,
  orAbsent,
  readIfThere,
  removeDurably,
  removeFile,
  removeFolder,
  removeLeftovers,
  sizeIfThere,
  syncFolder,
  withRegular,
  writeDurably,
  writeWhole,
} from './durable.js';
import { hashFile } from './hash-file.js';
import { acquireFile, holdFile, takeOverFile } from './held-file.js';
import { readSmallFile } from './small-file.js';
import { createStagedFile } from './staged-file.js';
import { onStorage } from './storage-error.js';
import type { Store } from './store.js';

/** Run folders on a file system. */
export const localStore: Store = {
  read: readIfThere,
  readWith: (path, read) =>
    withRegular(path, (file, bytes) =>
      read({
        bytes,
        text: () => file.readFile('utf8'),
        pieces: (highWaterMark) =>
          file.createReadStream({
            autoClose: false,
            ...(highWaterMark === undefined ? {} : { highWaterMark }),
          }),
      }),
    ),
  readSmall: readSmallFile,
  write: writeDurably,
  put: writeWhole,
  note: (path, text) => onStorage('output', dirname(path), () => writeFile(path, text)),
  remove: removeDurably,
  drop: removeFile,
  dropNow: (path) => rmSync(path, { force: true }),
  removeIfSame,
  move: (from, to) =>
    onStorage('output', to, async () => (await orAbsent(rename(from, to).then(() => true))) ?? false),
  sync: syncFolder,
  names: namesIn,
  version: (folder) =>
    stat(folder).then(
      (found) => (found.isDirectory() ? String(found.mtimeMs) : null),
      () => null,
    ),
  size: sizeIfThere,
  async seen(path) {
    const modifiedMs = await modifiedIfThere(path);
    return modifiedMs === null ? null : { modifiedMs, ageMs: Date.now() - modifiedMs };
  },
  exists: (path) => isTrue(stat(path).then(() => true)),
  isFolder: (path) => isTrue(lstat(path).then((found) => found.isDirectory())),
  checkWritable,
  async openFolder(root, names) {
    await checkWritable(root);
    await makeFolder(root);
    await makeFoldersWithin(root, names);
  },
  makeFolder: (root, name) => makeFoldersWithin(root, [name]),
  makeEmptyFolder,
  removeFolder,
  removeLeftovers,
  removeUnfinished: async () => {},
  stage: createStagedFile,
  acquire: acquireFile,
  takeOver: takeOverFile,
  hold: holdFile,
  stagingDisk: (folder) => folder,
};

async function removeIfSame(root: string, path: string, bytes: number, sha256: string): Promise<boolean> {
  try {
    const found = await lstat(path);
    const folder = await realpath(dirname(path));
    const real = await realpath(root);
    const isInside = folder === real || folder.startsWith(`${real}${sep}`);
    if (!isInside || !found.isFile() || found.size !== bytes) return false;
  } catch {
    return true;
  }
  if ((await hashFile(path)) !== sha256) return false;
  await removeDurably(path);
  return true;
}

function isTrue(work: Promise<boolean>): Promise<boolean> {
  return work.catch(() => false);
}
