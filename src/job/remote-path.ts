/** Returns true for the address of something that is not in this machine's file system. */
export function isRemote(path: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(path);
}

/** Returns true for the address of an object in S3, or of several. */
export function isS3(path: string): boolean {
  return /^s3:\/\//i.test(path);
}

/** Returns what to do instead of naming a service that is not supported. */
export function remoteHint(path: string): string {
  const [, scheme = ''] = /^([^:]+):/.exec(path)!;
  const service = otherServices[scheme.toLowerCase()];
  return service === undefined
    ? 'copy or mount remote files'
    : `${service} is not supported: copy or mount its files`;
}

const otherServices: Readonly<Record<string, string>> = {
  gs: 'Google Cloud Storage',
  gcs: 'Google Cloud Storage',
  az: 'Azure Blob Storage',
  abfs: 'Azure Data Lake Storage',
  abfss: 'Azure Data Lake Storage',
  wasb: 'Azure Blob Storage',
  wasbs: 'Azure Blob Storage',
  hdfs: 'HDFS',
};
