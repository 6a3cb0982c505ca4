import type { HeldBytes } from '../chunk/slice.js';

/** A file with random access, so that only the requested bytes are in memory. */
export interface PositionedFile {
  readonly path: string;
  readonly size: number;
  /** Null for a local file, whose bytes can all be read; the bytes of a remote file must be fetched first. */
  readonly fetched: FetchedFile | null;
  /** Returns the bytes `[start, end)` in separate memory; throws `InvalidError` if the file is shorter. */
  read(start: number, end: number): Uint8Array<ArrayBuffer>;
  /** Reads them into `target`, starting at index `at`. */
  readInto(target: Uint8Array, at: number, start: number, end: number): void;
  close(): void;
}

/** Bytes `[start, end)` of a file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A remote file's fetched bytes by random access; a worker has those that came with its slice. */
export interface FetchedFile extends PositionedFile {
  readonly fetched: FetchedFile;
  /**
   * Fetches the missing bytes of some ranges side by side, neighbours in one request. Drops older bytes
   * beyond 64 MiB.
   */
  fetch(ranges: readonly ByteRange[]): Promise<void>;
  /** Throws if bytes of some ranges are missing, so that `withBytes` fetches them side by side. */
  need(ranges: readonly ByteRange[]): void;
  /** Replaces the bytes of the last slice. */
  hold(pieces: readonly HeldBytes[]): void;
  /** Returns the ranges that were read but were missing, since the last call. */
  takeMissed(): ByteRange[];
  /** Drops everything that was fetched; keeps the bytes it was opened with. */
  clear(): void;
}
