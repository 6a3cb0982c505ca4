import type { Readable } from 'node:stream';
import { TransientError } from '../../errors.js';
import { s3, serviceTime } from './client.js';
import { addressOf, type ObjectName, objectName } from './object-name.js';
import { type Purpose, reading, recalling, request } from './request.js';
import { BrokenBody, isAbsent, isNoObject, statusOf } from './s3-error.js';

/** An object as listed. `etag` identifies its content; it is written anew with every upload. */
export interface S3Object {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly etag: string;
}

/** An object by itself. */
interface HeadObject extends S3Object {
  /** By the clock of the service. */
  readonly ageMs: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** How long a body may make no progress. */
const stillMs = 20_000;

/** Returns an object's size, time and version by one request; null if it does not exist. */
export async function headObject(path: string, purpose = reading): Promise<HeadObject | null> {
  const { bucket, key } = objectName(path);
  if (key === '' || key.endsWith('/')) return null;
  const { client, sdk } = s3();
  return request(
    path,
    null,
    async (abortSignal) => {
      const command = new sdk.HeadObjectCommand({ Bucket: bucket, Key: key });
      const found = await client.send(command, { abortSignal }).catch((error: unknown) => {
        if (isAbsent(error)) return null;
        throw error;
      });
      if (found === null) return null;
      const { ContentLength, LastModified, ETag, Metadata = {} } = found;
      const object = objectOf({ bucket, key }, ContentLength, LastModified, ETag);
      return { ...object, ageMs: serviceTime(found) - object.mtimeMs, metadata: Metadata };
    },
    purpose,
  );
}

/** Objects under a prefix. */
interface Listed {
  readonly objects: readonly S3Object[];
  /** With a delimiter: the prefixes directly below. */
  readonly folders: readonly string[];
}

/**
 * Lists the objects whose keys begin with a prefix, in the order of their keys: one request for a thousand.
 */
export async function listObjects(
  path: string,
  delimiter: '/' | null,
  most = Number.POSITIVE_INFINITY,
  purpose = reading,
): Promise<Listed> {
  const { bucket, key: prefix } = objectName(path);
  const { client, sdk } = s3();
  const objects: S3Object[] = [];
  const folders: string[] = [];
  let next: string | undefined;
  do {
    const token = next;
    const page = await request(
      path,
      null,
      (abortSignal) => {
        const command = new sdk.ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          ContinuationToken: token,
          ...(delimiter === null ? {} : { Delimiter: delimiter }),
        });
        return client.send(command, { abortSignal });
      },
      purpose,
    );
    for (const { Key = '', Size, LastModified, ETag } of page.Contents ?? [])
      objects.push(objectOf({ bucket, key: Key }, Size, LastModified, ETag));
    for (const { Prefix = '' } of page.CommonPrefixes ?? []) folders.push(Prefix);
    next = page.NextContinuationToken;
  } while (next !== undefined && objects.length + folders.length < most);
  return { objects, folders };
}

function objectOf(name: ObjectName, size = 0, modified = new Date(0), etag = ''): S3Object {
  return { path: addressOf(name), size, mtimeMs: modified.getTime(), etag };
}

/**
 * Returns the bytes `[start, end)` of an object. If a body breaks off or makes no progress, repeats the
 * request from there. Throws `TransientError` if the object is no longer the listed one, and the errors of
 * `s3Error`.
 */
export async function readRange(
  { path, etag }: Pick<S3Object, 'path' | 'etag'>,
  start: number,
  end: number,
  signal: AbortSignal | null = null,
  purpose: Purpose = reading,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - start);
  if (bytes.length === 0) return bytes;
  const { bucket, key } = objectName(path);
  const { client, sdk } = s3();
  let at = 0;
  await request(
    path,
    signal,
    (abortSignal) =>
      whileArriving(abortSignal, async (stop, arrived) => {
        const Range = `bytes=${start + at}-${end - 1}`;
        const command = new sdk.GetObjectCommand({
          Bucket: bucket,
          Key: key,
          Range,
          ...(etag === '' ? {} : { IfMatch: etag }),
        });
        const { Body, ContentRange } = await client.send(command, { abortSignal: stop });
        if (ContentRange !== undefined && !ContentRange.startsWith(`bytes ${start + at}-`))
          throw new BrokenBody('the service returned a different range than requested');
        for await (const piece of stopping(Body as Readable, stop)) {
          arrived();
          if (at + piece.length > bytes.length)
            throw new BrokenBody('the service returned more bytes than requested');
          bytes.set(piece, at);
          at += piece.length;
        }
        if (at < bytes.length) throw new BrokenBody(`its bytes break off after ${at} of ${bytes.length}`);
      }).catch((error: unknown) => {
        const status = statusOf(error);
        if (status === 412 || status === 416) throw changed(path);
        if (status === 404) throw changed(path, 'was removed');
        throw error;
      }),
    purpose,
  );
  return bytes;
}

/** The beginning of an object. */
interface Beginning extends Pick<S3Object, 'path' | 'size' | 'etag'> {
  readonly bytes: Uint8Array;
}

/** Returns an object's first bytes, at most `most`, by one request; null if it does not exist. */
export async function readBeginning(path: string, most: number): Promise<Beginning | null> {
  const { bucket, key } = objectName(path);
  const { client, sdk } = s3();
  return request(
    path,
    null,
    (abortSignal) =>
      whileArriving(abortSignal, async (stop, arrived) => {
        const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=0-${most - 1}` });
        const answer = await client.send(command, { abortSignal: stop });
        const { Body, ContentRange, ContentLength = 0, ETag = '' } = answer;
        const pieces: Uint8Array[] = [];
        for await (const piece of stopping(Body as Readable, stop)) {
          arrived();
          pieces.push(piece);
        }
        const bytes = Buffer.concat(pieces);
        if (bytes.length !== ContentLength)
          throw new BrokenBody(`its bytes break off after ${bytes.length} of ${ContentLength}`);
        const size = Number(/\/(\d+)$/.exec(ContentRange ?? '')?.[1] ?? bytes.length);
        return { path, size, etag: ETag, bytes };
      }).catch((error: unknown) => {
        if (isNoObject(error)) return null;
        // A range of an empty object.
        if (statusOf(error) === 416) return { path, size: 0, etag: '', bytes: new Uint8Array() };
        throw error;
      }),
    recalling,
  );
}

/**
 * Returns what `work` returns, whose signal aborts too if it does not call `arrived` for 20 s; then throws
 * `BrokenBody`.
 */
async function whileArriving<T>(
  signal: AbortSignal,
  work: (stop: AbortSignal, arrived: () => void) => Promise<T>,
): Promise<T> {
  const still = new AbortController();
  const timer = setTimeout(() => still.abort(), stillMs);
  try {
    return await work(AbortSignal.any([signal, still.signal]), () => timer.refresh());
  } catch (error) {
    if (still.signal.aborted && !signal.aborted)
      throw new BrokenBody(`no data arrived for ${stillMs / 1000} s`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Yields the pieces of a body, which is destroyed when the signal aborts. */
async function* stopping(body: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  const stop = () => body.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    yield* body as AsyncIterable<Buffer>;
  } finally {
    signal.removeEventListener('abort', stop);
    body.destroy();
  }
}

function changed(path: string, how = 'was written again'): TransientError {
  return new TransientError('input-changed', `input "${path}" ${how} while it was being read`, {
    file: path,
    hint: 'run again when the input is complete',
  });
}
