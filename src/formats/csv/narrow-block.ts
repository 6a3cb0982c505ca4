import { isDelimiterAt, type Marks } from './marks.js';
import { type RowReader, rowKind } from './row-reader.js';

/** Replaces a delimiter of several bytes in a narrowed block. */
export const narrowMark = 0x1f;

/** A block rewritten in place so that the kernels can scan it. */
export interface NarrowBlock {
  readonly end: number;
  /** Returns the original offset of the row at `start`, which may be behind byte order marks. */
  offsetOf(start: number): number;
  /** Returns a row's original bytes. */
  restore(row: Buffer): Buffer;
}

/**
 * Rewrites `[0, end)` of a block row by row: delimiters of several bytes become one in rows without quotes,
 * line ends of a lone CR become LF. Rows with quotes stay unchanged, so the kernels leave them to the repair
 * lane. Null, without rewriting, if the block already contains the mark. The reader must have been reset to
 * the block; costs about one look at each byte and two numbers a row.
 */
export function narrowBlock(bytes: Buffer, end: number, reader: RowReader, marks: Marks): NarrowBlock | null {
  const { delimiter } = marks;
  const wide = delimiter.length > 1;
  if (wide && bytes.subarray(0, end).includes(narrowMark)) return null;
  const starts: number[] = [];
  const offsets: number[] = [];
  let at = 0;
  let out = 0;
  while (at < end) {
    const kind = reader.read(at);
    const { end: rowEnd, quoted } = reader.span;
    const next = reader.span.next < 0 ? end : reader.span.next;
    if (wide) {
      starts.push(out);
      offsets.push(at);
      if (kind === rowKind.row && !quoted) {
        for (let from = at; from < rowEnd; ) {
          if (isDelimiterAt(bytes, from, rowEnd, delimiter)) {
            bytes[out++] = narrowMark;
            from += delimiter.length;
          } else bytes[out++] = bytes[from++]!;
        }
      } else {
        bytes.copyWithin(out, at, rowEnd);
        out += rowEnd - at;
      }
      bytes.copyWithin(out, rowEnd, next);
      out += next - rowEnd;
    } else out = next;
    if (next > rowEnd && bytes[out - 1] === 13) bytes[out - 1] = 10;
    at = next;
  }
  const narrow = String.fromCharCode(narrowMark);
  return {
    end: out,
    offsetOf(start) {
      if (!wide) return start;
      let low = 0;
      let high = starts.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (starts[middle]! <= start) low = middle + 1;
        else high = middle;
      }
      // A row that follows byte order marks begins after them.
      return low === 0 ? start : offsets[low - 1]! + (start - starts[low - 1]!);
    },
    restore(row) {
      if (!wide || !row.includes(narrowMark)) return row;
      return Buffer.from(row.toString('latin1').replaceAll(narrow, delimiter.toString('latin1')), 'latin1');
    },
  };
}
