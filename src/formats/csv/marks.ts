import type { Dialect } from './dialect.js';
import { type JoinTest, joinTest } from './joined-rows.js';
import type { RowBytes } from './line-finder.js';
import { type CommentTest, commentTest } from './marked-line.js';

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
  /** Decides whether lines that quotes join are rows by themselves; null: they never are. */
  readonly isJoin: JoinTest | null;
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
    isJoin: joinTest(dialect),
    loneCr: dialect.lineEnd === '\r',
    fields: dialect.fields,
    maxRowBytes: dialect.maxRowBytes,
  };
}

/** The mark of UTF-8. It begins a line where a file was appended to another, and belongs to no cell. */
const byteOrderMark = Buffer.from('\ufeff');

/** Returns the offset of a line's text: after its byte order marks, if it has any. */
export function afterMarks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (begins(bytes, at, end, byteOrderMark)) at += byteOrderMark.length;
  return at;
}

/** Returns the offset of the first row with a byte order mark, as in concatenated files; -1 if none. */
export function nextMark(bytes: Buffer, from: number, end: number): number {
  let at = bytes.indexOf(byteOrderMark, from);
  while (at > 0 && !endsLine(bytes[at - 1])) at = bytes.indexOf(byteOrderMark, at + 1);
  return at + byteOrderMark.length <= end ? at : -1;
}

/** Returns true for CR and LF. */
export function endsLine(byte: number | undefined): boolean {
  return byte === 10 || byte === 13;
}

/** Creates a test whether a delimiter is at an offset of `text`. */
export function delimiterTest(text: RowBytes, { delimiter, delimiter0 }: Marks): (at: number) => boolean {
  const wide = delimiter.length > 1;
  return (at) =>
    text.bytes[at] === delimiter0 && (!wide || isDelimiterAt(text.bytes, at, text.stop, delimiter));
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
