/** A remote input read by ranges; the listing of inputs lends it to the formats by its path. */
export interface RemoteFile {
  readonly path: string;
  readonly size: number;
  /** Returns the bytes `[start, end)`; throws `TransientError` if the input was replaced or storage fails. */
  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}

const lent = new Map<string, RemoteFile>();

/** Returns true for an address of something that is not in this machine's file system. */
export function isRemote(path: string): boolean {
  return /^s3:\/\//i.test(path);
}

/** Lets the formats of this process read an input by its path; workers get bytes with their slices. */
export function lendRemote(file: RemoteFile): void {
  lent.delete(file.path);
  lent.set(file.path, file);
}

/** Returns the lent input of a path; null for a local file. */
export function remoteFile(path: string): RemoteFile | null {
  if (!isRemote(path)) return null;
  const file = lent.get(path);
  if (file === undefined) throw new Error(`${path} was not lent to the formats`);
  return file;
}
