import type { StagedFile } from './staged-file.js';

/** Content of a file: whole, or in pieces so that it need not be in memory at once. */
export type Content = string | Uint8Array | Iterable<string> | AsyncIterable<string>;

/** A file that is open for reading. */
export interface StoredFile {
  readonly bytes: number;
  text(): Promise<string>;
  /** Yields its bytes in order, at most `pieceBytes` at once. */
  pieces(pieceBytes?: number): AsyncIterable<Uint8Array>;
}

/** A file that its caller alone writes, and whose age shows others that its owner lives. */
export interface HeldFile {
  /** Makes the file new again; returns false if it is gone or another's. */
  refresh(): Promise<boolean>;
  /** Replaces its content, whole and durably. */
  write(text: string): Promise<void>;
}

/** When a file was written. */
export interface Seen {
  readonly modifiedMs: number;
  /** Negative if the file's clock is ahead. */
  readonly ageMs: number;
}

/**
 * Where run folders are: all that is done to their files goes through here. Paths are those of a layout. What
 * is durable survives a power cut once its promise is kept. All methods throw as described at `storageError`.
 */
export interface Store {
  /** Returns the text of a file; null if there is none. A pipe or a device counts as none. */
  read(path: string): Promise<string | null>;
  /** Calls `read` with an open file; throws an error with the code ENOENT if there is none. */
  readWith<T>(path: string, read: (file: StoredFile) => Promise<T>): Promise<T>;
  /**
   * Returns what `use` makes of the bytes of a small file, which change once it returns. Returns null for a
   * larger one, or one that cannot be read: `read` then reports the error.
   */
  readSmall<T>(path: string, use: (bytes: Buffer) => T): Promise<T | null>;
  /** Writes a file so that at any instant it has either the old or the new content. Durable. */
  write(path: string, content: Content): Promise<void>;
  /** Writes a file like `write`; durable after `sync` of its folder. */
  put(path: string, content: Content): Promise<void>;
  /** Writes a file that may be lost or torn by a crash. */
  note(path: string, text: string): Promise<void>;
  /** Removes a file; does nothing if there is none. Durable. */
  remove(path: string): Promise<void>;
  /** Removes a file; returns false if there was none. */
  drop(path: string): Promise<boolean>;
  /** Removes a file while the process is ending, as far as that is possible without waiting. */
  dropNow(path: string): void;
  /**
   * Removes a file of the run folder `root` if it has this size and SHA-256; returns true if it is gone.
   * Durable. Costs one pass over the file.
   */
  removeIfSame(root: string, path: string, bytes: number, sha256: string): Promise<boolean>;
  /** Moves a whole file over another one; returns false if there is none. Durable after `sync`. */
  move(from: string, to: string): Promise<boolean>;
  /** Makes moves and removals in a folder durable. */
  sync(folder: string): Promise<void>;
  /** Returns the names in a folder, sorted; none if there is no such folder. */
  names(folder: string): Promise<string[]>;
  /**
   * Returns a text that changes when a file is written to a folder or removed; null if there is no such folder.
   */
  version(folder: string): Promise<string | null>;
  /** Returns the size of a file; null if there is none. */
  size(path: string): Promise<number | null>;
  /** Returns when a file was written, by the clock of its storage; null if there is none. */
  seen(path: string): Promise<Seen | null>;
  /** Returns true if there is a file or a folder. */
  exists(path: string): Promise<boolean>;
  /** Returns true for a folder itself, not for a link to one. */
  isFolder(path: string): Promise<boolean>;
  /** Throws `InvalidError` if files cannot be written below `folder`, or not safely. */
  checkWritable(folder: string): Promise<void>;
  /** Makes the run folder and folders in it. Throws like `checkWritable`, and for one that is a link. */
  openFolder(root: string, names: readonly string[]): Promise<void>;
  /** Makes the folder `name` below `root`. Throws `InvalidError` if a part of it is a link or a file. */
  makeFolder(root: string, name: string): Promise<void>;
  /**
   * Makes the folder `name` below `root` without the contents of an existing one; returns its path. Durable
   * after `sync` of `root`.
   */
  makeEmptyFolder(root: string, name: string): Promise<string>;
  /** Removes a folder with everything in it. */
  removeFolder(path: string): Promise<void>;
  /** Removes what processes that were killed while they wrote left in a folder. */
  removeLeftovers(folder: string): Promise<void>;
  /**
   * Removes what killed processes left of writes that no name shows, of the files in the run folder `root`
   * for whose names, relative to it, `isOurs` is true.
   */
  removeUnfinished(root: string, isOurs: (name: string) => boolean): Promise<void>;
  /** Creates a file that must not exist and is complete once it is finished. */
  stage(path: string): Promise<StagedFile>;
  /** Creates a file that must not exist, to hold it; returns null if it exists. */
  acquire(path: string, text: string): Promise<HeldFile | null>;
  /**
   * Replaces a file whose owner is dead, to hold it; throws what `refuse` throws while the owner lives. Of
   * several callers one succeeds; for others it returns null.
   */
  takeOver(path: string, text: string, refuse: () => Promise<void>): Promise<HeldFile | null>;
  /** Writes a file whole and durably, to hold it. */
  hold(path: string, text: string): Promise<HeldFile>;
  /** Returns the local folder whose disk takes what is staged for a run folder. */
  stagingDisk(folder: string): string;
}
