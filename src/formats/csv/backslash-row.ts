/**
 * Meaning of a backslash before a character in MySQL's text files; before another sign it means that sign,
 * before another letter or digit it is text, because MySQL writes none there (MySQL 8.4, LOAD DATA, FIELDS
 * ESCAPED BY).
 */
const named: Readonly<Record<string, string>> = {
  '0': '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\x1a',
};

const isPlain = /[A-Za-z0-9]/;

/**
 * Returns the cells of a row as written by MySQL; null if a quote never closes. `\N` alone is a null cell; a
 * backslash removes the meaning of delimiters, quotes and line ends.
 */
export function backslashCells(
  text: string,
  delimiter: string,
  quote: string | null,
): (string | null)[] | null {
  const cells: (string | null)[] = [];
  let at = 0;
  for (;;) {
    const isQuoted = quote !== null && text[at] === quote;
    let cell = '';
    let isOpen = isQuoted;
    const start = at;
    if (isQuoted) at++;
    for (; at < text.length; at++) {
      const mark = text[at]!;
      if (mark === '\\' && at + 1 < text.length) {
        const next = text[++at]!;
        cell += named[next] ?? (isPlain.test(next) ? `\\${next}` : next);
        if (next === '\r' && text[at + 1] === '\n') cell += text[++at];
      } else if (isOpen && mark === quote) {
        if (text[at + 1] === quote) cell += text[at++];
        else isOpen = false;
      } else if (!isOpen && text.startsWith(delimiter, at)) break;
      else cell += mark;
    }
    if (isOpen) return null;
    const written = text.slice(start, at);
    cells.push(written === '\\N' || (isQuoted && written === `${quote}\\N${quote}`) ? null : cell);
    if (at >= text.length) return cells;
    at += delimiter.length;
    if (at === text.length) {
      cells.push('');
      return cells;
    }
  }
}

/** End of a row: the offset after its last byte, the start of the next row, and its number of lines. */
interface BackslashEnd {
  readonly end: number;
  readonly next: number;
  readonly lines: number;
}

interface BackslashMarks {
  readonly delimiter: Buffer;
  readonly quote: number;
  readonly loneCr: boolean;
}

/**
 * Finds the end of the row at `start`: the first line end that is neither escaped by a backslash nor within
 * quotes; null if `stop` comes first. A quote opens a cell only at its beginning.
 */
export function backslashEnd(
  bytes: Buffer,
  start: number,
  stop: number,
  { delimiter, quote, loneCr }: BackslashMarks,
  atEnd: boolean,
): BackslashEnd | null {
  let isOpen = false;
  let isBegin = true;
  let lines = 1;
  for (let at = start; at < stop; at++) {
    const byte = bytes[at]!;
    const isEnd = byte === 10 || (byte === 13 && (loneCr || bytes[at + 1] === 10));
    if (byte === 92) {
      at++;
      if (bytes[at] === 13 && bytes[at + 1] === 10) at++;
      if (bytes[at] === 10 || (loneCr && bytes[at] === 13)) lines++;
      isBegin = false;
    } else if (isEnd) {
      const next = byte === 13 && bytes[at + 1] === 10 ? at + 2 : at + 1;
      if (!isOpen) return byte === 13 && next === stop && !atEnd && loneCr ? null : { end: at, next, lines };
      lines++;
      at = next - 1;
    } else if (byte === quote && (isOpen || isBegin)) {
      if (isOpen && bytes[at + 1] === quote) at++;
      else isOpen = !isOpen;
      isBegin = false;
    } else if (
      !isOpen &&
      byte === delimiter[0] &&
      bytes.subarray(at, at + delimiter.length).equals(delimiter)
    ) {
      at += delimiter.length - 1;
      isBegin = true;
    } else isBegin = false;
  }
  return !isOpen && atEnd ? { end: stop, next: stop, lines } : null;
}
