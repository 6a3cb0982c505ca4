import { backslashEnd } from './backslash-row.js';
import type { Dialect } from './dialect.js';
import { type CommentTest, commentTest } from './marked-line.js';

/** Content of a position where a row may begin. */
export const rowKind = { row: 0, blank: 1, comment: 2, tooLong: 3, needMore: 4 } as const;
type RowKind = (typeof rowKind)[keyof typeof rowKind];

/** Location of the last row that was read; one object per reader, overwritten by every `read`. */
interface RowSpan {
  /** Without its line end. */
  end: number;
  /** Start of the next row; -1 for a line that is too long and whose end is not in the bytes yet. */
  next: number;
  /** Number of physical lines. */
  lines: number;
  /** True if it contains a quote anywhere. */
  quoted: boolean;
}

/**
 * Finds rows one after another. The end of a row depends only on the bytes from its start on, at most `maxRowBytes` of them, so it does not
 * matter how a file is cut into pieces.
 */
export interface RowReader {
  readonly span: RowSpan;
  /** Sets the bytes: `[0, end)` of `bytes`, and whether the input ends there. Forgets other bytes. */
  reset(bytes: Buffer, end: number, atEnd: boolean): void;
  /** Reads the row at `start` into `span`; `needMore` if the bytes end before the answer is certain. */
  read(start: number): RowKind;
  /**
   * Returns true if the line `[start, end)`, which is not a comment, not too long and has a quote, is a row by itself; the next one begins
   * at `next`. All bytes of the input that may matter must be present.
   */
  isRow(start: number, end: number, next: number): boolean;
}

/** The special bytes of a dialect. */
export interface Marks {
  readonly delimiter: Buffer;
  readonly delimiter0: number;
  /** -1 if there is none. */
  readonly quote: number;
  /** -1 if there is none or if it is the quote. */
  readonly escape: number;
  /** True if a backslash escapes any character, even line ends. */
  readonly backslashes: boolean;
  readonly comment: Buffer | null;
  /** True if blanks before an opening quote are layout. */
  readonly padded: boolean;
  /** Decides which lines that begin with it are comments; null: all. */
  readonly isComment: CommentTest | null;
  /** True if a lone CR ends a line. */
  readonly loneCr: boolean;
  readonly fields: number;
  readonly maxRowBytes: number;
}

/** Returns a dialect's characters as bytes. */
export function marksOf(dialect: Dialect): Marks {
  const delimiter = Buffer.from(dialect.delimiter, 'utf8');
  const quote = dialect.quote === null ? -1 : dialect.quote.charCodeAt(0);
  return {
    delimiter,
    delimiter0: delimiter[0]!,
    quote,
    escape: dialect.escape === null || dialect.escape === dialect.quote ? -1 : dialect.escape.charCodeAt(0),
    backslashes: dialect.backslashes === true,
    comment: dialect.comment === null ? null : Buffer.from(dialect.comment, 'utf8'),
    padded: dialect.padded === true,
    isComment: commentTest(dialect),
    loneCr: dialect.lineEnd === '\r',
    fields: dialect.fields,
    maxRowBytes: dialect.maxRowBytes,
  };
}

const LF = 10;
const CR = 13;

/** Bytes beyond the longest row that may be needed to see its line end or a delimiter. */
export const slack = 64;

/**
 * Creates a reader for one dialect. A quoted cell may span lines only if its quotes are strictly correct (RFC 4180: the closing one is
 * followed by a delimiter, a line end or the end of input) and the row then has the expected number of cells, or no reading of its first
 * line alone has; in every other case the first physical line is the row. Line ends and closing quotes are searched ahead once and cached,
 * so unclosed quotes cost no second search.
 */
export function rowReader(marks: Marks): RowReader {
  const { delimiter, delimiter0, quote, escape: slash, comment, isComment, loneCr } = marks;
  const { fields, maxRowBytes, backslashes, padded } = marks;
  const wide = delimiter.length > 1;
  const span: RowSpan = { end: 0, next: 0, lines: 1, quoted: false };
  let bytes: Buffer = Buffer.alloc(0);
  let stop = 0;
  let atEnd = true;
  /** The first quote, LF, CR and closing candidate at or after the last position requested; `stop` if there is none. */
  let quoteAt = -1;
  let lfAt = -1;
  let crAt = -1;
  let closeFrom = -1;
  let closeAt = -1;

  function reset(newBytes: Buffer, newEnd: number, newAtEnd: boolean): void {
    bytes = newBytes.subarray(0, newEnd);
    stop = newEnd;
    atEnd = newAtEnd;
    quoteAt = lfAt = crAt = closeFrom = closeAt = -1;
  }

  function find(byte: number, from: number): number {
    const at = bytes.indexOf(byte, from);
    return at < 0 ? stop : at;
  }

  /** Sets `span.end` and `span.next` to the physical line that contains `from`; returns false if its end is not among the bytes. */
  function lineAt(from: number): boolean {
    if (lfAt < from) lfAt = find(LF, from);
    if (loneCr && crAt < from) crAt = find(CR, from);
    return endLine(from, lfAt, loneCr ? crAt : stop);
  }

  /** Does the same for a position ahead of the line that is being read, whose own line end must stay cached. */
  function lineAhead(from: number): boolean {
    return endLine(from, find(LF, from), loneCr ? find(CR, from) : stop);
  }

  function endLine(from: number, lf: number, cr: number): boolean {
    if (cr < lf) {
      if (cr + 1 === stop && !atEnd) return false;
      span.end = cr;
      span.next = cr + 1 < stop && bytes[cr + 1] === LF ? cr + 2 : cr + 1;
      return true;
    }
    if (lf === stop) {
      if (!atEnd) return false;
      span.end = stop > from && bytes[stop - 1] === CR ? stop - 1 : stop;
      span.next = stop;
      return true;
    }
    span.end = lf > from && bytes[lf - 1] === CR ? lf - 1 : lf;
    span.next = lf + 1;
    return true;
  }

  function isDelimiter(at: number): boolean {
    return bytes[at] === delimiter0 && (!wide || isDelimiterAt(bytes, at, stop, delimiter));
  }

  /**
   * Returns the next quote at or after `from` (inside quotes, not after an escape) that is neither escaped nor doubled; `stop` if there is
   * none.
   */
  function nextClose(from: number): number {
    const insideRun = bytes[from - 1] === quote && bytes[from] === quote;
    if (closeFrom >= 0 && from >= closeFrom && from <= closeAt && !insideRun) return closeAt;
    let at = find(quote, from);
    while (at < stop) {
      if (slash >= 0 && isEscaped(at, from)) {
        at = find(quote, at + 1);
        continue;
      }
      let run = at + 1;
      while (run < stop && bytes[run] === quote) run++;
      if (((run - at) & 1) === 1) {
        at = run - 1;
        break;
      }
      at = find(quote, run);
    }
    closeFrom = from;
    closeAt = at;
    return at;
  }

  /** Returns true if an odd number of escapes precedes `at`, counted back to `from`. */
  function isEscaped(at: number, from: number): boolean {
    let escapes = 0;
    while (at - escapes - 1 >= from && bytes[at - escapes - 1] === slash) escapes++;
    return (escapes & 1) === 1;
  }

  /**
   * Returns 1 if a closing quote at `at` is correct: apart from blanks, a delimiter, a line end or the end of input follows. -1: not known
   * yet.
   */
  function closes(at: number, limit: number): 0 | 1 | -1 {
    let after = at + 1;
    while (after < stop) {
      if (after > limit) return 0;
      const byte = bytes[after]!;
      if (isDelimiter(after) || byte === LF) return 1;
      if (byte === CR) {
        if (loneCr) return 1;
        if (after + 1 < stop) return bytes[after + 1] === LF ? 1 : 0;
        return atEnd ? 1 : -1;
      }
      if (byte !== 32 && byte !== 9) {
        return wide && after + delimiter.length > stop && byte === delimiter0 && !atEnd ? -1 : 0;
      }
      after++;
    }
    return atEnd ? 1 : -1;
  }

  function read(start: number): RowKind {
    span.lines = 1;
    span.quoted = false;
    if (!lineAt(start)) {
      if (stop - start <= maxRowBytes + slack) return rowKind.needMore;
      span.end = stop;
      span.next = -1;
      return rowKind.tooLong;
    }
    const { end, next } = span;
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
    if (quoteAt < start) quoteAt = find(quote, start);
    if (quoteAt >= end) return rowKind.row;
    span.quoted = true;
    const outcome = readQuoted(start, end, next);
    if (outcome === rowKind.row) return outcome;
    if (outcome === rowKind.needMore && stop - start <= maxRowBytes + slack) return outcome;
    firstLine(end, next);
    return rowKind.row;
  }

  /** Reads the row at `start` with the lines that a backslash or quotes join to it; without quotes if one of them never closes. */
  function backslashRow(start: number, end: number, next: number): RowKind {
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
    return readQuoted(start, end, next) !== rowKind.row || span.end === end;
  }

  /** Reads the row at `start` if it is more than its first line, or that line; anything but `row` means: the first line alone. */
  function readQuoted(start: number, firstEnd: number, firstNext: number): RowKind {
    const limit = start + maxRowBytes;
    let lineEnd = firstEnd;
    let at = start;
    let count = 0;
    let trouble = false;
    span.end = firstEnd;
    span.next = firstNext;
    for (;;) {
      count++;
      if (padded) while (at < lineEnd && isLayout(bytes[at]) && !isDelimiter(at)) at++;
      if (bytes[at] === quote && at < lineEnd) {
        let close = openClose(at);
        let bad = false;
        for (;;) {
          if (close >= limit) return rowKind.tooLong;
          if (close >= stop) return atEnd ? rowKind.tooLong : rowKind.needMore;
          const verdict = closes(close, limit);
          if (verdict < 0) return rowKind.needMore;
          if (verdict === 1) break;
          if (close > lineEnd) return rowKind.tooLong;
          bad = trouble = true;
          close = nextClose(close + 1);
        }
        if (close > lineEnd) {
          if (bad) return rowKind.tooLong;
          span.lines += linesBetween(bytes, lineEnd, close, loneCr);
          if (!lineAhead(close)) return rowKind.needMore;
          lineEnd = span.end;
          if (lineEnd > limit) return rowKind.tooLong;
        }
        at = close + 1;
        while (at < lineEnd && !isDelimiter(at)) at++;
      } else {
        while (at < lineEnd && !isDelimiter(at)) at++;
      }
      if (at >= lineEnd) break;
      at += delimiter.length;
    }
    if (span.lines === 1 || count === fields || fields === 0) return rowKind.row;
    if (trouble || splitCount(start, firstEnd) === fields) return rowKind.tooLong;
    return rowKind.row;
  }

  /** Returns the first closing candidate of the quoted cell that opens at `open`. */
  function openClose(open: number): number {
    let run = open + 1;
    while (run < stop && bytes[run] === quote) run++;
    return ((run - open) & 1) === 0 ? run - 1 : nextClose(run);
  }

  /** Counts the cells of a line when quotes mean nothing. */
  function splitCount(start: number, end: number): number {
    let count = 1;
    for (let at = start; at < end; at++) {
      if (bytes[at] !== delimiter0 || !isDelimiter(at)) continue;
      count++;
      at += delimiter.length - 1;
    }
    return count;
  }

  return { span, reset, read, isRow };
}

function isLayout(byte: number | undefined): boolean {
  return byte === 32 || byte === 9;
}

/** Returns true if `[start, end)` contains only blanks that do not begin a delimiter. */
function isBlank(bytes: Uint8Array, start: number, end: number, delimiter0: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if ((byte !== 32 && byte !== 9) || byte === delimiter0) return false;
  }
  return true;
}

/** The mark of UTF-8. It begins a line where a file was appended to another, and belongs to no cell. */
export const byteOrderMark = Buffer.from('\ufeff');

/** Returns the offset of a line's text: after its byte order marks, if it has any. */
export function afterMarks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (begins(bytes, at, end, byteOrderMark)) at += byteOrderMark.length;
  return at;
}

/** Returns true if a delimiter is at `at`, wholly before `end`. */
export function isDelimiterAt(bytes: Uint8Array, at: number, end: number, delimiter: Uint8Array): boolean {
  if (at + delimiter.length > end) return false;
  for (let i = 0; i < delimiter.length; i++) if (bytes[at + i] !== delimiter[i]) return false;
  return true;
}

/** Returns true if `[start, end)` begins with `text`. */
export function begins(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}

/** Counts line ends within `[start, end)`; CRLF is one. */
export function linesBetween(bytes: Buffer, start: number, end: number, loneCr: boolean): number {
  let lines = 0;
  if (!loneCr) {
    for (let at = bytes.indexOf(LF, start); at >= 0 && at < end; at = bytes.indexOf(LF, at + 1)) lines++;
    return lines;
  }
  for (let at = start; at < end; at++) {
    if (bytes[at] === LF) {
      if (at === start || bytes[at - 1] !== CR) lines++;
    } else if (bytes[at] === CR) lines++;
  }
  return lines;
}
