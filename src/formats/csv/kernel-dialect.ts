import type { KernelDialect } from '../../kernels/csv-kernel.js';
import type { Dialect } from './dialect.js';
import { narrowMark } from './narrow-block.js';

/**
 * Returns true if the kernels can find this dialect's rows: a one-byte delimiter, lines ending in LF or CRLF.
 */
export function kernelScans(dialect: Dialect): boolean {
  const { delimiter, lineEnd } = dialect;
  return delimiter.length === 1 && delimiter.charCodeAt(0) < 128 && lineEnd !== '\r';
}

/** Converts the dialect for the kernels; the mark of a narrowed block replaces a longer delimiter. */
export function kernelDialect(dialect: Dialect): KernelDialect {
  const { delimiter, quote, escape: slash, comment, fields, maxRowBytes, maxFieldBytes } = dialect;
  return {
    delimiter: delimiter.length === 1 && delimiter.charCodeAt(0) < 128 ? delimiter.charCodeAt(0) : narrowMark,
    quote: quote === null ? 0 : quote.charCodeAt(0),
    escape: slash === null || slash === quote ? 0 : slash.charCodeAt(0),
    comment: comment === null ? 0 : Buffer.from(comment)[0]!,
    fields,
    maxRowBytes: Math.min(maxRowBytes, maxFieldBytes),
  };
}
