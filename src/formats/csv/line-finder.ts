const LF = 10;
const CR = 13;

/** The bytes of an input in memory; rows are found in them. */
export interface RowBytes {
  bytes: Buffer;
  /** Number of them. */
  stop: number;
  /** True if the input ends with them. */
  atEnd: boolean;
}

/** Returns the offset of the first `byte` at or after `from`; the end of the bytes if there is none. */
export function findByte({ bytes, stop }: RowBytes, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at < 0 ? stop : at;
}

/** Location of the last row that was read; one object per reader, overwritten for every row. */
export interface RowSpan {
  /** Without its line end. */
  end: number;
  /** Start of the next row; -1 for a line that is too long and whose end is not in the bytes yet. */
  next: number;
  /** Number of physical lines. */
  lines: number;
  /** True if it contains a quote anywhere. */
  quoted: boolean;
  /**
   * True if the row is its first line alone, because the lines that quotes would join to it are rows by
   * themselves.
   */
  parted: boolean;
}

/**
 * Finds physical lines; sets `end` and `next` of the span, or returns false if the line end is not in the
 * bytes.
 */
export interface LineFinder {
  /** Forgets earlier bytes. */
  reset(): void;
  /** Finds the line that contains `from`; the next line end is cached. */
  lineAt(from: number): boolean;
  /** Does the same ahead of the line that is being read, whose own line end stays cached. */
  lineAhead(from: number): boolean;
}

/** Creates a finder of the lines of `text`; a lone CR ends a line only if `loneCr` is true. */
export function lineFinder(text: RowBytes, span: RowSpan, loneCr: boolean): LineFinder {
  let lfAt = -1;
  let crAt = -1;

  function endLine(from: number, lf: number, cr: number): boolean {
    const { bytes, stop, atEnd } = text;
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

  return {
    reset() {
      lfAt = crAt = -1;
    },
    lineAt(from) {
      if (lfAt < from) lfAt = findByte(text, LF, from);
      if (loneCr && crAt < from) crAt = findByte(text, CR, from);
      return endLine(from, lfAt, loneCr ? crAt : text.stop);
    },
    lineAhead: (from) =>
      endLine(from, findByte(text, LF, from), loneCr ? findByte(text, CR, from) : text.stop),
  };
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
