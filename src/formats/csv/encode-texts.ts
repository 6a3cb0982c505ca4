import type { TextColumn } from '../../chunk/column.js';
import { isPresent } from '../../chunk/validity.js';

const QUOTE = 34;
const COMMA = 44;
const LF = 10;
const CR = 13;

/**
 * Encodes rows of only text columns as RFC 4180, without a string per cell: one pass over the bytes, which are copied, quoted if they
 * contain a delimiter, a quote, a line end or a blank at an edge. A missing cell is nothing, an empty text `""`, a row of one missing cell
 * `""`.
 */
export function encodeTexts(columns: readonly TextColumn[], rows: number): Uint8Array {
  let bound = rows * (3 * columns.length + 2);
  for (const { offsets } of columns) bound += 2 * (offsets[rows]! - offsets[0]!);
  const out = Buffer.allocUnsafe(bound);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns.length; i++) {
      const { offsets, bytes, validity } = columns[i]!;
      if (i > 0) out[at++] = COMMA;
      const isMissing = !isPresent(validity, row);
      const start = offsets[row]!;
      const end = isMissing ? start : offsets[row + 1]!;
      const begin = at;
      let needsQuotes = end > start ? isEdge(bytes, start, end) : !isMissing || columns.length === 1;
      for (let from = start; from < end; from++) {
        const byte = bytes[from]!;
        out[at++] = byte;
        if (byte === COMMA || byte === QUOTE || byte === LF || byte === CR) needsQuotes = true;
      }
      if (needsQuotes) at = quoteInto(out, begin, bytes, start, end);
    }
    out[at++] = CR;
    out[at++] = LF;
  }
  return out.subarray(0, at);
}

/** Returns true for a blank at an edge, or a byte order mark at the start. */
function isEdge(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start]!;
  const last = bytes[end - 1]!;
  if (first === 32 || first === 9 || last === 32 || last === 9) return true;
  return first === 0xef && end - start > 2 && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;
}

/** Writes a cell in quotes, doubling its own; returns its end. */
function quoteInto(out: Uint8Array, begin: number, bytes: Uint8Array, start: number, end: number): number {
  let at = begin;
  out[at++] = QUOTE;
  for (let from = start; from < end; from++) {
    const byte = bytes[from]!;
    if (byte === QUOTE) out[at++] = QUOTE;
    out[at++] = byte;
  }
  out[at++] = QUOTE;
  return at;
}
