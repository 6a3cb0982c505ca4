import type { HeldBytes } from '../chunk/slice.js';
import type { ByteRange, FetchedFile, PositionedFile } from './file-access.js';
import { endOf, indexPieces } from './piece-index.js';
import { type RemoteFile, remoteFile } from './remote-file.js';

/** A worker needs bytes that did not come with its slice: only the main process can fetch them. */
export class NotCarried extends Error {
  override readonly name = 'NotCarried';
}

/** Maximum number of fetched bytes that are kept. */
const mostKeptBytes = 64 * 1024 * 1024;
/** Larger ranges are fetched in parts, side by side. */
const mostPartBytes = 8 * 1024 * 1024;
/** A gap that costs less to read than another request. */
const smallGapBytes = 4 * 1024;

/** Bytes in memory, and the last fetch that needed them. */
interface Piece extends HeldBytes {
  used: number;
}

/** Opens a remote file of the given size; the bytes in `known` are in memory from the start. */
export function openFetched(path: string, size: number, known: readonly HeldBytes[]): FetchedFile {
  const remote = lentOrNull(path);
  let kept: Piece[] = [];
  let missed: ByteRange[] = [];
  let turn = 0;
  let inKept = indexPieces(kept);
  let inHeld = indexPieces<HeldBytes>([]);
  const inKnown = indexPieces(known);

  function keep(pieces: Piece[]): void {
    kept = pieces;
    inKept = indexPieces(pieces);
  }

  function pieceAt(at: number): HeldBytes | null {
    const piece = inKept.holding(at);
    if (piece === null) return inHeld.holding(at) ?? inKnown.holding(at);
    piece.used = turn;
    return piece;
  }

  /** Returns the parts of a range that are not in memory. */
  function gapsIn({ start, end }: ByteRange): ByteRange[] {
    const gaps: ByteRange[] = [];
    for (let at = start; at < end; ) {
      const piece = pieceAt(at);
      if (piece !== null) at = endOf(piece);
      else {
        const next = Math.min(end, ...[inKept, inHeld, inKnown].map((index) => index.startAfter(at)));
        gaps.push({ start: at, end: next });
        at = next;
      }
    }
    return gaps;
  }

  /**
   * Drops the bytes that have not been used for the longest time, except those of this fetch and of the one
   * before it.
   */
  function drop(): void {
    let bytes = kept.reduce((sum, piece) => sum + piece.bytes.length, 0);
    if (bytes <= mostKeptBytes) return;
    const dropped = new Set<Piece>();
    for (const piece of [...kept].sort((a, b) => a.used - b.used)) {
      if (bytes <= mostKeptBytes || piece.used >= turn - 1) break;
      dropped.add(piece);
      bytes -= piece.bytes.length;
    }
    keep(kept.filter((piece) => !dropped.has(piece)));
  }

  const file: FetchedFile = {
    path,
    size,
    get fetched() {
      return file;
    },
    read(start, end) {
      const bytes = new Uint8Array(end - start);
      file.readInto(bytes, 0, start, end);
      return bytes;
    },
    readInto(target, at, start, end) {
      for (let from = start; from < end; ) {
        const piece = pieceAt(from);
        if (piece === null) {
          missed.push({ start: from, end });
          throw new NotCarried(`${path}: bytes ${from} to ${end} were not fetched`);
        }
        const to = Math.min(end, endOf(piece));
        target.set(piece.bytes.subarray(from - piece.start, to - piece.start), at + from - start);
        from = to;
      }
    },
    async fetch(ranges) {
      if (remote === null) throw new NotCarried(`${path}: bytes were not fetched`);
      turn++;
      const wanted = merged(merged(ranges).flatMap(gapsIn));
      const pieces = await Promise.all(wanted.map((range) => fetchRange(remote, range)));
      keep([...kept, ...pieces.map((piece) => ({ ...piece, used: turn }))]);
      drop();
    },
    need(ranges) {
      const gaps = merged(ranges).flatMap(gapsIn);
      if (gaps.length === 0) return;
      missed.push(...gaps);
      throw new NotCarried(`${path}: ${gaps.length} ranges were not fetched`);
    },
    hold(pieces) {
      inHeld = indexPieces(pieces);
    },
    takeMissed() {
      const ranges = missed;
      missed = [];
      return ranges;
    },
    clear: () => keep([]),
    close() {
      keep([]);
      inHeld = indexPieces<HeldBytes>([]);
    },
  };
  return file;
}

/** Returns the lent file; null in a worker, which has no lent files. */
function lentOrNull(path: string): RemoteFile | null {
  try {
    return remoteFile(path);
  } catch {
    return null;
  }
}

/** Joins ranges that overlap or nearly touch. */
function merged(ranges: readonly ByteRange[]): ByteRange[] {
  return joined(ranges, smallGapBytes);
}

/** Joins ranges with at most `gap` bytes between them; returns them in order. */
function joined(ranges: readonly ByteRange[], gap: number): ByteRange[] {
  const found: { start: number; end: number }[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    if (end <= start) continue;
    const last = found.at(-1);
    if (last !== undefined && start <= last.end + gap) last.end = Math.max(last.end, end);
    else found.push({ start, end });
  }
  return found;
}

async function fetchRange(remote: RemoteFile, { start, end }: ByteRange): Promise<HeldBytes> {
  if (end - start <= mostPartBytes) return { start, bytes: await remote.read(start, end) };
  const bytes = new Uint8Array(end - start);
  const parts: Promise<void>[] = [];
  for (let from = start; from < end; from += mostPartBytes) {
    const part = remote.read(from, Math.min(end, from + mostPartBytes));
    parts.push(part.then((read) => bytes.set(read, from - start)));
  }
  await Promise.all(parts);
  return { start, bytes };
}

/**
 * Returns the result of `work`, which reads a file. A local file is read at once. For a remote one, fetches
 * the missing bytes and calls `work` again, so it must have no side effects before it has read everything.
 * Fetches at least `least` bytes at once, for files that are read on from there.
 */
export async function withBytes<T>({ fetched }: PositionedFile, work: () => T, least = 0): Promise<T> {
  if (fetched === null) return work();
  for (;;) {
    fetched.takeMissed();
    let result: T | undefined;
    let failure: { readonly error: unknown } | null = null;
    try {
      result = work();
    } catch (error) {
      failure = { error };
    }
    const missed = fetched.takeMissed();
    const { size } = fetched;
    const wider = missed.map(({ start, end }) => ({
      start,
      end: Math.min(size, Math.max(end, start + least)),
    }));
    if (missed.length > 0) await fetched.fetch(wider);
    else if (failure !== null) throw failure.error;
    else return result as T;
  }
}

/** A file that records what is read from it. */
interface NotedFile extends PositionedFile {
  /** Returns the bytes that were read since the last call, joined where they touch. */
  takeRead(): HeldBytes[];
}

/** Returns a file that reads from another one and notes it. */
export function notedFile(file: PositionedFile): NotedFile {
  let ranges: ByteRange[] = [];
  return {
    ...file,
    fetched: file.fetched,
    read(start, end) {
      ranges.push({ start, end });
      return file.read(start, end);
    },
    readInto(target, at, start, end) {
      ranges.push({ start, end });
      file.readInto(target, at, start, end);
    },
    takeRead() {
      const read = joined(ranges, 0).map(({ start, end }) => ({ start, bytes: file.read(start, end) }));
      ranges = [];
      return read;
    },
  };
}
