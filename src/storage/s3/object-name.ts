import { InvalidError } from '../../errors.js';

/** Bucket and key of an object, or of all objects whose keys begin with a prefix. */
export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
}

/** Returns true for the address of an object in S3 or of several. */
export function isS3(path: string): boolean {
  return /^s3:\/\//i.test(path);
}

/** Splits an address `s3://bucket/key`. Throws `InvalidError` if it has no bucket. */
export function objectName(path: string): ObjectName {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(path) ?? [];
  if (bucket !== '') return { bucket, key };
  throw new InvalidError('s3-address', `"${path}" has no bucket`, {
    file: path,
    hint: 'write s3://BUCKET/KEY',
  });
}

/** Returns the address of an object. */
export function addressOf({ bucket, key }: ObjectName): string {
  return `s3://${bucket}/${key}`;
}
