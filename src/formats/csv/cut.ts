import { stat } from 'node:fs/promises';
import type { ByteSlice } from '../../chunk/slice.js';
import { TransientError } from '../../errors.js';
import type { CsvKernel } from '../../kernels/csv-kernel.js';
import { openCsvKernel } from '../../kernels/open-csv-kernel.js';
import type { SkippedLines, SourceDescription } from '../format.js';
import { noteSkipped, rememberedLines } from '../note-skipped.js';
import { type ByteStream, openBytes } from '../text/byte-stream.js';
import type { HoleFinder } from './holes.js';
import { kernelDialect, kernelScans } from './kernel-dialect.js';
import { marksOf } from './marks.js';
import { type RowReader, rowKind, rowReader, slack } from './row-reader.js';
import { nextMark } from './slice-rows.js';
import { csvDetails } from './source-details.js';

/** Bytes that the window holds beyond the longest row. */
const largestBlock = 2 * 1024 * 1024;

/** Approximate maximum number of rows of a slice: the records of a spoiled row take a hundred times the bytes of a short one. */
const mostRows = 262_144;
const fewRows = 1024;
/** A byte and its line end. */
const leastRowBytes = 2;

/**
 * Cuts a CSV input into slices of about `chunkBytes` that begin and end between rows; a row that is too long is a slice of its own. Finds
 * row ends with the same functions as the decoder. Reads the input once through a window of `maxRowBytes` and 2 MiB; throws
 * `TransientError` where its size changes meanwhile, `InvalidError` where a compressed stream is corrupt. All that is read is shown to
 * `holes`.
 */
export async function* cutSlices(
  description: SourceDescription,
  chunkBytes: number,
  skipped: SkippedLines,
  holes: HoleFinder,
): AsyncGenerator<ByteSlice, number> {
  const details = csvDetails(description.details);
  const { dialect, compression } = details;
  const stream = await openBytes(description.path, compression, dialect.encoding, details.dataStart);
  const carries = compression !== 'none' || dialect.encoding !== 'utf-8';
  const kernel = kernelScans(dialect) ? await openCsvKernel() : null;
  try {
    // A file smaller than the window needs only its own size: ten thousand small files would be ten thousand windows.
    const mostBytes = carries ? Number.POSITIVE_INFINITY : description.bytes - details.dataStart + slack;
    const place = { firstByte: details.dataStart, stopByte: details.dataEnd };
    const window = await openWindow(stream, place, dialect.maxRowBytes, kernel, mostBytes, holes);
    kernel?.prepare(kernelDialect(dialect), []);
    window.open();
    const marks = marksOf(dialect);
    const reader = rowReader(marks);
    const loneCr = dialect.lineEnd === '\r';
    let index = 0;
    let line = details.dataLine;
    let row = 1;
    let at = 0;
    let start = details.dataStart;
    let startRow = row;
    let startLine = line;
    // One buffer for all slices: a list of pieces would have a piece for each skipped line.
    let carried = Buffer.alloc(0);
    let carriedBytes = 0;
    let rows = 0;
    // Rows before it are read one by one, because the kernel joins lines of some that are rows by themselves.
    let kernelFrom = 0;
    let isByRow = false;

    const take = (from: number, to: number): void => {
      if (!carries || to <= from) return;
      const bytes = carriedBytes + to - from;
      if (bytes > carried.length) {
        const wider = Buffer.allocUnsafe(Math.max(bytes, 2 * carried.length));
        carried.copy(wider, 0, 0, carriedBytes);
        carried = wider;
      }
      window.bytes().copy(carried, carriedBytes, from, to);
      carriedBytes = bytes;
    };
    const beginAt = (offset: number): void => {
      start = offset;
      startRow = row;
      startLine = line;
      carriedBytes = 0;
      rows = 0;
      isByRow = false;
    };
    const slice = (end: number, last: boolean): ByteSlice => {
      const bytes = carries ? Buffer.from(carried.subarray(0, carriedBytes)) : null;
      const made: ByteSlice = {
        kind: 'bytes',
        index: index++,
        start,
        end,
        inputBytes: end - start,
        firstRow: startRow,
        firstLine: startLine,
        bytes,
        last,
        ...(isByRow ? { byRow: true } : {}),
      };
      beginAt(end);
      return made;
    };

    // The kernel takes a comment after a byte order mark for a row: it counts up to the next mark only.
    let markAt = Number.NEGATIVE_INFINITY;
    const markAhead = (): number => {
      if (dialect.comment === null) return Number.POSITIVE_INFINITY;
      if (markAt < at) markAt = nextMark(window.bytes(), at, window.end);
      if (markAt < 0) markAt = Number.POSITIVE_INFINITY;
      return markAt;
    };

    await window.fill(0);
    resetReader(reader, window);
    for (;;) {
      if (at >= window.end && window.atEnd) break;
      const target = start + chunkBytes - window.base;
      const within = at + leastRowBytes * Math.max(0, mostRows - rows);
      const limit = Math.min(window.end, Math.max(at, Math.min(target, within)), markAhead());
      if (kernel !== null && limit > at && at >= kernelFrom) {
        const counted = kernel.count(at, limit, true);
        const joined = marks.isJoin !== null && counted.lines > counted.rows + counted.blanks;
        if (joined && partsRows(reader, at, counted.stop)) {
          kernelFrom = counted.stop;
          resetReader(reader, window);
          continue;
        }
        const blankRows = dialect.fields === 1 ? counted.blanks : 0;
        if (counted.blanks > blankRows) noteBlanks(skipped, reader, at, counted.stop, line, counted.blanks);
        take(at, counted.stop);
        row += counted.rows + blankRows;
        rows += counted.rows + blankRows;
        line += counted.lines;
        at = counted.stop;
        if (at >= target || rows >= mostRows - fewRows) {
          // Skipped lines belong to no slice: without end, they would be one slice without end.
          if (rows > 0) yield slice(window.base + at, at >= window.end && window.atEnd);
          else beginAt(window.base + at);
          continue;
        }
      }
      const kind = at >= window.end ? (window.atEnd ? null : rowKind.needMore) : reader.read(at);
      if (kind === null) continue;
      if (kind === rowKind.needMore) {
        await window.fill(at);
        kernelFrom = Math.max(0, kernelFrom - at);
        at = 0;
        markAt = Number.NEGATIVE_INFINITY;
        resetReader(reader, window);
        continue;
      }
      if (kind === rowKind.tooLong) {
        if (rows > 0) yield slice(window.base + at, false);
        else beginAt(window.base + at);
        const end = reader.span.next;
        take(at, Math.min(end < 0 ? window.end : end, at + dialect.maxRowBytes + slack + 1));
        at = end < 0 ? await skipLine(window, at, loneCr) : end;
        if (end < 0) {
          resetReader(reader, window);
          markAt = Number.NEGATIVE_INFINITY;
          kernelFrom = 0;
        }
        row++;
        line++;
        yield slice(window.base + at, at >= window.end && window.atEnd);
        continue;
      }
      const { next, lines, parted } = reader.span;
      if (parted) isByRow = true;
      if (kind === rowKind.row) {
        row++;
        rows++;
      } else noteSkipped(skipped, kind === rowKind.blank ? 'blank-line' : 'comment-line', line);
      take(at, next);
      line += lines;
      at = next;
      if (window.base + at - start >= chunkBytes || rows >= mostRows) {
        if (rows > 0) yield slice(window.base + at, at >= window.end && window.atEnd);
        else beginAt(window.base + at);
      }
    }
    if (rows > 0) yield slice(window.base + at, true);
    await checkSize(description);
    await noteBeyond(description, skipped, line, holes);
    return row - 1;
  } finally {
    await stream.close();
  }
}

/** The bytes of the input in memory: `[0, end)` of `bytes()`, which begin at `base` of the text. */
interface Window {
  readonly base: number;
  readonly end: number;
  /** True if the text to cut ends at `end`. */
  readonly atEnd: boolean;
  bytes(): Buffer;
  /** Allocates the memory; call it once, after the kernel is prepared. */
  open(): void;
  /** Drops everything before `keep` and reads on until the window is full or the text ends. */
  fill(keep: number): Promise<void>;
}

async function openWindow(
  stream: ByteStream,
  { firstByte, stopByte }: { readonly firstByte: number; readonly stopByte: number | null },
  maxRowBytes: number,
  kernel: CsvKernel | null,
  mostBytes: number,
  holes: HoleFinder,
): Promise<Window> {
  const size = Math.min(mostBytes, maxRowBytes + slack + Math.min(largestBlock, 4 * maxRowBytes));
  let memory: Buffer = Buffer.alloc(0);
  let base = firstByte;
  let end = 0;
  let atEnd = false;
  return {
    get base() {
      return base;
    },
    get end() {
      return end;
    },
    get atEnd() {
      return atEnd;
    },
    bytes: () => memory,
    open() {
      const view = kernel === null ? Buffer.allocUnsafe(size) : kernel.input(size);
      memory = Buffer.from(view.buffer, view.byteOffset, size);
    },
    async fill(keep) {
      memory.copyWithin(0, keep, end);
      base += keep;
      end -= keep;
      while (end < size && !atEnd) {
        const room = stopByte === null ? size : Math.min(size, stopByte - base);
        const count = room > end ? await stream.read(memory.subarray(0, room), end) : 0;
        if (count === 0) atEnd = true;
        else holes.look(memory.subarray(end, end + count), base + end);
        end += count;
      }
    },
  };
}

function resetReader(reader: RowReader, window: Window): void {
  reader.reset(window.bytes(), window.end, window.atEnd);
}

/** Returns true if quotes in `[start, stop)`, which is whole rows, join lines that are rows by themselves. */
function partsRows(reader: RowReader, start: number, stop: number): boolean {
  for (let at = start; at < stop; at = reader.span.next) {
    const kind = reader.read(at);
    if (reader.span.parted) return true;
    if (kind === rowKind.needMore || reader.span.next < 0) return false;
  }
  return false;
}

/**
 * Reads on to the end of the line at `from`, which is longer than the window; returns the offset in the window where the next one begins.
 */
async function skipLine(window: Window, from: number, loneCr: boolean): Promise<number> {
  for (;;) {
    const bytes = window.bytes().subarray(0, window.end);
    const lf = bytes.indexOf(10, from);
    const cr = loneCr ? bytes.indexOf(13, from) : -1;
    if (cr >= 0 && (lf < 0 || cr < lf)) {
      if (cr + 1 < window.end) return bytes[cr + 1] === 10 ? cr + 2 : cr + 1;
      if (window.atEnd) return cr + 1;
      await window.fill(cr);
    } else {
      if (lf >= 0) return lf + 1;
      if (window.atEnd) return window.end;
      await window.fill(window.end);
    }
    from = 0;
  }
}

/** Records blank lines that the kernel counted in `[start, stop)`, and looks up where the first few are. */
function noteBlanks(
  skipped: SkippedLines,
  reader: RowReader,
  start: number,
  stop: number,
  firstLine: number,
  times: number,
): void {
  const entry = skipped.get('blank-line') ?? { count: 0, lines: [] };
  skipped.set('blank-line', entry);
  entry.count += times;
  let line = firstLine;
  for (let at = start; at < stop && entry.lines.length < rememberedLines; at = reader.span.next) {
    if (reader.read(at) === rowKind.blank) entry.lines.push(line);
    line += reader.span.lines;
  }
}

/** Throws if the input's size has changed since it was opened. */
async function checkSize({ path, bytes }: SourceDescription): Promise<void> {
  const { size } = await stat(path);
  if (size === bytes) return;
  throw new TransientError(
    'input-changed',
    `${path} changed while it was read, from ${bytes} to ${size} bytes`,
    {
      file: path,
      hint: 'run again when it is complete',
    },
  );
}

/** Counts the lines after the table's end: another table, or a footer; blank ones separately. */
async function noteBeyond(
  description: SourceDescription,
  skipped: SkippedLines,
  firstLine: number,
  holes: HoleFinder,
): Promise<void> {
  const { dataEnd, dialect, compression, endCode } = csvDetails(description.details);
  if (dataEnd === null) return;
  const stream = await openBytes(description.path, compression, dialect.encoding, dataEnd);
  try {
    const memory = Buffer.allocUnsafe(1 << 18);
    const loneCr = dialect.lineEnd === '\r';
    let line = firstLine;
    let isBlankLine = true;
    let isOpen = false;
    let last = 0;
    const endLine = (): void => {
      noteSkipped(skipped, isBlankLine ? 'blank-line' : endCode, line++);
      isBlankLine = true;
      isOpen = false;
    };
    let place = dataEnd;
    for (let count = await stream.read(memory, 0); count > 0; count = await stream.read(memory, 0)) {
      holes.look(memory.subarray(0, count), place);
      place += count;
      for (let at = 0; at < count; at++) {
        const byte = memory[at]!;
        if (byte === 10 ? !(loneCr && last === 13) : loneCr && byte === 13) endLine();
        else if (!(byte === 10 && loneCr)) {
          isOpen = true;
          if (byte > 32) isBlankLine = false;
        }
        last = byte;
      }
    }
    if (isOpen) endLine();
  } finally {
    await stream.close();
  }
}
