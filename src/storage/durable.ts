import { constants } from 'node:fs';
import {
  access,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
  unlink,
} from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { InvalidError } from '../errors.js';
import { checkRoomForBytes } from '../process/heap-room.js';
import { isOwnerRunning, ownerPattern, ownerTag } from '../process/owner.js';
import { isOfKernel, isRegularFile } from '../process/regular-file.js';
import { statOf } from './look.js';
import { pathWithin } from './paths.js';
import { onStorage } from './storage-error.js';
import type { Content } from './store.js';

let written = 0;
/** `.nightshift-OWNER-N.tmp`; files of earlier versions have no owner. */
const temporaryName = new RegExp(`^\\.nightshift-(?:(${ownerPattern})|\\d+)-\\d+\\.tmp$`);
/** Age at which an unknown process's temporary file counts as left over; they live for seconds. */
const forgottenAfterMs = 3_600_000;

/**
 * Writes `data` so that after a crash at any instant `path` holds either the old or the new content, never a
 * part: writes and syncs a temporary file in the same folder, renames it, then syncs the folder. The folder
 * must exist. Throws as described at `storageError`, without leaving a temporary file.
 */
export async function writeDurably(path: string, data: Content): Promise<void> {
  await writeWhole(path, data);
  await syncFolder(dirname(path));
}

/** Writes `data` like `writeDurably`, but without the sync of the folder, after which it is durable. */
export async function writeWhole(path: string, data: Content): Promise<void> {
  const temporary = join(dirname(path), `.nightshift-${await ownerTag()}-${++written}.tmp`);
  await onStorage('output', path, async () => {
    try {
      const file = await open(temporary, 'wx');
      try {
        await writePieces(file, data);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  });
}

/**
 * Writes a file that a person named, like `writeDurably`. Follows a link to its target; writes to a character
 * device (`/dev/null`) instead of replacing it. Throws `InvalidError` for a pipe, a socket, a disk, a folder,
 * a file of the kernel, and a dangling link. Creates its folder.
 */
export async function writeNamed(path: string, data: Content): Promise<void> {
  const target = await writeTarget(path);
  if (!target.isDevice) {
    await makeFolder(dirname(target.path), path);
    await writeDurably(target.path, data);
    return removeLeftovers(dirname(target.path));
  }
  await onStorage('output', path, async () => {
    const device = await open(target.path, 'w');
    try {
      await writePieces(device, data);
    } finally {
      await device.close();
    }
  });
}

/**
 * Throws what `writeNamed` would throw for this path: syncs the folder if it exists, and creates and removes
 * an empty file in it, or in the nearest one that exists.
 */
export async function checkNamed(path: string): Promise<void> {
  const target = await writeTarget(path);
  if (target.isDevice) return;
  const folder = dirname(resolve(target.path));
  await checkWritable(folder, path);
  const existing = await nearestExisting(folder);
  const temporary = join(existing, `.nightshift-${await ownerTag()}-${++written}.tmp`);
  await onStorage('output', path, async () => {
    if (existing === folder) {
      const opened = await open(folder, 'r');
      await opened.sync().finally(() => opened.close());
    }
    await (await open(temporary, 'wx')).close();
    await unlink(temporary);
  });
}

/** Returns the path at which a file that a person named is really written. Throws like `writeNamed`. */
export async function writeTarget(
  path: string,
): Promise<{ readonly path: string; readonly isDevice: boolean }> {
  const refuse = (what: string) =>
    new InvalidError('not-a-file', `output "${path}" cannot be written: it is ${what}`, {
      file: path,
      hint: 'give the path of a file',
    });
  return onStorage('output', path, async () => {
    const named = await orAbsent(lstat(path));
    if (named === null) return { path, isDevice: false };
    const found = named.isSymbolicLink() ? await orAbsent(stat(path)) : named;
    if (found === null) throw refuse('a dangling link');
    if (isRegularFile(path, found)) return { path: await realpath(path), isDevice: false };
    if (found.isCharacterDevice()) return { path, isDevice: true };
    if (found.isDirectory()) throw refuse('a folder');
    throw refuse(found.isFile() ? 'a file of the kernel' : 'a pipe, a socket or a disk');
  });
}

/**
 * Renames `from`, already synced, to `to` in the same file system and syncs both folders; replaces a file or
 * link.
 */
export async function renameDurably(from: string, to: string): Promise<void> {
  await onStorage('output', to, async () => {
    await rename(from, to);
    await syncFolder(dirname(to));
    if (dirname(from) !== dirname(to)) await syncFolder(dirname(from));
  });
}

/** Syncs `folder`, so that names that were created, renamed or removed in it survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  await onStorage('output', folder, async () => {
    const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** Removes a file or a link durably. Costs a sync if it existed, else nothing. */
export async function removeDurably(path: string): Promise<void> {
  if (await removeFile(path)) await syncFolder(dirname(path));
}

/** Removes a file or a link in one call, without a sync; returns false if there was none. */
export function removeFile(path: string): Promise<boolean> {
  return onStorage('output', path, async () => (await orAbsent(unlink(path).then(() => true))) !== null);
}

/** Removes a folder with everything in it; one call if it is empty. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') await rm(path, { recursive: true, force: true });
  }
}

/**
 * Returns the names in `folder`, sorted; none if there is no such folder. Throws like `storageError`, because
 * a failing disk must not look like an empty folder.
 */
export async function namesIn(folder: string): Promise<string[]> {
  const names = await onStorage('output', folder, () => orAbsent(readdir(folder)));
  return (names ?? []).sort();
}

/** Returns the text of a file; null if there is no such file. Throws as described at `storageError`. */
export function readIfThere(path: string): Promise<string | null> {
  return onStorage('output', path, () => orAbsent(readRegular(path)));
}

/** Reads a file's text. Treats a pipe or a device as missing (ENOENT), because a pipe would block forever. */
export function readRegular(path: string): Promise<string> {
  return withRegular(path, (file, bytes) => {
    checkRoomForBytes(bytes, path);
    return file.readFile('utf8');
  });
}

/** Calls `read` with the open file; treats pipes and devices like `readRegular`. */
export async function withRegular<T>(
  path: string,
  read: (file: FileHandle, bytes: number) => Promise<T>,
): Promise<T> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (stats.isFile() || stats.isDirectory()) return await read(file, stats.size);
    throw Object.assign(new Error(`${path} is a pipe, a socket or a device`), { code: 'ENOENT' });
  } finally {
    await file.close();
  }
}

/** Returns the size of a file; null if there is no such file. Throws as described at `storageError`. */
export async function sizeIfThere(path: string): Promise<number | null> {
  const found = await onStorage('output', path, () => orAbsent(statOf(path)));
  return found?.size ?? null;
}

/** Returns when a file was modified, in ms since 1970; null if it is missing. Throws like `storageError`. */
export async function modifiedIfThere(path: string): Promise<number | null> {
  const found = await onStorage('output', path, () => orAbsent(stat(path)));
  return found?.mtimeMs ?? null;
}

/** Pieces are written together until they have so many characters. */
const togetherLength = 2 ** 16;

async function writePieces(file: FileHandle, data: Content): Promise<void> {
  if (typeof data === 'string' || data instanceof Uint8Array) return file.writeFile(data);
  let waiting: string[] = [];
  let length = 0;
  for await (const piece of data) {
    waiting.push(piece);
    length += piece.length;
    if (length < togetherLength) continue;
    await file.writeFile(waiting.join(''));
    waiting = [];
    length = 0;
  }
  if (length > 0) await file.writeFile(waiting.join(''));
}

/** Returns what `work` resolves to; null if there is no such file. */
export async function orAbsent<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

/**
 * Removes the leftovers of dead processes in `folder`: temporary files of `writeDurably`, or files and
 * folders whose name matches `pattern`, with their owner as its first group. Files of running processes stay,
 * so it is safe to call while others write there. Ignores missing folders.
 */
export async function removeLeftovers(folder: string, pattern = temporaryName): Promise<void> {
  for (const name of await namesIn(folder)) {
    const found = pattern.exec(name);
    if (found === null) continue;
    const path = join(folder, name);
    const isRunning = found[1] === undefined ? null : await isOwnerRunning(found[1]);
    if (isRunning === true) continue;
    const age = Date.now() - ((await modifiedIfThere(path)) ?? 0);
    if (isRunning === false || Math.abs(age) > forgottenAfterMs)
      await rm(path, { force: true, recursive: true });
  }
}

/** Returns the bytes that this user may still write on the disk of `path`, or of its nearest parent. */
export async function freeBytes(path: string): Promise<number> {
  const folder = await nearestExisting(path);
  const { bavail, bsize } = await onStorage('output', folder, () => statfs(folder));
  return bavail * bsize;
}

/**
 * Throws `InvalidError` if `folder` cannot be written or created: a file is in the way, no permission, a
 * read-only file system. Writes nothing; `storageError` covers a disk that fails later.
 */
export async function checkWritable(folder: string, named = folder): Promise<void> {
  const existing = await nearestWritten(folder, named);
  await onStorage('output', folder, async () => {
    const handle = await open(existing, constants.O_RDONLY | constants.O_DIRECTORY);
    await handle.close();
    await access(existing, constants.W_OK | constants.X_OK);
  });
}

/**
 * Creates `folder` with all its parents and syncs the parent of each; it also syncs the parent of an existing
 * `folder`, because the run that created it may have been killed before its sync. Throws `InvalidError` if it
 * cannot be created. Creates one folder at a time: the platform's recursive call never returns on a file
 * system that answers "no such folder" when asked to create one.
 */
export async function makeFolder(folder: string, named = folder): Promise<void> {
  const existing = await nearestWritten(folder, named);
  await onStorage('output', folder, async () => {
    let path = existing;
    for (const part of relative(existing, resolve(folder)).split(sep)) {
      path = join(path, part);
      await mkdir(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      await syncAbove(path);
    }
  });
}

/** Syncs the parent folder of `path`; ignores one that this user may not read and so cannot sync. */
async function syncAbove(path: string): Promise<void> {
  await syncFolder(dirname(path)).catch((error: unknown) => {
    if (!(error instanceof InvalidError) || error.reason !== 'no-permission') throw error;
  });
}

/**
 * Creates the folder `name` (nested if need be) durably below `folder` and returns its path. Throws
 * `InvalidError` if a part of it is a symbolic link or a file: through a link an output would leave the
 * output folder.
 */
export async function makeFolderWithin(folder: string, name: string): Promise<string> {
  await makeFoldersWithin(folder, [name]);
  return pathWithin(folder, name);
}

/**
 * Creates a folder like `makeFolderWithin`, without the contents of an existing one, and durable only after a
 * sync of `folder`. Costs one call if there is none.
 */
export async function makeEmptyFolder(folder: string, name: string): Promise<string> {
  const path = pathWithin(folder, name);
  const isMade = await mkdir(path).then(
    () => true,
    () => false,
  );
  if (isMade) return path;
  await rm(path, { recursive: true, force: true });
  return makeFolderWithin(folder, name);
}

/** Creates several folders like `makeFolderWithin`; syncs each changed parent once. */
export async function makeFoldersWithin(folder: string, names: readonly string[]): Promise<void> {
  const changed = new Set<string>();
  for (const name of names) {
    let path = resolve(folder);
    for (const part of relative(path, pathWithin(folder, name)).split(sep)) {
      path = join(path, part);
      if (await madeFolder(path)) changed.add(dirname(path));
    }
  }
  for (const above of changed) await syncFolder(above);
}

/**
 * Returns the nearest folder that exists. Throws `InvalidError` for one of the kernel, such as /proc, where
 * making a folder fails as if the one above it were gone.
 */
async function nearestWritten(folder: string, named = folder): Promise<string> {
  const existing = await nearestExisting(folder);
  const { dev } = await onStorage('output', folder, () => lstat(existing));
  if (!isOfKernel(existing, dev)) return existing;
  throw new InvalidError(
    'storage-unsupported',
    `output "${named}" cannot be written: "${existing}" is on a file system of the kernel`,
    { file: named, hint: 'choose an output on another file system' },
  );
}

/** Creates one folder; returns false if it existed already. */
function madeFolder(path: string): Promise<boolean> {
  return onStorage('output', path, async () => {
    const made = await mkdir(path, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return undefined;
    });
    const found = await lstat(path);
    if (found.isDirectory()) return made !== undefined;
    throw Object.assign(new Error(path), { code: found.isSymbolicLink() ? 'ELOOP' : 'ENOTDIR' });
  });
}

async function nearestExisting(path: string): Promise<string> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    try {
      await lstat(folder);
      return folder;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && dirname(folder) !== folder) continue;
      return onStorage('output', path, () => Promise.reject(error));
    }
  }
}
