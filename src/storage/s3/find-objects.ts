import picomatch from 'picomatch';
import { matchGlob } from '../match-glob.js';
import { companion, unfinished } from '../names-beside.js';
import { refuseTableNamed } from '../refuse-table.js';
import { addressOf, objectName } from './object-name.js';
import { headObject, listObjects, type S3Object } from './objects.js';

/** Objects that an address names, in the order of their keys, and the names that were left out. */
export interface FoundObjects {
  readonly files: readonly { readonly name: string; readonly object: S3Object }[];
  readonly passedOver: readonly {
    readonly why: 'unfinished' | 'companion';
    readonly names: readonly string[];
  }[];
}

/**
 * Returns the objects that an address names: one object, all below a prefix that ends like a folder, or those
 * that match a glob of the key; null if an address without a wildcard names nothing. Leaves out what a
 * listing of local files leaves out. Cost: one request for each thousand keys that begin like the glob, and a
 * few more that look for a table's log. Throws like `s3Error`.
 */
export async function findObjects(spec: string, companions: boolean): Promise<FoundObjects | null> {
  const { bucket, key } = objectName(spec);
  const exact = await headObject(spec);
  if (exact !== null) return { files: [{ name: key.split('/').at(-1)!, object: exact }], passedOver: [] };
  const { isGlob, base, glob } = picomatch.scan(key);
  if (!isGlob) {
    const folder = key === '' || key.endsWith('/') ? key : `${key}/`;
    const found = await below(bucket, folder, folder, null, companions);
    return found.files.length === 0 && found.passedOver.length === 0 ? null : found;
  }
  const folder = base === '' ? '' : `${base}/`;
  const prefix = folder + /^[^*?[\]{}()!@+\\]*/.exec(glob)![0];
  const ending = glob.replace(/^.*\/|[*?]+$/g, '');
  return below(bucket, folder, prefix, glob, companions || companion.test(ending));
}

/** Returns the objects below `folder` whose keys begin with `prefix` (and which the glob matches). */
async function below(
  bucket: string,
  folder: string,
  prefix: string,
  glob: string | null,
  companions: boolean,
): Promise<FoundObjects> {
  const isFlat = glob !== null && !/\/|\*\*|\(|\{/.test(glob);
  const listed = await listObjects(addressOf({ bucket, key: prefix }), isFlat ? '/' : null);
  if (listed.objects.length > 0) await refuseTablesAbove(bucket, folder);
  const matches = glob === null ? () => true : matchGlob(glob);
  const takesUnfinished = glob !== null && unfinished.test(glob);
  const left = { unfinished: [] as string[], companion: [] as string[] };
  const files: { name: string; object: S3Object }[] = [];
  for (const object of listed.objects) {
    const { key } = objectName(object.path);
    const inner = key.slice(folder.length);
    // Folder tools leave an empty object for each folder.
    if (inner === '' || inner.endsWith('/')) continue;
    refuseTableNamed(addressOf({ bucket, key: folder }), inner);
    const names = inner.split('/');
    if (names.some((name) => name.startsWith('_') || name.startsWith('.')) || !matches(inner)) continue;
    const name = names.at(-1)!;
    if (unfinished.test(name) && !takesUnfinished) left.unfinished.push(inner);
    else if (companion.test(name) && !companions) left.companion.push(inner);
    else files.push({ name: inner, object });
  }
  const passedOver = (['unfinished', 'companion'] as const)
    .map((why) => ({ why, names: left[why].sort() }))
    .filter(({ names }) => names.length > 0);
  return { files, passedOver };
}

/** Looks for a table's log in the folder and in those above it, because partitions are subfolders. */
async function refuseTablesAbove(bucket: string, folder: string): Promise<void> {
  const names = folder.split('/').slice(0, -1);
  const folders = names.map((_, i) => `${names.slice(0, i + 1).join('/')}/`);
  await Promise.all(
    ['', ...folders].flatMap((at) =>
      ['_delta_log/', '.hoodie/', 'metadata/'].map(async (log) => {
        const { objects } = await listObjects(addressOf({ bucket, key: at + log }), '/', 1);
        for (const { path } of objects)
          refuseTableNamed(addressOf({ bucket, key: at }), objectName(path).key.slice(at.length));
      }),
    ),
  );
}
