import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** Environment variable that switches the cache off; `--no-cache` sets it, for child processes too. */
const offVariable = 'NIGHTSHIFT_NO_CACHE';
/** A file that no run has used for this long is removed when another one is written. */
const forgottenAfterMs = 30 * 86_400_000;
/** A used file is marked as used at most this often. */
const markedAfterMs = 86_400_000;
/** A file that another process began to write this long ago was left behind. */
const leftBehindAfterMs = 60_000;
const mostBytes = 64 * 2 ** 20;
const hashBytes = 32;

/** Switches the cache off for this process and its children. */
export function switchCacheOff(): void {
  process.env[offVariable] = '1';
}

/** Returns the cache name of a value that depends on all of `parts`, as JSON, and on nothing else. */
export function cacheName(kind: string, parts: readonly unknown[]): string {
  return `${kind}-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`;
}

/**
 * Returns what was cached under `name`; null if there is nothing, if the cache is switched off, or if the
 * file is damaged or could have been written by another user. Never throws: a cache saves time and decides
 * nothing.
 */
export function readCached(name: string): Buffer | null {
  const folder = cacheFolder();
  if (folder === null) return null;
  try {
    if (!isOurs(folder)) return null;
    const bytes = readOwn(join(folder, name));
    if (bytes === null || bytes.length < hashBytes) return null;
    const content = bytes.subarray(hashBytes);
    return hashOf(name, content).equals(bytes.subarray(0, hashBytes)) ? content : null;
  } catch {
    return null;
  }
}

/** Caches `content` under `name` for this user's later processes, unless that fails. Never throws. */
export function writeCached(name: string, content: Uint8Array): void {
  const folder = cacheFolder();
  if (folder === null || content.length + hashBytes > mostBytes) return;
  try {
    if (!makeOwn(folder)) return;
    const temporary = join(folder, `.${name}.tmp`);
    const file = openAlone(temporary);
    if (file === null) return;
    try {
      writeWhole(file, hashOf(name, content));
      writeWhole(file, content);
    } catch (error) {
      unlinkSync(temporary);
      throw error;
    } finally {
      closeSync(file);
    }
    renameSync(temporary, join(folder, name));
    // Names end in a hash: about one new name in 16 pays for reading the age of every file.
    if (name.endsWith('0')) removeForgotten(folder);
  } catch {}
}

/** Returns the cache folder: `nightshift` in `XDG_CACHE_HOME` or `~/.cache`; null if it is switched off. */
export function cacheFolder(): string | null {
  if ((process.env[offVariable] ?? '') !== '' || process.geteuid === undefined) return null;
  const given = process.env['XDG_CACHE_HOME'] ?? '';
  const above = isAbsolute(given) ? given : join(homedir(), '.cache');
  return isAbsolute(above) ? join(above, 'nightshift') : null;
}

/** Returns true for a folder (not a link) that belongs to this user and that nobody else can enter. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.geteuid!() && (found.mode & 0o077) === 0;
}

/** Creates the folder if needed; returns false if it is not this user's alone, or in another user's home. */
function makeOwn(folder: string): boolean {
  if (isOurs(folder)) return true;
  const above = dirname(folder);
  const isGiven = above === process.env['XDG_CACHE_HOME'];
  const home = lstatSync(isGiven ? '/' : dirname(above));
  if (!isGiven && home.uid !== process.geteuid!()) return false;
  mkdirSync(above, { recursive: true, mode: 0o700 });
  mkdirSync(folder, { mode: 0o700 });
  return isOurs(folder);
}

/** Reads a file that belongs to this user and that nobody else can write; null for anything else. */
function readOwn(path: string): Buffer | null {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { uid, mode, size, mtimeMs } = fstatSync(file);
    const isRegular = (mode & constants.S_IFMT) === constants.S_IFREG;
    if (!isRegular || uid !== process.geteuid!() || (mode & 0o022) !== 0 || size > mostBytes) return null;
    const now = Date.now();
    if (Math.abs(now - mtimeMs) > markedAfterMs) futimesSync(file, now / 1000, now / 1000);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Creates a file that only one process writes; null if another one is writing it. */
function openAlone(path: string): number | null {
  const create = () => openSync(path, 'wx', 0o600);
  try {
    return create();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (Math.abs(Date.now() - lstatSync(path).mtimeMs) < leftBehindAfterMs) return null;
    unlinkSync(path);
    return create();
  }
}

function writeWhole(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function removeForgotten(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (Date.now() - lstatSync(path).mtimeMs > forgottenAfterMs) unlinkSync(path);
  }
}

/** The name counts too: a file under the name of another is detected. */
function hashOf(name: string, content: Uint8Array): Buffer {
  return createHash('sha256').update(name).update('\0').update(content).digest();
}
