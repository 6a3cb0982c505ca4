import { constants } from 'node:fs';
import {
  access,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  statfs,
  unlink,
} from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InvalidError } from '../errors.js';
import { isOwnerRunning, ownerPattern, ownerTag } from '../process/owner.js';
import { onStorage } from './storage-error.js';

let written = 0;
/** `.nightshift-OWNER-N.tmp`; without an owner, as earlier versions named them. */
const temporaryName = new RegExp(`^\\.nightshift-(?:(${ownerPattern})|\\d+)-\\d+\\.tmp$`);
/** A temporary file of a process that cannot be seen from here is left over after this long: it lives for seconds. */
const forgottenAfterMs = 3_600_000;

/** What a file is written from: whole, or piece by piece so that it need not be in memory at once. */
export type Content = string | Uint8Array | AsyncIterable<string>;

/**
 * Writes `data` so that after a crash at any instant `path` holds the old content or the new, never a part: a temporary file in the same folder
 * is synced and renamed, then the folder is synced. The folder must exist. Throws as `storageError` says, and leaves no temporary file then.
 */
export async function writeDurably(path: string, data: Content): Promise<void> {
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
      await renameDurably(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  });
}

/**
 * Writes a file that a person named, like `writeDurably`. A link is followed to the file that it points to; a character device (`/dev/null`) is written to, never
 * replaced. Throws `InvalidError` for a pipe, a socket, a disk, a folder, and a link to nothing.
 */
export async function writeNamed(path: string, data: Content): Promise<void> {
  const target = await writeTarget(path);
  if (!target.isDevice) {
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

/** Returns where a file that a person named is really written. Throws as `writeNamed` says. */
export async function writeTarget(
  path: string,
): Promise<{ readonly path: string; readonly isDevice: boolean }> {
  const refuse = (what: string) =>
    new InvalidError('not-a-file', `output "${path}" cannot be written: it is ${what}`, {
      file: path,
      hint: 'name a file',
    });
  return onStorage('output', path, async () => {
    const named = await orAbsent(lstat(path));
    if (named === null) return { path, isDevice: false };
    const found = named.isSymbolicLink() ? await orAbsent(stat(path)) : named;
    if (found === null) throw refuse('a link to nothing');
    if (found.isFile()) return { path: await realpath(path), isDevice: false };
    if (found.isCharacterDevice()) return { path, isDevice: true };
    throw refuse(found.isDirectory() ? 'a folder' : 'a pipe, a socket or a disk');
  });
}

/** Renames `from`, which is synced already, to `to` in the same file system and syncs the folders of both; replaces what stood there, a link too. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await onStorage('output', to, async () => {
    await rename(from, to);
    await syncFolder(dirname(to));
    if (dirname(from) !== dirname(to)) await syncFolder(dirname(from));
  });
}

/** Makes names that were created, renamed or removed in `folder` survive a power cut. */
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

/** Removes a file or a link so that no power cut brings it back. Costs a sync where something stood there, else nothing. */
export async function removeDurably(path: string): Promise<void> {
  await onStorage('output', path, async () => {
    if ((await orAbsent(unlink(path).then(() => true))) !== null) await syncFolder(dirname(path));
  });
}

/** The names in `folder`, sorted; none where there is no such folder. Throws as `storageError` says: a disk that fails does not look like an empty folder. */
export async function namesIn(folder: string): Promise<string[]> {
  const names = await onStorage('output', folder, () => orAbsent(readdir(folder)));
  return (names ?? []).sort();
}

/** The text of a file; null where there is no such file. Throws as `storageError` says. */
export function readIfThere(path: string): Promise<string | null> {
  return onStorage('output', path, () => orAbsent(readFile(path, 'utf8')));
}

/** The size of a file; null where there is no such file. Throws as `storageError` says. */
export async function sizeIfThere(path: string): Promise<number | null> {
  const found = await onStorage('output', path, () => orAbsent(stat(path)));
  return found?.size ?? null;
}

/** When a file was modified, in ms since 1970; null where there is no such file. Throws as `storageError` says. */
export async function modifiedIfThere(path: string): Promise<number | null> {
  const found = await onStorage('output', path, () => orAbsent(stat(path)));
  return found?.mtimeMs ?? null;
}

async function writePieces(file: FileHandle, data: Content): Promise<void> {
  const pieces = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
  for await (const piece of pieces) await file.writeFile(piece);
}

async function orAbsent<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

/**
 * Removes what dead processes left in `folder`: the temporary files of `writeDurably`, or those whose name `pattern` matches, with their owner as its first group.
 * Those of processes that run are left alone, so it may be called while others write there. Missing folders are fine.
 */
export async function removeLeftovers(folder: string, pattern = temporaryName): Promise<void> {
  for (const name of await namesIn(folder)) {
    const found = pattern.exec(name);
    if (found === null) continue;
    const path = join(folder, name);
    const isRunning = found[1] === undefined ? null : await isOwnerRunning(found[1]);
    if (isRunning === true) continue;
    const age = Date.now() - ((await modifiedIfThere(path)) ?? 0);
    if (isRunning === false || Math.abs(age) > forgottenAfterMs) await rm(path, { force: true });
  }
}

/** Removes `path` with all below it; links are removed, never followed. */
export async function removeTree(path: string): Promise<void> {
  await onStorage('output', path, () => rm(path, { recursive: true, force: true, maxRetries: 3 }));
}

/** The bytes that this user may still write on the disk of `path`, or of the nearest folder above it that exists. */
export async function freeBytes(path: string): Promise<number> {
  const folder = await nearestExisting(path);
  const { bavail, bsize } = await onStorage('output', folder, () => statfs(folder));
  return bavail * bsize;
}

/**
 * Throws `InvalidError` when `folder` cannot be written, or could not be made: a file stands there, no permission, a read-only file system.
 * Looks only, writes nothing; a disk that refuses later is met by `storageError`.
 */
export async function checkWritable(folder: string): Promise<void> {
  const existing = await nearestExisting(folder);
  await onStorage('output', folder, async () => {
    const handle = await open(existing, constants.O_RDONLY | constants.O_DIRECTORY);
    await handle.close();
    await access(existing, constants.W_OK | constants.X_OK);
  });
}

/**
 * Makes `folder` with all above it, and syncs the folder above each, and above `folder` also where it stands already: the run that made it may have been killed
 * before its sync. Throws `InvalidError` where it cannot be made. Goes step by step: the recursive call of the platform never returns on a file system that
 * answers "no such folder" when asked to make one.
 */
export async function makeFolder(folder: string): Promise<void> {
  const existing = await nearestExisting(folder);
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

/** Syncs the folder above `path`; one that this user may not read cannot be synced, and is left alone. */
async function syncAbove(path: string): Promise<void> {
  await syncFolder(dirname(path)).catch((error: unknown) => {
    if (!(error instanceof InvalidError) || error.reason !== 'no-permission') throw error;
  });
}

/** `name` joined to `folder`; throws `InvalidError` when the result would not lie below it. */
export function pathWithin(folder: string, name: string): string {
  const path = resolve(folder, name);
  const inner = relative(resolve(folder), path);
  if (
    inner !== '' &&
    inner !== '..' &&
    !inner.startsWith(`..${sep}`) &&
    !isAbsolute(inner) &&
    !name.includes('\0')
  ) {
    return path;
  }
  throw new InvalidError(
    'outside-output',
    `output file ${JSON.stringify(name)} would leave the output folder`,
    {
      file: folder,
    },
  );
}

/**
 * Makes the folder `name` (several deep, if need be) below `folder` and gives its path; what it made survives a power cut. Throws `InvalidError` when a part of it
 * is a symbolic link or a file: through a link an output would leave the output folder.
 */
export async function makeFolderWithin(folder: string, name: string): Promise<string> {
  await makeFoldersWithin(folder, [name]);
  return pathWithin(folder, name);
}

/** Makes several folders as `makeFolderWithin` does; each folder in which one was made is synced once. */
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

/** Makes one folder; false where it stood there already. */
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
