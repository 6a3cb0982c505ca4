import type { KernelDialect } from '../../kernels/csv-kernel.js';
import type { Dialect } from './dialect.js';

/** Whether the kernels can find this dialect's rows: a delimiter of one byte, and lines that end in LF or CRLF. */
export function kernelScans(dialect: Dialect): boolean {
  const { delimiter, lineEnd } = dialect;
  return delimiter.length === 1 && delimiter.charCodeAt(0) < 128 && lineEnd !== '\r';
}

/** The dialect in the kernels' words; one that they cannot scan keeps only what telling cells apart needs. */
export function kernelDialect(dialect: Dialect): KernelDialect {
  const { delimiter, quote, escape: slash, comment, fields, maxRowBytes, maxFieldBytes } = dialect;
  return {
    delimiter: kernelScans(dialect) ? delimiter.charCodeAt(0) : 0x1f,
    quote: quote === null ? 0 : quote.charCodeAt(0),
    escape: slash === null || slash === quote ? 0 : slash.charCodeAt(0),
    comment: comment === null ? 0 : Buffer.from(comment)[0]!,
    fields,
    maxRowBytes: Math.min(maxRowBytes, maxFieldBytes),
  };
}
