import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How a server fails: with an error, by closing the connection, by cutting the body off, by doing what is
 * asked without answering (`lost`), by answering late, or never.
 */
export type Fault =
  | 'SlowDown'
  | 'InternalError'
  | 'AccessDenied'
  | 'NotImplemented'
  | 'reset'
  | 'cut'
  | 'lost'
  | 'slow'
  | 'hang'
  | null;

interface ServerWishes {
  /** Of a service that ignores the conditions of puts. */
  readonly ignoresConditions?: boolean;
  /** The largest object that is copied at once. */
  readonly mostCopied?: number;
  /** Keys of a page of a listing. */
  readonly page?: number;
}

/**
 * S3 as far as the program uses it, addressed by path: HEAD, GET with ranges and If-Match, listings, puts on
 * conditions, copies, deletes, and uploads in parts.
 */
export interface S3Server {
  readonly env: NodeJS.ProcessEnv;
  readonly address: string;
  /** Puts an object into the bucket `b`. */
  put(key: string, content: Uint8Array | string): void;
  /** Decides about each request for an object or a listing, counted from 0. */
  fault(decide: (count: number, request: IncomingMessage) => Fault): void;
  /** The contents by key. */
  contents(prefix?: string): Map<string, Buffer>;
  /** Keys of uploads that were neither completed nor aborted. */
  uploads(): string[];
  clear(prefix: string): void;
  /** Bytes of bodies that were sent, and requests, by key; listings under the empty key. */
  readonly sent: Map<string, { bytes: number; requests: number }>;
}

interface Stored {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly modified: Date;
  readonly metadata?: Readonly<Record<string, string>>;
}

interface Upload {
  readonly key: string;
  readonly parts: Map<number, Buffer>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Returns the environment in which the program finds the server. */
export function s3Env(address: string, region: string): NodeJS.ProcessEnv {
  return {
    AWS_ENDPOINT_URL_S3: address,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: region,
  };
}

/** Starts a server that ends with the tests. */
export async function s3Server({
  ignoresConditions = false,
  mostCopied = Number.POSITIVE_INFINITY,
  page = 2,
}: ServerWishes = {}): Promise<S3Server> {
  const objects = new Map<string, Stored>();
  const uploads = new Map<string, Upload>();
  const sent = new Map<string, { bytes: number; requests: number }>();
  let decide: (count: number, request: IncomingMessage) => Fault = () => null;
  let count = 0;

  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://localhost');
    const [, bucket, ...names] = url.pathname.split('/').map(decodeURIComponent);
    const key = names.join('/');
    const fault = decide(count++, request);
    const body = await bodyOf(request);
    if (body === null) return;
    if (fault === 'reset') return void request.socket.destroy();
    if (fault === 'hang') return;
    if (fault === 'AccessDenied') return failed(response, 403, 'AccessDenied');
    if (fault === 'SlowDown') return failed(response, 503, 'SlowDown');
    if (fault === 'InternalError') return failed(response, 500, 'InternalError');
    if (fault === 'NotImplemented') return failed(response, 501, 'NotImplemented');
    if (fault === 'slow') await sleep(300);
    if (fault === 'lost') {
      if (bucket === 'b' && request.method !== 'GET' && request.method !== 'HEAD')
        write(request, key, url, body);
      return void request.socket.destroy();
    }
    if (bucket !== 'b') return failed(response, 404, 'NoSuchBucket', request.method === 'HEAD');
    const total = sent.get(key) ?? { bytes: 0, requests: 0 };
    sent.set(key, total);
    total.requests++;
    if (request.method === 'PUT' || request.method === 'POST' || request.method === 'DELETE') {
      const { status, code = '', text = '', headers = {} } = write(request, key, url, body);
      if (code !== '') return failed(response, status, code);
      return void response.writeHead(status, headers).end(text);
    }
    if (key === '' && url.searchParams.has('uploads'))
      return void response.end(listUploads(uploads, url.searchParams.get('prefix') ?? ''));
    if (key === '') return void response.end(listing(objects, url.searchParams, page));
    const found = objects.get(key);
    if (found === undefined) return failed(response, 404, 'NoSuchKey', request.method === 'HEAD');
    if (request.headers['if-match'] !== undefined && request.headers['if-match'] !== found.etag)
      return failed(response, 412, 'PreconditionFailed');
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const size = found.bytes.length;
    const start = Number(from ?? 0);
    const end = Math.min(size, Number(to ?? size - 1) + 1);
    if (start >= size && from !== undefined) return failed(response, 416, 'InvalidRange');
    response.writeHead(from === undefined ? 200 : 206, {
      'Content-Length': end - start,
      'Last-Modified': found.modified.toUTCString(),
      ETag: found.etag,
      ...found.metadata,
      ...(from === undefined ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${size}` }),
    });
    if (request.method === 'HEAD') return void response.end();
    if (fault === 'cut') {
      response.write(found.bytes.subarray(start, start + ((end - start) >> 1)), () => response.destroy());
      return;
    }
    total.bytes += end - start;
    response.end(found.bytes.subarray(start, end));
  });
  /** Does what a request asks for, at once. */
  function write(request: IncomingMessage, key: string, url: URL, body: Buffer): Answer {
    const { headers, method } = request;
    const id = url.searchParams.get('uploadId');
    const metadata = metadataOf(request);
    if (method === 'DELETE') {
      if (id !== null && !uploads.delete(id)) return { status: 404, code: 'NoSuchUpload' };
      if (id === null) objects.delete(key);
      return { status: 204 };
    }
    if (method === 'POST' && id === null) {
      const made = randomUUID();
      uploads.set(made, { key, parts: new Map(), metadata });
      return xml(
        `<InitiateMultipartUploadResult><UploadId>${made}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    if (method === 'POST') return complete(id!, body.toString());
    const sum = headers['content-md5'];
    if (sum !== undefined && sum !== createHash('md5').update(body).digest('base64'))
      return { status: 400, code: 'BadDigest' };
    const copied = headers['x-amz-copy-source'] as string | undefined;
    const source = copied === undefined ? null : objects.get(decodeURIComponent(copied.slice(2)));
    if (source === undefined) return { status: 404, code: 'NoSuchKey' };
    if (id !== null) return putPart(id, Number(url.searchParams.get('partNumber')), request, source, body);
    const there = objects.get(key);
    if (!ignoresConditions) {
      const { 'if-match': match, 'if-none-match': none } = headers;
      if (match !== undefined && there === undefined) return { status: 404, code: 'NoSuchKey' };
      if ((none === '*' && there !== undefined) || (match !== undefined && match !== there?.etag))
        return { status: 412, code: 'PreconditionFailed' };
    }
    if (source !== null && source.bytes.length > mostCopied) return { status: 400, code: 'InvalidRequest' };
    const stored = store(key, source?.bytes ?? body, source?.metadata ?? metadata);
    const result = `<CopyObjectResult><ETag>${escaped(stored.etag)}</ETag></CopyObjectResult>`;
    return source === null ? { status: 200, headers: { ETag: stored.etag } } : xml(result);
  }

  function store(key: string, bytes: Buffer, metadata: Stored['metadata'] = {}, etag = md5(bytes)): Stored {
    const stored = { bytes, etag: `"${etag}"`, modified: new Date(), metadata };
    objects.set(key, stored);
    return stored;
  }

  function putPart(
    id: string,
    part: number,
    { headers }: IncomingMessage,
    source: Stored | null,
    body: Buffer,
  ): Answer {
    const upload = uploads.get(id);
    if (upload === undefined) return { status: 404, code: 'NoSuchUpload' };
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(String(headers['x-amz-copy-source-range'])) ?? [];
    const bytes = source === null ? body : source.bytes.subarray(Number(from), Number(to) + 1);
    upload.parts.set(part, bytes);
    const etag = `"${md5(bytes)}"`;
    if (source === null) return { status: 200, headers: { ETag: etag } };
    return xml(`<CopyPartResult><ETag>${escaped(etag)}</ETag></CopyPartResult>`);
  }

  function complete(id: string, asked: string): Answer {
    const upload = uploads.get(id);
    if (upload === undefined) return { status: 404, code: 'NoSuchUpload' };
    const numbers = [...asked.matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => Number(number));
    const parts = numbers.map((number) => upload.parts.get(number));
    if (parts.some((part) => part === undefined) || parts.length === 0)
      return { status: 400, code: 'InvalidPart' };
    const bytes = Buffer.concat(parts as Buffer[]);
    uploads.delete(id);
    store(upload.key, bytes, upload.metadata, `${md5(bytes)}-${parts.length}`);
    return xml('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>');
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    env: { ...s3Env(address, 'eu-west-1'), AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent' },
    put(key, content) {
      const bytes = Buffer.from(content);
      const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
      objects.set(key, { bytes, etag, modified: new Date('2013-02-01T00:00:00Z') });
    },
    contents: (prefix = '') =>
      new Map(
        [...objects]
          .sort()
          .flatMap(([key, { bytes }]) => (key.startsWith(prefix) ? [[key, bytes] as const] : [])),
      ),
    uploads: () => [...uploads.values()].map(({ key }) => key),
    clear(prefix) {
      for (const key of objects.keys()) if (key.startsWith(prefix)) objects.delete(key);
      for (const [id, { key }] of uploads) if (key.startsWith(prefix)) uploads.delete(id);
    },
    fault(by) {
      decide = by;
      count = 0;
    },
    sent,
  };
}

function failed(response: ServerResponse, status: number, code: string, isHead = false): void {
  response.writeHead(status, { 'Content-Type': 'application/xml' });
  response.end(
    isHead ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>made</Message></Error>`,
  );
}

/** The answer to a request that writes. */
interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const xml = (text: string): Answer => ({ status: 200, text: `<?xml version="1.0"?>${text}` });

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of request) pieces.push(piece as Buffer);
  } catch {
    // The program was killed: its request breaks off.
  }
  return request.complete ? Buffer.concat(pieces) : null;
}

function metadataOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith('x-amz-meta-') || name === 'content-type' ? [[name, String(value)] as const] : [],
    ),
  );
}

function listUploads(uploads: ReadonlyMap<string, Upload>, prefix: string): string {
  const items = [...uploads].filter(([, { key }]) => key.startsWith(prefix));
  const text = items.map(
    ([id, { key }]) => `<Upload><Key>${escaped(key)}</Key><UploadId>${id}</UploadId></Upload>`,
  );
  return `<?xml version="1.0"?><ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${text.join('')}</ListMultipartUploadsResult>`;
}

/** Returns a page of at most `most` objects or prefixes: with two, every listing has several. */
function listing(objects: ReadonlyMap<string, Stored>, asked: URLSearchParams, most: number): string {
  const prefix = asked.get('prefix') ?? '';
  const delimiter = asked.get('delimiter');
  const start = asked.get('continuation-token') ?? '';
  const items = new Map<string, string>();
  for (const [key, { bytes, etag, modified }] of [...objects].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
    const folder = key.slice(0, at + 1);
    if (at >= 0) items.set(folder, `<CommonPrefixes><Prefix>${escaped(folder)}</Prefix></CommonPrefixes>`);
    else
      items.set(
        key,
        `<Contents><Key>${escaped(key)}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>${escaped(etag)}</ETag><Size>${bytes.length}</Size></Contents>`,
      );
  }
  const rest = [...items].filter(([name]) => name > start);
  const page = rest.slice(0, most);
  const next =
    rest.length > most ? `<NextContinuationToken>${escaped(page.at(-1)![0])}</NextContinuationToken>` : '';
  const body = page.map(([, text]) => text).join('');
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${next !== ''}</IsTruncated>${next}${body}</ListBucketResult>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
