import { findByte, type RowBytes } from './line-finder.js';
import { delimiterTest, type Marks } from './marks.js';

const LF = 10;
const CR = 13;

interface ClosingQuotes {
  /** Forgets earlier bytes. */
  reset(): void;
  /** Returns the first quote that may close the cell that opens at `open`; the end of the bytes if none. */
  openClose(open: number): number;
  /** Returns the next quote at or after `from` that is neither escaped nor doubled. */
  nextClose(from: number): number;
  /**
   * Returns 1 if a closing quote at `at` is correct: a delimiter, a line end or the end of input follows,
   * apart from blanks. Returns 0 if it is not, -1 if that is not known yet.
   */
  closes(at: number, limit: number): 0 | 1 | -1;
}

/** Finds the quotes that may close cells; caches the next one, so an unclosed quote is searched for once. */
export function closingQuotes(text: RowBytes, marks: Marks): ClosingQuotes {
  const { delimiter, delimiter0, quote, escape: slash, loneCr } = marks;
  const wide = delimiter.length > 1;
  const isDelimiter = delimiterTest(text, marks);
  /** The last closing candidate found, and where its search began; -1 before the first search. */
  let closeFrom = -1;
  let closeAt = -1;

  function openClose(open: number): number {
    const { bytes, stop } = text;
    let run = open + 1;
    while (run < stop && bytes[run] === quote) run++;
    return ((run - open) & 1) === 0 ? run - 1 : nextClose(run);
  }

  function nextClose(from: number): number {
    const { bytes, stop } = text;
    const insideRun = bytes[from - 1] === quote && bytes[from] === quote;
    if (closeFrom >= 0 && from >= closeFrom && from <= closeAt && !insideRun) return closeAt;
    let at = findByte(text, quote, from);
    while (at < stop) {
      if (slash >= 0 && isEscaped(at, from)) {
        at = findByte(text, quote, at + 1);
        continue;
      }
      let run = at + 1;
      while (run < stop && bytes[run] === quote) run++;
      if (((run - at) & 1) === 1) {
        at = run - 1;
        break;
      }
      at = findByte(text, quote, run);
    }
    closeFrom = from;
    closeAt = at;
    return at;
  }

  /** Returns true if an odd number of escapes precedes `at`, counted back to `from`. */
  function isEscaped(at: number, from: number): boolean {
    let escapes = 0;
    while (at - escapes - 1 >= from && text.bytes[at - escapes - 1] === slash) escapes++;
    return (escapes & 1) === 1;
  }

  function closes(at: number, limit: number): 0 | 1 | -1 {
    const { bytes, stop, atEnd } = text;
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

  return {
    reset() {
      closeFrom = closeAt = -1;
    },
    openClose,
    nextClose,
    closes,
  };
}
