import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join as joinPath, relative, resolve, sep } from 'node:path';
import { InvalidError } from '../errors.js';
import { isS3, objectName } from './s3/object-name.js';

/** Returns the path, or the address, of `names` below `folder`. */
export function join(folder: string, ...names: readonly string[]): string {
  if (!isS3(folder)) return joinPath(folder, ...names);
  return [folder.replace(/\/+$/, ''), ...names].join('/');
}

/** Returns the folder that a file is in, or the address above an object's. */
export function folderOf(path: string): string {
  return isS3(path) ? path.slice(0, path.lastIndexOf('/')) : dirname(path);
}

/** Joins `name` to `folder`; throws `InvalidError` if the result is outside `folder`. */
export function pathWithin(folder: string, name: string): string {
  const root = isS3(folder) ? '/run' : resolve(folder);
  const path = resolve(root, name);
  const inner = relative(root, path);
  if (
    inner !== '' &&
    inner !== '..' &&
    !inner.startsWith(`..${sep}`) &&
    !isAbsolute(inner) &&
    !name.includes('\0')
  ) {
    return isS3(folder) ? join(folder, inner) : path;
  }
  throw new InvalidError(
    'outside-output',
    `output file ${JSON.stringify(name)} would leave the output folder`,
    {
      file: folder,
    },
  );
}

/** Returns the root of an absolute path, or the bucket of an address, and the names below it. */
export function rootOf(path: string): { readonly root: string; readonly names: readonly string[] } {
  if (!isS3(path)) return { root: sep, names: path.split(sep).slice(1) };
  const { bucket, key } = objectName(path);
  return { root: `s3://${bucket}`, names: key.split('/') };
}

/** Returns a path below `baseDir`, or an absolute one or an address as it is. */
export function located(baseDir: string, path: string): string {
  return isS3(path) ? path : resolve(baseDir, path);
}

/** Resolves links in a path as far as it exists; returns an address as it is. */
export async function realPath(path: string): Promise<string> {
  if (isS3(path)) return path.replace(/\/+$/, '');
  try {
    return await realpath(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : joinPath(await realPath(above), basename(path));
  }
}
