import { mkdir, open, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { NightshiftError } from '../../errors.js';
import { ownerPattern, ownerTag } from '../../process/owner.js';
import { removeLeftovers } from '../durable.js';
import { inTemporaryFolder, makeTemporaryFolder, removeTemporaryFolder } from '../temporary-folder.js';
import { readRange, type S3Object } from './objects.js';

/** Prefix of the names of this user's folders of copies; the tag of the owning process follows. */
const prefix = `nightshift-s3-${process.getuid?.() ?? 0}-`;
const ownedFolder = new RegExp(`^${prefix}(${ownerPattern})-`);
/** How much of an object is read by one request. */
const partBytes = 8 * 1024 * 1024;
/** How often the folder is touched: another machine sees only by its age that it is in use. */
const heartbeatMs = 60_000;

/** The folder of this process's copies; null while none is in use. */
let root: Promise<string> | null = null;
let heart: NodeJS.Timeout | null = null;
let users = 0;
/** Copies by version, address and path. */
const copies = new Map<string, Promise<string>>();
/** The address of each folder that holds a copy. */
const addresses = new Map<string, string>();

/**
 * Returns the result of `work`, which may use copies of objects; removes them when the last user is done.
 * Errors of `work` name the addresses of the objects, not the paths of their copies.
 */
export async function usingCopies<T>(work: () => Promise<T>): Promise<T> {
  users++;
  try {
    return await work();
  } catch (error) {
    throw error instanceof NightshiftError ? error.reworded(withAddresses) : error;
  } finally {
    users--;
    if (users === 0) await removeCopies();
  }
}

/**
 * Returns the path of a private copy of an object, in the version that was listed, with its time; only within
 * `usingCopies`. A version is read once. Throws like `readRange`, and as described at `storageError`.
 */
export function copyObject(object: S3Object): Promise<string> {
  const { path } = object;
  return once(object, '', async () => copyTo(object, join(await newFolder(path), nameOf(path))));
}

/** Copies an object to `location` beside the copy at `path`, and returns its path. Throws like `copyObject`. */
export function copyBeside(object: S3Object, path: string, location: string): Promise<string> {
  const target = join(dirname(path), location);
  return once(object, target, async () => {
    await inTemporaryFolder(() => mkdir(dirname(target), { recursive: true }));
    return copyTo(object, target);
  });
}

function once({ path, etag }: S3Object, target: string, copy: () => Promise<string>): Promise<string> {
  const key = JSON.stringify([etag, path, target]);
  const known = copies.get(key);
  if (known !== undefined) return known;
  const made = copy();
  copies.set(key, made);
  made.catch(() => copies.delete(key));
  return made;
}

/** Returns `text` with the addresses of objects in place of the paths of their copies. */
export function withAddresses(text: string): string {
  let shown = text;
  for (const [folder, address] of addresses) shown = shown.replaceAll(folder, address);
  return shown;
}

async function newFolder(address: string): Promise<string> {
  root ??= newRoot();
  const folder = join(await root, String(addresses.size));
  addresses.set(`${folder}${sep}`, address.slice(0, address.lastIndexOf('/') + 1));
  await inTemporaryFolder(() => mkdir(folder));
  return folder;
}

async function newRoot(): Promise<string> {
  await removeLeftovers(tmpdir(), ownedFolder).catch(() => {});
  const name = `${prefix}${await ownerTag()}-`;
  const made = await makeTemporaryFolder(name);
  heart = setInterval(() => {
    const now = new Date();
    utimes(made, now, now).catch(() => {});
  }, heartbeatMs).unref();
  return made;
}

async function removeCopies(): Promise<void> {
  const made = root;
  if (made === null) return;
  root = null;
  if (heart !== null) clearInterval(heart);
  copies.clear();
  addresses.clear();
  await made.then(removeTemporaryFolder).catch(() => {});
}

/** Returns the last part of an address, which may be anything, as the name of a file. */
function nameOf(address: string): string {
  const name = address.slice(address.lastIndexOf('/') + 1);
  return name === '.' || name === '..' || name.includes('\0') ? 'object' : name;
}

async function copyTo(object: S3Object, path: string): Promise<string> {
  const { size, mtimeMs } = object;
  const file = await inTemporaryFolder(() => open(path, 'wx', 0o600));
  try {
    let next = readRange(object, 0, Math.min(size, partBytes));
    for (let start = 0; start < size; start += partBytes) {
      const piece = await next;
      const after = start + partBytes;
      if (after < size) {
        next = readRange(object, after, Math.min(size, after + partBytes));
        next.catch(() => {});
      }
      await inTemporaryFolder(() => file.writeFile(piece));
    }
  } finally {
    await file.close();
  }
  const modified = new Date(mtimeMs);
  await inTemporaryFolder(() => utimes(path, modified, modified));
  return path;
}
