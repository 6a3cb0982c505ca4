import { createHash, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { isOwnerRunning, ownerPattern, ownerTag } from '../../process/owner.js';
import { hashInput } from '../hash-input.js';
import { join } from '../paths.js';
import type { Content, Store, StoredFile } from '../store.js';
import { acquireObject, holdObject, takeOverObject } from './held-object.js';
import { objectName } from './object-name.js';
import { headObject, listObjects, readBeginning, readRange } from './objects.js';
import { recalling, recording } from './request.js';
import { createStagedObject } from './staged-object.js';
import {
  abortUploads,
  copyObject,
  deleteObject,
  noConditions,
  partBytes,
  putIf,
  putObject,
  uploadParts,
} from './write-objects.js';

/** Objects up to this size are read by one request, larger ones in pieces of it. */
const pieceBytes = 2 ** 20;
const own = '_nightshift';
const probeName = new RegExp(`/probe-(${ownerPattern})-[^/]*$`);
/** Objects that are deleted at once. */
const together = 8;

/**
 * Run folders in S3: a folder is a prefix of keys. Every put is whole and durable once it is answered, so
 * there is nothing to sync. There is no rename: a move copies, then deletes, and both may be repeated.
 */
export const s3Store: Store = {
  async read(path) {
    const file = await openObject(path);
    return file === null ? null : file.text();
  },
  async readWith(path, read) {
    const file = await openObject(path);
    if (file === null) throw Object.assign(new Error(path), { code: 'ENOENT' });
    return read(file);
  },
  async readSmall(path, use) {
    const begun = await readBeginning(path, pieceBytes);
    return begun === null || begun.bytes.length < begun.size ? null : use(Buffer.from(begun.bytes));
  },
  write: writeObject,
  put: writeObject,
  note: async (path, text) => void (await putObject(path, Buffer.from(text))),
  remove: deleteObject,
  async drop(path) {
    await deleteObject(path);
    return true;
  },
  // A request would have to be waited for.
  dropNow: () => {},
  async removeIfSame(_, path, bytes, sha256) {
    const found = await headObject(path, recalling);
    if (found === null) return true;
    const { size, etag } = found;
    if (size !== bytes || (await hashInput({ path, bytes, etag })) !== sha256) return false;
    await deleteObject(path);
    return true;
  },
  async move(from, to) {
    if (!(await copyObject(from, to))) return false;
    await deleteObject(from);
    return true;
  },
  sync: async () => {},
  async names(folder) {
    const { objects, folders } = await listObjects(`${folder}/`, '/', Number.POSITIVE_INFINITY, recalling);
    const below = objectName(`${folder}/`).key.length;
    const keys = [...objects.map(({ path }) => objectName(path).key), ...folders];
    return keys
      .map((key) => key.slice(below).replace(/\/$/, ''))
      .filter((name) => name !== '')
      .sort();
  },
  // A prefix exists only while there are objects below it.
  async version(folder) {
    const { objects } = await listObjects(`${folder}/`, null, Number.POSITIVE_INFINITY, recalling);
    const hash = createHash('sha256');
    for (const { path, etag, mtimeMs } of objects) hash.update(`${path} ${etag} ${mtimeMs}\n`);
    return hash.digest('hex');
  },
  size: async (path) => (await headObject(path, recalling))?.size ?? null,
  async seen(path) {
    const found = await headObject(path, recalling);
    return found === null ? null : { modifiedMs: found.mtimeMs, ageMs: found.ageMs };
  },
  exists: async (path) => (await headObject(path, recalling)) !== null || hasObjects(path),
  isFolder: hasObjects,
  checkWritable,
  async openFolder(root) {
    if (checked.has(root)) return;
    await checkWritable(root);
    checked.add(root);
  },
  makeFolder: async () => {},
  async makeEmptyFolder(root, name) {
    const folder = join(root, name);
    await removeObjects(folder);
    return folder;
  },
  removeFolder: removeObjects,
  removeLeftovers: async () => {},
  async removeUnfinished(root, isOurs) {
    await abortUploads(`${root}/`, isOurs);
    await removeProbes(root);
  },
  stage: createStagedObject,
  acquire: acquireObject,
  takeOver: takeOverObject,
  hold: holdObject,
  stagingDisk: () => tmpdir(),
};

/** Run folders whose service has shown in this process that its conditional puts hold. */
const checked = new Set<string>();

/**
 * Throws `InvalidError` if objects cannot be put and deleted below `folder`, or if the service ignores the
 * conditions of puts: then two runs could both think that they own the folder. Costs four requests.
 */
async function checkWritable(folder: string): Promise<void> {
  const path = join(folder, own, `probe-${await ownerTag()}-${randomUUID()}`);
  const body = Buffer.from('nightshift');
  try {
    const first = await putIf(path, body, { IfNoneMatch: '*' });
    if (first.etag === null && !first.isUnsure) throw noConditions(folder);
    const again = await putIf(path, body, { IfNoneMatch: '*' });
    const other = await putIf(path, body, { IfMatch: '"0123456789abcdef0123456789abcdef"' });
    if (again.etag !== null || other.etag !== null) throw noConditions(folder);
  } finally {
    await deleteObject(path).catch(() => {});
  }
}

/** Removes the probes of killed processes. */
async function removeProbes(root: string): Promise<void> {
  const { objects } = await listObjects(
    `${join(root, own)}/probe-`,
    '/',
    Number.POSITIVE_INFINITY,
    recalling,
  );
  for (const { path } of objects) {
    const owner = probeName.exec(path)?.[1];
    if (owner !== undefined && (await isOwnerRunning(owner)) === false) await deleteObject(path);
  }
}

async function openObject(path: string): Promise<StoredFile | null> {
  const begun = await readBeginning(path, pieceBytes);
  if (begun === null) return null;
  const { size, bytes } = begun;
  async function* pieces() {
    yield bytes;
    for (let start = bytes.length; start < size; start += pieceBytes)
      yield await readRange(begun!, start, Math.min(size, start + pieceBytes), null, recalling);
  }
  return {
    bytes: size,
    async text() {
      const all: Uint8Array[] = [];
      for await (const piece of pieces()) all.push(piece);
      return Buffer.concat(all).toString('utf8');
    },
    pieces,
  };
}

/** Puts content that may come in pieces: in parts where it is larger than one. */
async function writeObject(path: string, content: Content): Promise<void> {
  if (typeof content === 'string' || content instanceof Uint8Array) {
    await putObject(path, typeof content === 'string' ? Buffer.from(content) : content);
    return;
  }
  const parts = partsOf(content);
  const first = await parts.next();
  if (first.done === true || first.value.length < partBytes) {
    await putObject(path, first.value ?? new Uint8Array());
    return;
  }
  async function* all() {
    yield first.value as Uint8Array;
    yield* parts;
  }
  await uploadParts(path, all(), { purpose: recording });
}

/** Yields parts of at least `partBytes`; the last may be smaller. */
async function* partsOf(
  content: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<Uint8Array, undefined> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const text of content) {
    const piece = Buffer.from(text);
    waiting.push(piece);
    bytes += piece.length;
    if (bytes < partBytes) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}

async function hasObjects(folder: string): Promise<boolean> {
  return (await listObjects(`${folder}/`, null, 1, recalling)).objects.length > 0;
}

async function removeObjects(folder: string): Promise<void> {
  const { objects } = await listObjects(`${folder}/`, null, Number.POSITIVE_INFINITY, recalling);
  for (let from = 0; from < objects.length; from += together) {
    const some = objects.slice(from, from + together);
    await Promise.all(some.map(({ path }) => deleteObject(path)));
  }
}
