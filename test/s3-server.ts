import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';

/** How a server fails: with an error, by closing the connection, by cutting the body off, or never. */
export type Fault = 'SlowDown' | 'InternalError' | 'AccessDenied' | 'reset' | 'cut' | 'hang' | null;

/** The reading half of S3: HEAD, GET with ranges and If-Match, and listings; addressed by path. */
export interface S3Server {
  readonly env: NodeJS.ProcessEnv;
  readonly address: string;
  /** Puts an object into the bucket `b`. */
  put(key: string, content: Uint8Array | string): void;
  /** Decides about each request for an object or a listing, counted from 0. */
  fault(decide: (count: number, request: IncomingMessage) => Fault): void;
  /** Bytes of bodies that were sent, and requests, by key; listings under the empty key. */
  readonly sent: Map<string, { bytes: number; requests: number }>;
}

interface Stored {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly modified: Date;
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
export async function s3Server(): Promise<S3Server> {
  const objects = new Map<string, Stored>();
  const sent = new Map<string, { bytes: number; requests: number }>();
  let decide: (count: number, request: IncomingMessage) => Fault = () => null;
  let count = 0;

  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://localhost');
    const [, bucket, ...names] = url.pathname.split('/').map(decodeURIComponent);
    const key = names.join('/');
    const fault = decide(count++, request);
    if (fault === 'reset') return request.destroy();
    if (fault === 'hang') return;
    if (fault === 'AccessDenied') return failed(response, 403, 'AccessDenied');
    if (fault === 'SlowDown') return failed(response, 503, 'SlowDown');
    if (fault === 'InternalError') return failed(response, 500, 'InternalError');
    if (bucket !== 'b') return failed(response, 404, 'NoSuchBucket', request.method === 'HEAD');
    const total = sent.get(key) ?? { bytes: 0, requests: 0 };
    sent.set(key, total);
    total.requests++;
    if (key === '') return void response.end(listing(objects, url.searchParams));
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

/** Returns a page of at most two objects or prefixes, so that every listing has several. */
function listing(objects: ReadonlyMap<string, Stored>, asked: URLSearchParams): string {
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
  const page = rest.slice(0, 2);
  const next =
    rest.length > 2 ? `<NextContinuationToken>${escaped(page.at(-1)![0])}</NextContinuationToken>` : '';
  const body = page.map(([, text]) => text).join('');
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${next !== ''}</IsTruncated>${next}${body}</ListBucketResult>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
