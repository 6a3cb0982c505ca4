import { InvalidError, NightshiftError, TransientError } from '../../errors.js';

/** Facts known about a failed request. */
interface Failure {
  readonly name?: string;
  readonly Code?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

/** A body that ended too early, or made no progress. */
export class BrokenBody extends Error {}

/** Returns the HTTP status of a failed request; 0 without an answer. */
export function statusOf(error: unknown): number {
  const { $metadata, $response } = (error ?? {}) as Failure;
  return $metadata?.httpStatusCode ?? $response?.statusCode ?? 0;
}

/** Returns the service's code for a failure, else the system's. */
function wordOf(error: unknown): string {
  const { name = '', Code, code } = (error ?? {}) as Failure;
  const word = Code ?? (name === 'Error' ? (code ?? '') : name);
  // A failed HEAD has no body that would name the failure.
  return word === 'Unknown' || word === 'UnknownError' ? '' : word;
}

/** Returns true if the object, or its bucket, does not exist. */
export function isAbsent(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** Returns true if the object does not exist, but its bucket may. */
export function isNoObject(error: unknown): boolean {
  return isAbsent(error) && wordOf(error) !== 'NoSuchBucket';
}

/** Returns true if the service refuses the size of an object that is to be copied. */
export function isTooLargeToCopy(error: unknown): boolean {
  return statusOf(error) === 400 && /^(InvalidRequest|EntityTooLarge)$/.test(wordOf(error));
}

/** Returns true if the service asks for fewer requests. */
export function isThrottled(error: unknown): boolean {
  const status = statusOf(error);
  return status === 429 || status === 503 || /SlowDown|Throttl|TooManyRequests/i.test(wordOf(error));
}

/** Returns true if another attempt may succeed. */
export function mayPass(error: unknown): boolean {
  if (error instanceof NightshiftError) return false;
  if (error instanceof BrokenBody) return true;
  const status = statusOf(error);
  if ((status >= 500 && status !== 501) || status === 429 || status === 408) return true;
  if (wordOf(error) === 'ConditionalRequestConflict') return true;
  if (
    /^(RequestTimeout|TimeoutError|RequestTimeTooSkewed|InternalError|SlowDown|AbortError)$/.test(
      wordOf(error),
    )
  )
    return true;
  const { code = '', message = '' } = (error ?? {}) as Failure;
  return status < 300 && (/^E[A-Z_]+$/.test(code) || /socket hang up|aborted|premature/i.test(message));
}

/**
 * Converts the failure of a request for `path` to an error that a person can act on, in one sentence:
 * `TransientError` where waiting may help, `InvalidError` where credentials, rights or names are wrong.
 * Returns any other error (a bug) unchanged.
 */
export function s3Error(error: unknown, path: string, verb: 'read' | 'written' = 'read'): unknown {
  if (error instanceof NightshiftError) return error;
  const status = statusOf(error);
  const word = wordOf(error);
  const { code = '', message = '' } = (error ?? {}) as Failure;
  const invalid = (reason: 'no-permission' | 's3-address' | 's3-credentials', says: string, hint: string) =>
    new InvalidError(reason, `"${path}" cannot be ${verb}: ${says}`, { file: path, hint, cause: error });
  const transient = (
    reason: 'storage-failed' | 'storage-away' | 'input-missing',
    says: string,
    hint: string,
  ) => new TransientError(reason, `"${path}" cannot be ${verb}: ${says}`, { file: path, hint, cause: error });
  if (/Credentials|TokenProvider/.test(word) && status === 0)
    return invalid('s3-credentials', 'no credentials were found', credentialsHint);
  if (/^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired)$/.test(word))
    return invalid('s3-credentials', 'the credentials have expired', 'renew them, then run again');
  if (/^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|UnrecognizedClientException)$/.test(word))
    return invalid(
      's3-credentials',
      `the service does not accept the credentials (${word})`,
      wrongCredentials,
    );
  if (word === 'NoSuchBucket')
    return invalid(
      's3-address',
      'there is no such bucket',
      'correct the name, or set AWS_REGION and AWS_ENDPOINT_URL_S3',
    );
  if (status === 404 && verb === 'written')
    return transient('storage-failed', `it was removed meanwhile (${word || status})`, 'run again');
  if (status === 404)
    return transient(
      'input-missing',
      'there is no such object',
      'check the key, or run again when it exists',
    );
  if (status === 401 || status === 403)
    return invalid(
      'no-permission',
      `access is denied${word === '' || status === Number(word) ? '' : ` (${word})`}`,
      verb === 'read' ? deniedHint : deniedWriting,
    );
  if (
    status === 301 ||
    status === 307 ||
    /Redirect|AuthorizationHeaderMalformed|IllegalLocationConstraint/.test(word)
  )
    return invalid(
      's3-address',
      'the bucket is in another region',
      'set AWS_REGION to the region of the bucket',
    );
  if (isThrottled(error))
    return transient(
      'storage-failed',
      `the service asks for fewer requests (${word || status}) again and again`,
      'run again later, or with fewer workers',
    );
  if (status >= 500)
    return transient('storage-failed', `the service failed (${word || status})`, 'run again later');
  if (error instanceof BrokenBody)
    return transient('storage-failed', error.message, 'check the network, then run again');
  if (/^(ENOTFOUND|EAI_AGAIN)$/.test(code))
    return transient(
      'storage-away',
      'the name of the service cannot be resolved',
      'check the network, AWS_REGION and AWS_ENDPOINT_URL_S3, then run again',
    );
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/.test(code))
    return transient(
      'storage-away',
      `nothing answers at its endpoint (${code})`,
      'check the network and AWS_ENDPOINT_URL_S3, then run again',
    );
  if (/^(CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|ERR_TLS)/.test(code))
    return invalid(
      's3-address',
      `the certificate of its endpoint is not trusted (${code})`,
      'set AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS, or correct AWS_ENDPOINT_URL_S3',
    );
  if (mayPass(error) || word === 'TimeoutError')
    return transient(
      'storage-failed',
      `the connection failed (${code || word || message})`,
      'check the network, then run again',
    );
  if (status >= 400)
    return invalid(
      's3-address',
      `the service refuses the request (${word || status}: ${message})`,
      'check the address, AWS_REGION and AWS_ENDPOINT_URL_S3',
    );
  return error;
}

const credentialsHint =
  'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role';
const wrongCredentials =
  'correct AWS_PROFILE or the keys, and check that AWS_ENDPOINT_URL_S3 is the service that they belong to';
const deniedWriting =
  'grant s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on the objects of the run folder, and s3:ListBucket and s3:ListBucketMultipartUploads on its bucket, to these credentials';
const deniedHint = 'grant s3:GetObject on the object and s3:ListBucket on its bucket to these credentials';
