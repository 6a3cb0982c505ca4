import type { ByteSlice } from '../../chunk/slice.js';
import type { SkippedLines, SourceDescription } from '../format.js';
import { noteSkipped } from '../note-skipped.js';
import type { LineText } from './line-text.js';
import { isBlank } from './scan-line.js';
import { jsonlDetails } from './source-details.js';

/** Maximum number of rows of a slice, and of its cells: rows with few keys have few bytes, many cells. */
const mostRows = 262_144;
const mostCells = 2 * 1024 * 1024;

/**
 * Cuts a text of JSON Lines into slices of about `chunkBytes` that end with a line. A line that is too long
 * to read is a separate slice, which keeps at most one byte more than the limit. Reads the input once, in
 * pieces of 256 KiB. Throws `TransientError` if its size changes meanwhile, `InvalidError` if a compressed
 * stream is corrupt.
 */
export async function* cutSlices(
  text: LineText,
  description: SourceDescription,
  chunkBytes: number,
  skipped: SkippedLines,
  signal?: AbortSignal,
): AsyncGenerator<ByteSlice> {
  const { compression, dataStart, maxRowBytes } = jsonlDetails(description.details);
  const most = Math.max(
    1,
    Math.min(mostRows, Math.floor(mostCells / Math.max(1, description.columns.length))),
  );
  const stream = await text.open(compression, dataStart, signal);
  const carried = compression === 'none' && text.isFile ? null : carriedBytes();
  let next = { index: 0, start: dataStart, firstRow: 1, firstLine: 1 };
  let rows = 0;
  let line = 1;
  let lineStart = dataStart;
  let hasText = false;

  function slice(end: number, last: boolean): ByteSlice {
    const bytes = carried === null ? null : carried.take(end - next.start);
    const made: ByteSlice = { kind: 'bytes', ...next, end, inputBytes: end - next.start, bytes, last };
    next = { index: next.index + 1, start: end, firstRow: next.firstRow + rows, firstLine: line };
    rows = 0;
    return made;
  }

  /** Ends the line at `lineStart`; returns the slices that it completes. */
  function endLine(end: number, last: boolean): ByteSlice[] {
    const made: ByteSlice[] = [];
    if (!hasText) noteSkipped(skipped, 'blank-line', line);
    const isTooLong = end - lineStart > maxRowBytes;
    if (isTooLong && rows > 0) made.push(slice(lineStart, false));
    line++;
    if (hasText) rows++;
    else if (rows === 0) begin(end);
    if (rows > 0 && (last || isTooLong || end - next.start >= chunkBytes || rows >= most))
      made.push(slice(end, last));
    lineStart = end;
    hasText = false;
    return made;
  }

  /** Begins the next slice at an offset: blank lines before its first row belong to none. */
  function begin(at: number): void {
    carried?.take(at - next.start);
    next = { ...next, start: at, firstLine: line };
  }

  try {
    const block = Buffer.allocUnsafe(text.pieceBytes);
    let at = dataStart;
    // A line is complete once the next byte has been read, which shows if it is the file's last line.
    let pending: number | null = null;
    for (let count = await stream.read(block, 0); count > 0; count = await stream.read(block, 0)) {
      let from = 0;
      while (from < count) {
        if (pending !== null) yield* endLine(pending, false);
        pending = null;
        const found = block.indexOf(10, from);
        const end = found < 0 || found >= count ? count : found + 1;
        hasText ||= containsText(block, from, end);
        carried?.add(block, from, end, maxRowBytes + 1 - (at + from - lineStart));
        if (end > from && block[end - 1] === 10) pending = at + end;
        from = end;
      }
      at += count;
    }
    if (pending !== null) yield* endLine(pending, true);
    else if (at > lineStart) yield* endLine(at, true);
    // Blank lines at the end belong to no slice, so the last slice may have been yielded before.
    if (rows > 0) yield slice(lineStart, true);
    await text.checkSize();
  } finally {
    await stream.close();
  }
}

function containsText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isBlank(bytes[at]!) && bytes[at] !== 10) return true;
  return false;
}

/** The bytes of the next slice; only for a stream, because a worker cannot seek in it. */
interface CarriedBytes {
  /** Adds `bytes[from, to)`, at most `room` of them. */
  add(bytes: Buffer, from: number, to: number, room: number): void;
  /** Returns the first `length` bytes, and keeps the bytes after them; fewer if a line was too long. */
  take(length: number): Uint8Array;
}

function carriedBytes(): CarriedBytes {
  let held = Buffer.alloc(0);
  let count = 0;
  return {
    add(bytes, from, to, room) {
      const end = Math.min(to, from + Math.max(0, room));
      if (end <= from) return;
      const needed = count + end - from;
      if (needed > held.length) {
        const wider = Buffer.allocUnsafe(Math.max(needed, 2 * held.length));
        held.copy(wider, 0, 0, count);
        held = wider;
      }
      bytes.copy(held, count, from, end);
      count = needed;
    },
    take(length) {
      const taken = Math.min(length, count);
      const bytes = Buffer.from(held.subarray(0, taken));
      held.copyWithin(0, taken, count);
      count -= taken;
      return bytes;
    },
  };
}
