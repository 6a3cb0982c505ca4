import type { Dialect } from './dialect.js';
import type { CsvDetails } from './source-details.js';

/** Describes a dialect, one part per property: `delimiter ";"`, `quote "`, `LF`, `utf-8`, `1 header row`. */
export function dialectText(dialect: Dialect): string {
  const { delimiter, quote, escape: mark, lineEnd, encoding, headerRows, skipLines, comment } = dialect;
  const parts = [
    `delimiter ${markName(delimiter)}`,
    quote === null ? 'no quotes' : `quote ${quote}`,
    ...(mark !== null && mark !== quote ? [`escape ${mark}`] : []),
    ...(dialect.padded === true ? ['blanks around cells'] : []),
    lineEnds[lineEnd],
    encoding,
    headerRows === 0 ? 'no header' : headerRows === 1 ? '1 header row' : `${headerRows} header rows`,
    ...(skipLines > 0 ? [`${skipLines} ${skipLines === 1 ? 'line' : 'lines'} before it`] : []),
    ...(comment !== null ? [`comments after ${comment}`] : []),
  ];
  return parts.join(', ');
}

/**
 * Describes the confidence in detected properties: `delimiter 97 %, header 95 %`; empty if all were given.
 */
export function confidenceText({ confidence, given }: CsvDetails): string {
  const parts = [
    ['delimiter', 'delimiter', confidence.delimiter],
    ['encoding', 'encoding', confidence.encoding],
    ['headerRows', 'header', confidence.header],
  ] as const;
  return parts
    .filter(([key]) => !given.includes(key))
    .map(([, name, share]) => `${name} ${Math.round(share * 100)} %`)
    .join(', ');
}

const lineEnds = { '\n': 'LF', '\r\n': 'CRLF', '\r': 'CR' };

const names: Readonly<Record<string, string>> = { '\t': 'tab', ' ': 'space', ',': 'comma', ';': 'semicolon' };

/** Returns a delimiter's name, or the delimiter in quotes. */
export function markName(delimiter: string): string {
  return names[delimiter] ?? JSON.stringify(delimiter);
}

/** Returns a dialect for `--json`, in the words of `--dialect`. */
export function dialectJson(dialect: Dialect): Readonly<Record<string, unknown>> {
  return {
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    escape: dialect.escape,
    line_end: lineEnds[dialect.lineEnd].toLowerCase(),
    encoding: dialect.encoding,
    header: dialect.headerRows,
    skip_lines: dialect.skipLines,
    comment: dialect.comment,
    columns: dialect.fields,
  };
}
