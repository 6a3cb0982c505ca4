import { opendir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import picomatch from 'picomatch';
import { addressOf, isS3, objectName } from './s3/object-name.js';
import { listObjects } from './s3/objects.js';

/** Maximum number of names that are read from a folder. */
const mostRead = 10_000;

/** Maximum number of names that are shown. */
const mostShown = 4;

/**
 * Returns what exists instead of the file or glob `spec`, as a part of a sentence: the nearest names in its
 * folder, or the first missing folder of its path. Null if no folder can be read. Reads one folder, up to
 * 10,000 names of it.
 */
export async function whatIsThere(spec: string, baseDir: string): Promise<string | null> {
  if (isS3(spec)) return objectsThere(spec);
  const { base, glob, isGlob } = picomatch.scan(spec);
  const path = resolve(baseDir, spec);
  const own = isGlob ? null : await namesIn(path);
  if (own !== null) return `"${path}" ${shownNames(own, '')}`;
  let folder = isGlob ? resolve(baseDir, base) : dirname(path);
  let asked = isGlob ? literalStart(glob) : basename(path);
  let missing: string | null = null;
  for (;;) {
    const names = await namesIn(folder);
    if (names !== null) {
      const there = `"${folder}" ${shownNames(names, asked)}`;
      return missing === null ? there : `there is no folder "${missing}", and ${there}`;
    }
    if (dirname(folder) === folder) return null;
    missing = folder;
    asked = basename(folder);
    folder = dirname(folder);
  }
}

/** Returns the same for an address: the names directly below the nearest prefix that has any. */
async function objectsThere(spec: string): Promise<string | null> {
  const { bucket, key } = objectName(spec);
  const { base, isGlob } = picomatch.scan(key);
  let folder = isGlob ? base : key.replace(/\/+$/, '');
  for (;;) {
    const prefix = folder === '' ? '' : `${folder}/`;
    const { objects, folders } = await listObjects(addressOf({ bucket, key: prefix }), '/', mostRead);
    const inner = (name: string) => name.slice(prefix.length);
    const names = [...objects.map(({ path }) => inner(objectName(path).key)), ...folders.map(inner)];
    const asked = isGlob ? '' : inner(key).split('/')[0]!;
    const there = `"${addressOf({ bucket, key: prefix })}" ${shownNames(
      names.filter((name) => name !== ''),
      asked,
    )}`;
    if (names.length > 0 || folder === '') return there;
    folder = folder.split('/').slice(0, -1).join('/');
  }
}

/** Returns the names in a folder, those of folders with `/`; null if it cannot be read. */
async function namesIn(folder: string): Promise<string[] | null> {
  const names: string[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      names.push(entry.isDirectory() ? `${entry.name}/` : entry.name);
      if (names.length === mostRead) break;
    }
  } catch {
    return null;
  }
  return names;
}

function shownNames(all: readonly string[], asked: string): string {
  const names = all.filter((name) => !/^[._]/.test(name)).sort();
  if (names.length === 0)
    return all.length === 0 ? 'is empty' : 'has only names that begin with "." or "_", which are skipped';
  const after = names.findIndex((name) => name > asked);
  const middle = (after === -1 ? names.length : after) - mostShown / 2;
  const from = Math.max(0, Math.min(middle, names.length - mostShown));
  const near = names
    .slice(from, from + mostShown)
    .map((name) => (name.length <= 60 ? name : `${name.slice(0, 60)}…`));
  if (names.length <= mostShown) return `has ${near.join(', ')}`;
  const count = all.length < mostRead ? String(names.length) : `${mostRead} or more`;
  return `has ${count} names, such as ${near.join(', ')}`;
}

/** Returns the literal beginning of a glob's first name, before any wildcard. */
function literalStart(glob: string): string {
  return /^[^*?[\]{}()!/]*/.exec(glob)![0];
}
