import type { Compression } from '../text/byte-stream.js';

/** Facts about a file that its decoder needs, as plain data. */
export interface JsonlDetails {
  readonly compression: Compression;
  /** Offset of the first line in the text: after a byte order mark. */
  readonly dataStart: number;
  readonly maxRowBytes: number;
}

/** Returns a description's details. */
export function jsonlDetails(details: Readonly<Record<string, unknown>>): JsonlDetails {
  return details as unknown as JsonlDetails;
}
