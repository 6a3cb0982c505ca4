import type { Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import picomatch from 'picomatch';
import { InvalidError, TransientError } from '../errors.js';
import { isRegularFile } from '../process/regular-file.js';
import { inGroups } from './in-groups.js';
import { lstatOf, statOf } from './look.js';
import { matchGlob } from './match-glob.js';
import { companion, unfinished } from './names-beside.js';
import { partitionNames } from './partition-names.js';
import { refuseTable, refuseTableAbove } from './refuse-table.js';
import { type FoundObjects, findObjects } from './s3/find-objects.js';
import { isS3 } from './s3/object-name.js';
import { onStorage } from './storage-error.js';

/** One partition: an input file, or a part of one. */
export interface InputFile {
  /** Absolute, or the address of an object: `s3://bucket/key`. */
  readonly path: string;
  /** Path below the folder or glob that found it, with `/`; a bare file name if it was named directly. */
  readonly name: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  /** The version of an object in S3; absent for a file. */
  readonly etag?: string;
  /** Unique within the run and safe in any file name. */
  readonly partition: string;
  /**
   * Why the file cannot be read: a dangling link, a pipe, a name that is not UTF-8. Only its partition fails,
   * with this error. Null for a regular file.
   */
  readonly refusal: InvalidError | null;
  /** Files that the listing left out; held by its first file. */
  readonly passedOver?: readonly PassedOver[];
  /** The folder in which the listing found the file, with links resolved; absent if it is not known. */
  readonly realFolder?: string;
  /** The part of the file that the partition is, whose size is `bytes`. Absent: the whole file. */
  readonly part?: FilePart;
}

/** A part of a file: the slices that begin in `partBytes` bytes of it. */
export interface FilePart {
  /** From 0. */
  readonly index: number;
  readonly count: number;
  readonly partBytes: number;
  readonly fileBytes: number;
}

/** Returns the size of an input's file; the input may be a part of it. */
export function fileBytesOf({ bytes, part }: Pick<InputFile, 'bytes' | 'part'>): number {
  return part?.fileBytes ?? bytes;
}

/**
 * Names of files that a listing left out, and why: unfinished ones, backups, metadata, empty files, and those
 * that another run has scored; or (`changed`) of files that are scored again because they have changed since.
 */
export interface PassedOver {
  readonly why: 'unfinished' | 'companion' | 'empty' | 'scored' | 'changed';
  readonly names: readonly string[];
}

/** Returns the total size of the inputs in bytes. */
export function bytesOf(inputs: readonly Pick<InputFile, 'bytes'>[]): number {
  return inputs.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** A found input; its partition is named once all are found. */
type Found = { -readonly [Key in keyof InputFile]: InputFile[Key] };

/** Options of a listing, which always omits names that begin with `_` or `.`. */
interface ListOptions {
  readonly baseDir: string;
  /** False leaves out files without a byte. */
  readonly empty?: boolean;
  /** Lists files that accompany data too. */
  readonly companions?: boolean;
  /** Paths of files that accompany data whatever their names are. */
  readonly own?: ReadonlySet<string>;
}

type Beside = Required<Pick<ListOptions, 'companions' | 'own'>>;

/**
 * Lists the files that `spec` names, sorted by path: files, globs, folders with everything below them
 * (including Hive's `key=value` folders), or a list of those; relative paths start at `baseDir`. Skips names
 * that begin with `_` or `.` in folders and globs, and unless the glob ends like them unfinished files,
 * backups and files that accompany data; follows links, lists a file named twice once, and returns an empty
 * list if nothing exists; objects in S3 in the same way, by the prefix of their keys. Lists anything other
 * than a file with its `refusal`. Cost: one `stat` per file. Throws `InvalidError` for a folder that may not
 * be read, `TransientError` for failing storage and for a listed file that is missing while others exist.
 */
export async function listInputs(
  spec: string | readonly string[],
  { baseDir, empty = true, companions = false, own = new Set() }: ListOptions,
): Promise<InputFile[]> {
  const specs = typeof spec === 'string' ? [spec] : spec;
  const found = new Map<string, Found>();
  const absent: string[] = [];
  for (const one of specs) {
    const files = await find(one, baseDir, { companions, own });
    if (files === null) absent.push(one);
    for (const file of files ?? []) if (!found.has(file.path)) found.set(file.path, file);
  }
  if (found.size > 0 && absent.length > 0) {
    throw new TransientError(
      'input-missing',
      `input "${absent[0]}" is missing, but other listed files exist`,
      {
        file: absent[0]!,
        hint: 'run again when it has arrived, or remove it from the list',
      },
    );
  }
  const all = [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const files = empty ? all : withoutEmpty(all);
  const partitions = partitionNames(
    files.map(({ path, name }) => ({ name, relativePath: relativePath(path, baseDir) })),
  );
  for (const [i, file] of files.entries()) file.partition = partitions[i]!;
  return files;
}

/**
 * Returns the files with bytes; the first one holds the names of the empty ones, and of the other files that
 * were left out with them.
 */
function withoutEmpty(files: Found[]): Found[] {
  const isEmpty = ({ bytes, refusal }: Found): boolean => bytes === 0 && refusal === null;
  const names = files.filter(isEmpty).map(({ name }) => name);
  const [first, ...rest] = files.filter((file) => !isEmpty(file));
  if (names.length === 0 || first === undefined) return first === undefined ? [] : files;
  const before = files.filter(isEmpty).flatMap(({ passedOver = [] }) => passedOver);
  const passedOver = [...(first.passedOver ?? []), ...before, { why: 'empty' as const, names }];
  return [{ ...first, passedOver }, ...rest];
}

/** Returns the files of one entry, or null if it names a file or folder that does not exist. */
async function find(spec: string, baseDir: string, beside: Beside): Promise<Found[] | null> {
  if (isS3(spec)) return asFound(await findObjects(spec, beside.companions));
  const path = resolve(baseDir, spec);
  const stats = await statOrNull(path);
  // An existing file with exactly this name wins, even if the name has brackets.
  if (stats !== null)
    return stats.isDirectory() ? walk(path, null, beside) : [fileAt(path, basename(path), stats)];
  const scanned = picomatch.scan(spec);
  if (!scanned.isGlob) {
    const broken = await brokenInput(path, basename(path));
    return broken === null ? null : [broken];
  }
  const base = resolve(baseDir, scanned.base);
  const baseStats = await statOrNull(base);
  if (baseStats === null) await refuseBroken(base);
  if (baseStats === null || !baseStats.isDirectory()) return [];
  const ending = scanned.glob.replace(/^.*\/|[*?]+$/g, '');
  const glob = {
    matches: matchGlob(scanned.glob),
    mayHold: folderMatcher(scanned.glob),
    depth: depthOf(scanned.glob),
    takesUnfinished: unfinished.test(scanned.glob),
  };
  return walk(base, glob, { ...beside, companions: beside.companions || companion.test(ending) });
}

function asFound(objects: FoundObjects | null): Found[] | null {
  if (objects === null) return null;
  const [first, ...rest] = objects.files.map(
    ({ name, object }): Found => ({ ...foundAt(object.path, name, object, null), etag: object.etag }),
  );
  if (first === undefined) return [];
  return objects.passedOver.length === 0
    ? [first, ...rest]
    : [{ ...first, passedOver: objects.passedOver }, ...rest];
}

interface Glob {
  matches(name: string): boolean;
  /** Returns true if it can match names below a folder. */
  mayHold(folder: string): boolean;
  /** Number of folder levels that it can match. */
  readonly depth: number;
  /** True if it names unfinished files or backups explicitly. */
  readonly takesUnfinished: boolean;
}

/** A group or `**` of a glob may match several folder levels. */
const severalLevels = /\*\*|\(|\{/;

function depthOf(glob: string): number {
  return severalLevels.test(glob) ? Number.POSITIVE_INFINITY : glob.split('/').length;
}

function folderMatcher(glob: string): Glob['mayHold'] {
  const levels = glob.split('/');
  return (folder) => {
    const count = folder.split('/').length;
    if (count >= depthOf(glob)) return false;
    const above = levels.slice(0, count).join('/');
    return severalLevels.test(above) || matchGlob(above)(folder);
  };
}

/** Returns all files below `root` (that `glob` matches), in no particular order. */
async function walk(root: string, glob: Glob | null, { companions, own }: Beside): Promise<Found[]> {
  const files: Found[] = [];
  const left = { unfinished: [] as string[], companion: [] as string[] };
  const visit = async (folder: string, within: string, above: readonly string[]) => {
    // A link to a parent folder would recurse forever.
    const real = await onStorage('input', folder, () => realpath(folder));
    if (above.includes(real)) return;
    const names = await onStorage('input', folder, () => readdir(folder));
    await refuseTable(folder, names);
    // A folder of files for years is listed every day: names that can be no input are not looked at.
    const isNear = above.length + 1 < (glob?.depth ?? Number.POSITIVE_INFINITY);
    const mayBeInput = (name: string) => isNear || glob?.matches(`${within}${name}`) === true;
    const isShown = (name: string) => !name.startsWith('_') && !name.startsWith('.');
    const shown = names.filter((name) => isShown(name) && mayBeInput(name));
    for await (const looks of inGroups(
      shown,
      async (name) => [name, await lookAt(join(folder, name))] as const,
    ))
      for (const [name, look] of looks) {
        const path = join(folder, name);
        const inner = `${within}${name}`;
        if (look === null) {
          // A broken link may stand for a file, or for a folder of files.
          const isListed = glob === null || glob.matches(inner) || glob.mayHold(inner);
          const broken = isListed ? await brokenInput(path, inner) : null;
          if (broken !== null) files.push(broken);
        } else if (look.stats.isDirectory()) {
          if (isNear) await visit(path, `${inner}/`, [...above, real]);
        } else if (glob === null || glob.matches(inner)) {
          if (unfinished.test(name) && glob?.takesUnfinished !== true) left.unfinished.push(inner);
          else if (own.has(path) || (companion.test(name) && !companions)) left.companion.push(inner);
          else {
            const file = fileAt(path, inner, look.stats);
            if (!look.isLink) file.realFolder = real;
            files.push(file);
          }
        }
      }
  };
  await refuseTableAbove(root);
  await visit(root, '', []);
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const passedOver = (['unfinished', 'companion'] as const)
    .map((why) => ({ why, names: left[why].sort() }))
    .filter(({ names }) => names.length > 0);
  if (files[0] !== undefined && passedOver.length > 0) files[0].passedOver = passedOver;
  return files;
}

function fileAt(path: string, name: string, stats: Stats): Found {
  if (isRegularFile(path, stats)) return foundAt(path, name, stats, null);
  const refusal = new InvalidError(
    'not-a-file',
    `input "${path}" is a pipe, a socket or a device, or a file of the kernel, not a file on a disk`,
    {
      file: path,
      hint: 'write its content to a file first',
    },
  );
  return foundAt(path, name, noStats, refusal);
}

function foundAt(
  path: string,
  name: string,
  { size, mtimeMs }: Pick<Stats, 'size' | 'mtimeMs'>,
  refusal: InvalidError | null,
): Found {
  return { path, name, bytes: size, mtimeMs, partition: '', refusal };
}

const noStats = { size: 0, mtimeMs: 0 };

/** Looks at a name in a folder, and at what it leads to; null for a link that leads nowhere. */
async function lookAt(path: string): Promise<{ readonly stats: Stats; readonly isLink: boolean } | null> {
  const own = await statOrNull(path, lstatOf);
  const isLink = own?.isSymbolicLink() ?? false;
  const stats = isLink ? await statOrNull(path) : own;
  return stats === null ? null : { stats, isLink };
}

async function statOrNull(path: string, look: typeof lstatOf = statOf): Promise<Stats | null> {
  return onStorage('input', path, async () => {
    try {
      return await look(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ELOOP') return null;
      // A link may lead to a place that this user may not enter; in a folder that may not be entered, not
      // even the link is visible.
      if (code === 'EACCES' && (await isThere(path))) return null;
      throw error;
    }
  });
}

/** Returns the input for a listed name that leads to no file; null if it has disappeared. */
async function brokenInput(path: string, name: string): Promise<Found | null> {
  const broken = await brokenAt(path);
  if (broken === null) return null;
  const { reason = 'input-unreadable', says, hint } = broken;
  const refusal = new InvalidError(reason, `input "${path}" ${says}`, { file: path, hint });
  return foundAt(path, name, noStats, refusal);
}

/** Returns why a name leads to no file: a broken link, or not UTF-8; null if it has disappeared. */
async function brokenAt(path: string): Promise<Broken | null> {
  if (path.includes('\ufffd')) return garbled;
  return (await isThere(path)) ? whyBroken(path) : null;
}

/** Throws for a folder that is a broken link, which must not look like an empty folder. */
async function refuseBroken(folder: string): Promise<void> {
  const broken = await brokenAt(folder);
  if (broken === null) return;
  const { reason = 'input-unreadable', says, hint, isAway } = broken;
  const message = `input "${folder}" ${says}`;
  if (isAway !== true) throw new InvalidError(reason, message, { file: folder, hint });
  throw new TransientError('storage-away', message, {
    file: folder,
    hint: 'check whether its disk is mounted, then run again',
  });
}

interface Broken {
  readonly reason?: 'no-permission';
  readonly says: string;
  readonly hint: string;
  /** True if it may come back by itself: a disk that is not mounted, a moment without access. */
  readonly isAway?: true;
}

const garbled: Broken = { says: 'has a name that is not UTF-8', hint: 'rename it' };

async function whyBroken(path: string): Promise<Broken> {
  const code = await stat(path).then(
    () => '',
    (error: NodeJS.ErrnoException) => error.code,
  );
  if (code === '')
    return { says: 'could not be accessed when it was listed', hint: 'run again', isAway: true };
  if (code === 'ELOOP') return { says: 'is a link to itself', hint: 'remove the link' };
  if (code === 'EACCES')
    return {
      reason: 'no-permission',
      says: 'is a link to a file that cannot be accessed: permission denied',
      hint: 'grant access to the user of this process, or remove the link',
    };
  return { says: 'is a dangling link', hint: 'remove the link, or restore what it points to', isAway: true };
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Returns a file's path relative to the job, the same on every machine. */
function relativePath(path: string, baseDir: string): string {
  return isS3(path) ? path : relative(baseDir, path).split(sep).join('/');
}
