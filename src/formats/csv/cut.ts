import { stat } from 'node:fs/promises';
import type { ByteSlice } from '../../chunk/slice.js';
import { TransientError } from '../../errors.js';
import type { CsvKernel } from '../../kernels/csv-kernel.js';
import { lendCsvKernel } from '../../kernels/lend-csv-kernel.js';
import type { SkippedLines, SourceDescription } from '../format.js';
import { noteSkipped, rememberedLines } from '../note-skipped.js';
import { isRemote } from '../remote-file.js';
import { type ByteStream, memoryStream, openBytes } from '../text/byte-stream.js';
import { openWindow, skipLine, type Window } from './cut-window.js';
import type { Dialect } from './dialect.js';
import type { HoleFinder } from './holes.js';
import { kernelDialect, kernelScans } from './kernel-dialect.js';
import { marksOf, nextMark } from './marks.js';
import { type Cursor, type OpenSlice, openSlice, type SpareMemory } from './open-slice.js';
import { type RowReader, rowKind, rowReader, slack } from './row-reader.js';
import { csvDetails } from './source-details.js';

/** Approximate maximum number of rows of a slice: records of bad rows take a hundred times a short row. */
const mostRows = 262_144;
const fewRows = 1024;
/** Most rows are shorter. */
const usualRowBytes = 16 * 1024;
/** The shortest row: one byte and a line end. */
const leastRowBytes = 2;

/**
 * Cuts a CSV input into slices of about `chunkBytes` that begin and end between rows; a row that is too long
 * is a slice of its own. Finds row ends with the same functions as the decoder. Reads `text`, all of a small
 * input, or the input once through a window of `maxRowBytes` and 2 MiB; throws `TransientError` if its size
 * changes meanwhile, `InvalidError` if a compressed stream is corrupt. Passes all that it reads to `holes`.
 * Slices of a stream hold their bytes in memory of `spare`.
 */
export async function* cutSlices(
  description: SourceDescription,
  text: Buffer | null,
  chunkBytes: number,
  skipped: SkippedLines,
  holes: HoleFinder,
  spare: SpareMemory,
  signal?: AbortSignal,
): AsyncGenerator<ByteSlice, number> {
  const { dialect, compression, dataStart, dataEnd, dataLine } = csvDetails(description.details);
  const openAt = (start: number) =>
    text === null
      ? openBytes(description.path, compression, dialect.encoding, start, signal)
      : memoryStream(text, start);
  const stream = await openAt(dataStart);
  const isStream = compression !== 'none' || dialect.encoding !== 'utf-8';
  const carries = isStream || isRemote(description.path);
  const lent = kernelScans(dialect) ? await lendCsvKernel(kernelDialect(dialect), []) : null;
  const kernel = lent?.kernel ?? null;
  try {
    // A small file needs only its own size: ten thousand of them would otherwise allocate as many windows.
    const mostBytes = isStream ? Number.POSITIVE_INFINITY : description.bytes - dataStart + slack;
    const place = { firstByte: dataStart, stopByte: dataEnd };
    const window = openWindow(stream, place, dialect.maxRowBytes, kernel, mostBytes, holes);
    window.open();
    await window.fill(0);
    const cursor: Cursor = { at: 0, row: 1, line: dataLine };
    // A slice ends with the first row beyond its size.
    const slice = openSlice(window, cursor, carries ? spare : null, chunkBytes + usualRowBytes);
    const cutter = rowCutter(window, cursor, slice, { dialect, kernel, chunkBytes, skipped });
    for (let step = cutter.next(); step !== 'end'; step = cutter.next()) {
      if (step === 'more') {
        await cutter.refill();
        continue;
      }
      const cut = slice.cut();
      if (cut !== null) yield cut;
      if (step === 'longLine') {
        await cutter.skipLongLine();
        yield slice.close();
      }
    }
    const last = slice.cut();
    if (last !== null) yield last;
    await checkSize(description);
    await noteBeyond(description, openAt, skipped, cursor.line, holes);
    return cursor.row - 1;
  } finally {
    await stream.close();
    lent?.giveBack();
  }
}

/** The next step: cut the slice, read more bytes, or skip a long line; `end` after the last row. */
type Step = 'cut' | 'more' | 'longLine' | 'end';

interface RowCutter {
  /** Moves the cursor over rows and skipped lines up to the next step. */
  next(): Step;
  /** Drops everything before the cursor from the window and reads on. */
  refill(): Promise<void>;
  skipLongLine(): Promise<void>;
}

interface CutOptions {
  readonly dialect: Dialect;
  /** Null if it cannot scan the dialect. */
  readonly kernel: CsvKernel | null;
  readonly chunkBytes: number;
  readonly skipped: SkippedLines;
}

function rowCutter(
  window: Window,
  cursor: Cursor,
  slice: OpenSlice,
  { dialect, kernel, chunkBytes, skipped }: CutOptions,
): RowCutter {
  const marks = marksOf(dialect);
  const reader = rowReader(marks);
  const loneCr = dialect.lineEnd === '\r';
  /** The next row that begins with a byte order mark; less than the cursor if unknown. */
  let markAt = Number.NEGATIVE_INFINITY;
  /** Rows before it are read one by one, because the kernel joins some lines that are rows of their own. */
  let kernelFrom = 0;

  /** Call this when the window has moved. */
  function reset(): void {
    resetReader(reader, window);
    markAt = Number.NEGATIVE_INFINITY;
  }

  /** Returns how far the kernel may count: it would read a comment after a byte order mark as a row. */
  function nextMarked(): number {
    if (dialect.comment === null) return Number.POSITIVE_INFINITY;
    if (markAt < cursor.at) markAt = nextMark(window.bytes(), cursor.at, window.end);
    if (markAt < 0) markAt = Number.POSITIVE_INFINITY;
    return markAt;
  }

  /** Moves the cursor over rows that the kernel counts; returns true if the slice is full. */
  function countRows(counter: CsvKernel): boolean {
    const { at } = cursor;
    const target = slice.start + chunkBytes - window.base;
    const within = at + leastRowBytes * Math.max(0, mostRows - slice.rows);
    const limit = Math.min(window.end, Math.max(at, Math.min(target, within)), nextMarked());
    if (limit <= at || at < kernelFrom) return false;
    const counted = counter.count(at, limit, true);
    const joined = marks.isJoin !== null && counted.lines > counted.rows + counted.blanks;
    if (joined && partsRows(reader, at, counted.stop)) {
      kernelFrom = counted.stop;
      resetReader(reader, window);
      return false;
    }
    const blankRows = dialect.fields === 1 ? counted.blanks : 0;
    if (counted.blanks > blankRows)
      noteBlanks(skipped, reader, at, counted.stop, cursor.line, counted.blanks);
    slice.take(at, counted.stop);
    slice.rows += counted.rows + blankRows;
    cursor.row += counted.rows + blankRows;
    cursor.line += counted.lines;
    cursor.at = counted.stop;
    return cursor.at >= target || slice.rows >= mostRows - fewRows;
  }

  /** Moves the cursor over the row or the skipped line that was read. */
  function pass(kind: number): void {
    const { next, lines, parted } = reader.span;
    if (parted) slice.isByRow = true;
    if (kind === rowKind.row) {
      cursor.row++;
      slice.rows++;
    } else noteSkipped(skipped, kind === rowKind.blank ? 'blank-line' : 'comment-line', cursor.line);
    slice.take(cursor.at, next);
    cursor.line += lines;
    cursor.at = next;
  }

  reset();
  return {
    next() {
      for (;;) {
        if (kernel !== null && countRows(kernel)) return 'cut';
        if (cursor.at >= window.end) return window.atEnd ? 'end' : 'more';
        const kind = reader.read(cursor.at);
        if (kind === rowKind.needMore) return 'more';
        if (kind === rowKind.tooLong) return 'longLine';
        pass(kind);
        if (window.base + cursor.at - slice.start >= chunkBytes || slice.rows >= mostRows) return 'cut';
      }
    },
    async refill() {
      await window.fill(cursor.at);
      kernelFrom = Math.max(0, kernelFrom - cursor.at);
      cursor.at = 0;
      reset();
    },
    async skipLongLine() {
      const { at } = cursor;
      const end = reader.span.next;
      slice.take(at, Math.min(end < 0 ? window.end : end, at + dialect.maxRowBytes + slack + 1));
      cursor.at = end < 0 ? await skipLine(window, at, loneCr) : end;
      if (end < 0) {
        reset();
        kernelFrom = 0;
      }
      cursor.row++;
      cursor.line++;
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
  if (isRemote(path)) return;
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
  openAt: (start: number) => ByteStream | Promise<ByteStream>,
  skipped: SkippedLines,
  firstLine: number,
  holes: HoleFinder,
): Promise<void> {
  const { dataEnd, dialect, endCode } = csvDetails(description.details);
  if (dataEnd === null) return;
  const stream = await openAt(dataEnd);
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
