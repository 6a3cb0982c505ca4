import { createRequire } from 'node:module';

type Sdk = typeof import('@aws-sdk/client-s3');
type S3Client = import('@aws-sdk/client-s3').S3Client;

/** The SDK, and the one client of this process. */
interface S3 {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

const require = createRequire(import.meta.url);
let opened: S3 | null = null;
/** When the service sent an answer, by its own clock. */
const sentAt = new WeakMap<object, number>();

/** How long a connection may take to be established. */
const connectMs = 5_000;
/** Maximum number of connections at once. */
const mostSockets = 32;

/**
 * Returns the SDK and the client of this process; the first call loads them, which takes 0.2 s. Credentials,
 * region and endpoint come from the SDK's default chain (environment, `~/.aws`, container, instance); where
 * it has no region, requests begin in us-east-1 and follow the bucket. At a service other than Amazon's the
 * bucket stands in the path; `NIGHTSHIFT_S3_PATH_STYLE` (`true`, `false`) overrides that.
 */
export function s3(): S3 {
  opened ??= openS3();
  return opened;
}

function openS3(): S3 {
  // The version is pinned, so a person cannot act on the SDK's notices about later ones.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const sdk = require('@aws-sdk/client-s3') as Sdk;
  const chain = new sdk.S3Client({}).config.region;
  const sockets = { keepAlive: true, maxSockets: mostSockets };
  const client = new sdk.S3Client({
    region: () => chain().catch(() => process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1'),
    // `repeat` repeats requests, including those whose body a lost connection cuts off.
    maxAttempts: 1,
    followRegionRedirects: true,
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Bodies have a Content-MD5, which every service checks.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: connectMs, httpAgent: sockets, httpsAgent: sockets },
  });
  noteTimes(client);
  const provide = client.config.endpointProvider;
  client.config.endpointProvider = (given, context) =>
    provide({ ...given, ForcePathStyle: pathStyle() ?? isOther(given.Endpoint) }, context);
  return { sdk, client };
}

/** Returns when the service sent this answer, in ms since 1970 by its own clock. */
export function serviceTime(answer: object): number {
  return sentAt.get(answer) ?? Date.now();
}

function noteTimes(client: S3Client): void {
  const note: Parameters<typeof client.middlewareStack.add>[0] = (next) => async (args) => {
    const done = await next(args as never);
    const { headers } = done.response as { readonly headers?: Readonly<Record<string, string>> };
    const date = Date.parse(headers?.['date'] ?? '');
    if (!Number.isNaN(date)) sentAt.set(done.output as object, date);
    return done;
  };
  client.middlewareStack.add(note as never, { step: 'deserialize', priority: 'high', name: 'noteTimes' });
}

/** Returns true for a configured endpoint that is not Amazon's. */
function isOther(endpoint: string | undefined): boolean {
  return (
    endpoint !== undefined && !/^https?:\/\/([^/]+\.)?amazonaws\.com(\.cn)?(:\d+)?(\/|$)/i.test(endpoint)
  );
}

function pathStyle(): boolean | null {
  const set = process.env['NIGHTSHIFT_S3_PATH_STYLE'];
  return set === 'true' ? true : set === 'false' ? false : null;
}
