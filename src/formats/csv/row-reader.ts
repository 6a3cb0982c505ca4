import { backslashEnd } from './backslash-row.js';
import { findByte, lineFinder, type RowBytes, type RowSpan } from './line-finder.js';
import { afterMarks, begins, type Marks } from './marks.js';
import { extent, quotedRows } from './quoted-row.js';

/** Content of a position where a row may begin. */
export const rowKind = { row: 0, blank: 1, comment: 2, tooLong: 3, needMore: 4 } as const;
type RowKind = (typeof rowKind)[keyof typeof rowKind];

/**
 * Finds rows one after another. A row's end depends only on at most `maxRowBytes` bytes from its start, so
 * the cut of a file into pieces does not matter.
 */
export interface RowReader {
  readonly span: RowSpan;
  /** Sets the bytes: `[0, end)` of `bytes`, and whether the input ends there. Forgets other bytes. */
  reset(bytes: Buffer, end: number, atEnd: boolean): void;
  /**
   * Reads the row at `start` into `span`; `needMore` if the bytes end too early. Caches line ends and quotes
   * found ahead: `reset` before reading an earlier row again.
   */
  read(start: number): RowKind;
  /**
   * Returns true if the line `[start, end)`, which is no comment, not too long and has a quote, is a row of
   * its own; the next one begins at `next`. All relevant bytes of the input must be present.
   */
  isRow(start: number, end: number, next: number): boolean;
}

/** Bytes beyond the longest row that may be needed to see its line end or a delimiter. */
export const slack = 64;

/** Creates a reader for one dialect; `quotedRows` decides how far a row with quotes extends. */
export function rowReader(marks: Marks): RowReader {
  const { delimiter0, quote, comment, isComment, loneCr, fields, maxRowBytes, backslashes } = marks;
  const span: RowSpan = { end: 0, next: 0, lines: 1, quoted: false, parted: false };
  const text: RowBytes = { bytes: Buffer.alloc(0), stop: 0, atEnd: true };
  const lines = lineFinder(text, span, loneCr);
  const quotes = quotedRows(text, span, lines, marks);
  /** The first quote at or after the last position requested. */
  let quoteAt = -1;

  function reset(bytes: Buffer, end: number, atEnd: boolean): void {
    text.bytes = bytes.subarray(0, end);
    text.stop = end;
    text.atEnd = atEnd;
    quoteAt = -1;
    lines.reset();
    quotes.reset();
  }

  function read(start: number): RowKind {
    span.lines = 1;
    span.quoted = false;
    span.parted = false;
    if (!lines.lineAt(start)) {
      if (text.stop - start <= maxRowBytes + slack) return rowKind.needMore;
      span.end = text.stop;
      span.next = -1;
      return rowKind.tooLong;
    }
    const { end, next } = span;
    const { bytes } = text;
    if (end - start > maxRowBytes) return rowKind.tooLong;
    const from = afterMarks(bytes, start, end);
    if (isBlank(bytes, from, end, delimiter0)) {
      return fields === 1 ? rowKind.row : rowKind.blank;
    }
    if (comment !== null && begins(bytes, from, end, comment)) {
      if (isComment === null) return rowKind.comment;
      const kind = rowAt(from, end, next);
      if (kind !== rowKind.row || !isComment(bytes.toString('utf8', from, span.end))) return kind;
      firstLine(end, next);
      return rowKind.comment;
    }
    return rowAt(from, end, next);
  }

  /** Reads the row whose first line, which is not blank, is `[start, end)`. */
  function rowAt(start: number, end: number, next: number): RowKind {
    if (backslashes) return backslashRow(start, end, next);
    if (quote < 0) return rowKind.row;
    if (quoteAt < start) quoteAt = findByte(text, quote, start);
    if (quoteAt >= end) return rowKind.row;
    span.quoted = true;
    const found = quotes.read(start, end, next);
    if (found === extent.span) return rowKind.row;
    if (found === extent.unknown && text.stop - start <= maxRowBytes + slack) return rowKind.needMore;
    firstLine(end, next);
    return rowKind.row;
  }

  /**
   * Reads the row at `start` with lines joined by a backslash or quotes; ignores a quote that never closes.
   */
  function backslashRow(start: number, end: number, next: number): RowKind {
    const { bytes, stop, atEnd } = text;
    const limit = Math.min(stop, start + maxRowBytes + slack);
    const isAll = atEnd && limit === stop;
    const found =
      backslashEnd(bytes, start, limit, marks, isAll) ??
      (isAll || limit < stop ? backslashEnd(bytes, start, limit, { ...marks, quote: -1 }, isAll) : null);
    span.quoted = quote >= 0 && bytes.subarray(start, found?.end ?? end).includes(quote);
    if (found !== null && found.end - start <= maxRowBytes) {
      span.end = found.end;
      span.next = found.next;
      span.lines = found.lines;
      return rowKind.row;
    }
    if (found === null && limit === stop && !atEnd) return rowKind.needMore;
    firstLine(end, next);
    return rowKind.row;
  }

  /** Sets the span to a row's first line alone. */
  function firstLine(end: number, next: number): void {
    span.end = end;
    span.next = next;
    span.lines = 1;
  }

  function isRow(start: number, end: number, next: number): boolean {
    span.lines = 1;
    return quotes.read(start, end, next) !== extent.span || span.end === end;
  }

  return { span, reset, read, isRow };
}

/** Returns true if `[start, end)` contains only blanks that do not begin a delimiter. */
function isBlank(bytes: Uint8Array, start: number, end: number, delimiter0: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if ((byte !== 32 && byte !== 9) || byte === delimiter0) return false;
  }
  return true;
}
