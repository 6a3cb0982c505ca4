import { createHash, randomUUID } from 'node:crypto';
import { InvalidError, TransientError } from '../../errors.js';
import { s3 } from './client.js';
import { objectName } from './object-name.js';
import { headObject } from './objects.js';
import { type Purpose, recalling, recording, request, uploading } from './request.js';
import { BrokenBody, isNoObject, isTooLargeToCopy, statusOf } from './s3-error.js';

/** Larger objects are uploaded in parts of this size, or more where there would be more than `mostParts`. */
export const partBytes = 8 * 2 ** 20;
const mostParts = 9_000;
/** Parts of an object that are copied within the service: it takes at most 5 GiB at once. */
const copyBytes = 2 ** 30;

/** How long the service may take to answer: the slowest are copies and the ends of uploads. */
const answerMs = 60_000;
const slowAnswerMs = 600_000;

/** How browsers and other programs read what is written; by the ending of its name. */
const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  jsonl: 'application/x-ndjson',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.file',
};

/** Returns what a new object is called, and what is in it. */
function newObject(path: string) {
  const { bucket, key } = objectName(path);
  const type = contentTypes[/\.([a-z]+)$/.exec(key)?.[1] ?? ''];
  return { Bucket: bucket, Key: key, ...(type === undefined ? {} : { ContentType: type }) };
}

/** Condition of a put: there is no such object, or it still has this ETag. */
export type Condition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: string };

/** Puts an object, whole, and returns its ETag. Repeating it is safe. */
export async function putObject(path: string, body: Uint8Array, purpose = recording): Promise<string> {
  const { client, sdk } = s3();
  const sums = { Body: body, ContentMD5: md5(body) };
  const { ETag = '' } = await asked(path, purpose, answerMs, (abortSignal) =>
    client.send(new sdk.PutObjectCommand({ ...newObject(path), ...sums }), { abortSignal }),
  );
  return ETag;
}

/** Result of a conditional put. */
interface Put {
  /** The new ETag; null if the condition did not hold. */
  readonly etag: string | null;
  /** True if an earlier attempt of the same put may be the reason: its answer was lost. */
  readonly isUnsure: boolean;
}

/**
 * Puts an object if the condition holds. Throws `InvalidError` if the service says that it knows no
 * conditions.
 */
export async function putIf(path: string, body: Uint8Array, condition: Condition): Promise<Put> {
  const { client, sdk } = s3();
  let attempts = 0;
  return asked(path, recording, answerMs, async (abortSignal) => {
    attempts++;
    const sums = { Body: body, ContentMD5: md5(body) };
    const command = new sdk.PutObjectCommand({ ...newObject(path), ...sums, ...condition });
    try {
      const { ETag = '' } = await client.send(command, { abortSignal });
      return { etag: ETag, isUnsure: false };
    } catch (error) {
      if (statusOf(error) === 501) throw noConditions(path);
      const isGone = 'IfMatch' in condition && isNoObject(error);
      if (statusOf(error) !== 412 && !isGone) throw error;
      return { etag: null, isUnsure: attempts > 1 };
    }
  });
}

/** Returns the error for a service without conditional puts, on which several runs could not be told apart. */
export function noConditions(path: string): InvalidError {
  return new InvalidError(
    'storage-unsupported',
    `"${path}" cannot be written safely: its service does not support conditional puts (If-None-Match, If-Match)`,
    { file: path, hint: 'choose an output at another service, or in a local folder' },
  );
}

/** Deletes an object; does nothing if there is none. */
export async function deleteObject(path: string): Promise<void> {
  const { bucket, key } = objectName(path);
  const { client, sdk } = s3();
  await asked(path, recording, answerMs, async (abortSignal) => {
    const command = new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key });
    await client.send(command, { abortSignal }).catch((error: unknown) => {
      if (!isNoObject(error)) throw error;
    });
  });
}

/** Copies an object within the service over another; returns false if there is none. */
export async function copyObject(from: string, to: string, most = copyBytes): Promise<boolean> {
  const { bucket, key } = objectName(to);
  const { client, sdk } = s3();
  const target = { Bucket: bucket, Key: key, CopySource: copySource(from) };
  return asked(to, recording, slowAnswerMs, async (abortSignal) => {
    try {
      await client.send(new sdk.CopyObjectCommand(target), { abortSignal });
      return true;
    } catch (error) {
      if (isNoObject(error)) return false;
      if (isTooLargeToCopy(error)) return null;
      throw error;
    }
  }).then((isCopied) => isCopied ?? copyParts(from, to, most));
}

async function copyParts(from: string, to: string, most: number): Promise<boolean> {
  const source = await headObject(from, recalling);
  if (source === null) return false;
  const { bucket, key } = objectName(to);
  const { client, sdk } = s3();
  await inParts(to, recording, async ({ id, note }) => {
    for (let start = 0, part = 1; start < source.size; start += most, part++) {
      const end = Math.min(source.size, start + most);
      const range = { CopySource: copySource(from), CopySourceRange: `bytes=${start}-${end - 1}` };
      const place = { Bucket: bucket, Key: key, UploadId: id, PartNumber: part };
      const command = new sdk.UploadPartCopyCommand({ ...place, ...range, CopySourceIfMatch: source.etag });
      const copied = await asked(to, recording, slowAnswerMs, (abortSignal) =>
        client.send(command, { abortSignal }),
      );
      note(part, copied.CopyPartResult?.ETag);
    }
  });
  return true;
}

function copySource(path: string): string {
  const { bucket, key } = objectName(path);
  return [bucket, ...key.split('/')].map(encodeURIComponent).join('/');
}

/** Returns the size of the parts in which an object of `bytes` is uploaded. */
export function partBytesFor(bytes: number): number {
  return Math.max(partBytes, Math.ceil(bytes / mostParts));
}

/**
 * Uploads parts, at most `lanes` at once; the object is there when all of it is. Each part but the last has
 * at least 5 MiB. After a failure nothing is left of them.
 */
export function uploadParts(
  path: string,
  parts: AsyncIterable<Uint8Array>,
  { lanes = 1, purpose = uploading }: { readonly lanes?: number; readonly purpose?: Purpose } = {},
): Promise<void> {
  const { bucket, key } = objectName(path);
  const { client, sdk } = s3();
  return inParts(path, purpose, async ({ id, note }) => {
    const iterator = parts[Symbol.asyncIterator]();
    let count = 0;
    let next: Promise<unknown> = Promise.resolve();
    const one = async (): Promise<boolean> => {
      // One lane at a time takes the next part and its number.
      const taken = next.then(async () => ({ ...(await iterator.next()), part: ++count }));
      next = taken.catch(() => {});
      const { done, value, part } = await taken;
      if (done === true) return false;
      const place = { Bucket: bucket, Key: key, UploadId: id, PartNumber: part };
      const command = new sdk.UploadPartCommand({ ...place, Body: value, ContentMD5: md5(value) });
      const { ETag } = await asked(path, purpose, answerMs, (abortSignal) =>
        client.send(command, { abortSignal }),
      );
      note(part, ETag);
      return true;
    };
    const lane = async () => {
      while (await one());
    };
    const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
    const failed = ended.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed !== undefined) throw failed.reason;
  });
}

/** An upload in parts that is under way. */
interface Upload {
  readonly id: string;
  /** Notes the ETag of an uploaded part. */
  note(part: number, etag: string | undefined): void;
}

/** Begins an upload, calls `send` to send its parts, and completes it; aborts it after a failure. */
async function inParts(
  path: string,
  purpose: Purpose,
  send: (upload: Upload) => Promise<void>,
): Promise<void> {
  const { bucket, key } = objectName(path);
  const { client, sdk } = s3();
  const place = { Bucket: bucket, Key: key };
  // Tells this upload's object from others where the answer to its completion is lost.
  const mark = randomUUID();
  const create = new sdk.CreateMultipartUploadCommand({
    ...newObject(path),
    Metadata: { 'nightshift-upload': mark },
  });
  const { UploadId: id = '' } = await asked(path, purpose, answerMs, (abortSignal) =>
    client.send(create, { abortSignal }),
  );
  const parts: { readonly PartNumber: number; readonly ETag: string | undefined }[] = [];
  try {
    await send({ id, note: (PartNumber, ETag) => void parts.push({ PartNumber, ETag }) });
    const Parts = parts.sort((a, b) => a.PartNumber - b.PartNumber);
    const all = { ...place, UploadId: id, MultipartUpload: { Parts } };
    const isComplete = await asked(path, purpose, slowAnswerMs, (abortSignal) =>
      client.send(new sdk.CompleteMultipartUploadCommand(all), { abortSignal }).then(
        () => true,
        (error: unknown) => {
          if (isNoObject(error)) return false;
          throw error;
        },
      ),
    );
    if (isComplete) return;
    const found = await headObject(path, recalling);
    if (found?.metadata['nightshift-upload'] !== mark)
      throw new TransientError('storage-failed', `"${path}" cannot be written: its upload was aborted`, {
        file: path,
        hint: 'run again when no other run works there',
      });
  } catch (error) {
    await abortUpload(path, id).catch(() => {});
    throw error;
  }
}

/** Removes the parts of an upload. */
async function abortUpload(path: string, id: string): Promise<void> {
  const { bucket, key } = objectName(path);
  const { client, sdk } = s3();
  await asked(path, recording, answerMs, async (abortSignal) => {
    const command = new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: id });
    await client.send(command, { abortSignal }).catch((error: unknown) => {
      if (!isNoObject(error)) throw error;
    });
  });
}

/**
 * Removes the uploads under a prefix that were not completed and for whose name below it `isOurs` is true:
 * one request for a thousand of them, and one for each that is removed.
 */
export async function abortUploads(prefix: string, isOurs: (name: string) => boolean): Promise<void> {
  const { bucket, key } = objectName(prefix);
  const { client, sdk } = s3();
  let after: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } | null = {};
  while (after !== null) {
    const markers: object = after;
    const page = await asked(prefix, recording, answerMs, (abortSignal) => {
      const command = new sdk.ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key, ...markers });
      return client.send(command, { abortSignal });
    });
    for (const { Key = '', UploadId = '' } of page.Uploads ?? []) {
      if (isOurs(Key.slice(key.length))) await abortUpload(`s3://${bucket}/${Key}`, UploadId);
    }
    const { NextKeyMarker = '', NextUploadIdMarker = '' } = page;
    after =
      page.IsTruncated === true ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : null;
  }
}

/** Sends a request like `request`; one without an answer within `mostMs` is repeated. */
function asked<T>(
  path: string,
  purpose: Purpose,
  mostMs: number,
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return request(
    path,
    null,
    async (signal) => {
      const late = AbortSignal.timeout(mostMs);
      try {
        return await send(AbortSignal.any([signal, late]));
      } catch (error) {
        if (late.aborted && !signal.aborted) throw new BrokenBody(`no answer for ${mostMs / 1000} s`);
        throw error;
      }
    },
    purpose,
  );
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}
