import type { DialectOverrides } from './dialect.js';

/** Returns the given overrides, with the delimiter of a first line `sep=;`, as spreadsheets write and read it; that line is not a row. */
export function withSeparatorLine(text: Buffer, given: DialectOverrides): DialectOverrides {
  const match = /^"?sep=([^\r\n"])"?[ ,;\t|]*(?:\r\n|\n|\r)/i.exec(text.toString('utf8', 0, 64));
  if (match === null) return given;
  return { ...given, delimiter: given.delimiter ?? match[1]!, skipLines: given.skipLines ?? 1 };
}
