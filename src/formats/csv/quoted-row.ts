import { closingQuotes } from './closing-quotes.js';
import { testedBytes } from './joined-rows.js';
import { type LineFinder, linesBetween, type RowBytes, type RowSpan } from './line-finder.js';
import { delimiterTest, type Marks } from './marks.js';

/** Extent of a row whose first line has a quote: the span, that line alone, or unknown without more bytes. */
export const extent = { span: 0, firstLine: 1, unknown: 2 } as const;
type Extent = (typeof extent)[keyof typeof extent];

interface QuotedRows {
  /** Forgets earlier bytes. */
  reset(): void;
  /**
   * Sets the span to the row at `start`, whose first line ends at `firstEnd`; `firstNext` begins the next
   * line.
   */
  read(start: number, firstEnd: number, firstNext: number): Extent;
}

/**
 * Creates a reader of rows with quotes. A quoted cell may span lines only if its quotes are strictly correct
 * (RFC 4180: the closing one is followed by a delimiter, a line end or the end of input) and the row then has
 * the expected number of cells, or no reading of its first line alone has, and if its lines are not rows by
 * themselves (`isJoin`); in every other case the first physical line is the row.
 */
export function quotedRows(text: RowBytes, span: RowSpan, lines: LineFinder, marks: Marks): QuotedRows {
  const { delimiter, delimiter0, quote, fields, maxRowBytes, padded, loneCr, isJoin } = marks;
  const wide = delimiter.length > 1;
  const isDelimiter = delimiterTest(text, marks);
  const quotes = closingQuotes(text, marks);
  /** The last quoted cell: its closing quote, and whether a quote in it is followed by other text. */
  const cell = { close: 0, hasStray: false };

  /**
   * Sets `cell` to the one that opens at `open`; returns an extent other than `span` if it decides the row.
   */
  function readCell(open: number, lineEnd: number, limit: number): Extent {
    cell.hasStray = false;
    cell.close = quotes.openClose(open);
    for (;;) {
      const { close } = cell;
      if (close >= limit) return extent.firstLine;
      if (close >= text.stop) return text.atEnd ? extent.firstLine : extent.unknown;
      const verdict = quotes.closes(close, limit);
      if (verdict < 0) return extent.unknown;
      if (verdict === 1) break;
      if (close > lineEnd) return extent.firstLine;
      cell.hasStray = true;
      cell.close = quotes.nextClose(close + 1);
    }
    return cell.close > lineEnd && cell.hasStray ? extent.firstLine : extent.span;
  }

  function read(start: number, firstEnd: number, firstNext: number): Extent {
    const limit = start + maxRowBytes;
    let lineEnd = firstEnd;
    let at = start;
    let count = 0;
    let hasStray = false;
    span.end = firstEnd;
    span.next = firstNext;
    for (;;) {
      count++;
      if (padded) while (at < lineEnd && isLayout(text.bytes[at]) && !isDelimiter(at)) at++;
      if (text.bytes[at] === quote && at < lineEnd) {
        const decided = readCell(at, lineEnd, limit);
        if (decided !== extent.span) return decided;
        hasStray ||= cell.hasStray;
        at = cell.close + 1;
        if (cell.close > lineEnd) {
          span.lines += linesBetween(text.bytes, lineEnd, cell.close, loneCr);
          if (!lines.lineAhead(cell.close)) return extent.unknown;
          lineEnd = span.end;
          if (lineEnd > limit) return extent.firstLine;
        }
      }
      at = nextDelimiter(at, lineEnd);
      if (at >= lineEnd) break;
      at += delimiter.length;
    }
    if (span.lines === 1) return extent.span;
    if (isJoin?.(text.bytes.toString('utf8', start, Math.min(span.end, start + testedBytes))) === true) {
      span.parted = true;
      return extent.firstLine;
    }
    if (count === fields || fields === 0) return extent.span;
    return hasStray || splitCount(start, firstEnd) === fields ? extent.firstLine : extent.span;
  }

  /** Returns the offset of the next delimiter from `at` on; `end` if there is none before it. */
  function nextDelimiter(at: number, end: number): number {
    const { bytes } = text;
    while (at < end && (bytes[at] !== delimiter0 || (wide && !isDelimiter(at)))) at++;
    return at;
  }

  /** Counts the cells of a line when quotes mean nothing. */
  function splitCount(start: number, end: number): number {
    let count = 1;
    for (let at = nextDelimiter(start, end); at < end; at = nextDelimiter(at + delimiter.length, end))
      count++;
    return count;
  }

  return { reset: quotes.reset, read };
}

function isLayout(byte: number | undefined): boolean {
  return byte === 32 || byte === 9;
}
