import type { Dialect } from './dialect.js';
import type { CsvDetails } from './source-details.js';

/** A dialect in words, one aspect a part: `delimiter ";"`, `quote "`, `LF`, `utf-8`, `1 header row`. */
export function dialectText(dialect: Dialect): string {
  const { delimiter, quote, escape: mark, lineEnd, encoding, headerRows, skipLines, comment } = dialect;
  const parts = [
    `delimiter ${markName(delimiter)}`,
    quote === null ? 'no quotes' : `quote ${quote}`,
    ...(mark !== null && mark !== quote ? [`escape ${mark}`] : []),
    lineEnds[lineEnd],
    encoding,
    headerRows === 0 ? 'no header' : headerRows === 1 ? '1 header row' : `${headerRows} header rows`,
    ...(skipLines > 0 ? [`${skipLines} ${skipLines === 1 ? 'line' : 'lines'} before it`] : []),
    ...(comment !== null ? [`comments after ${comment}`] : []),
  ];
  return parts.join(', ');
}

/** How sure the parts of a dialect are that were found out and not told: `delimiter 97 %, header 95 %`; empty where all were told. */
export function confidenceText({ confidence, told }: CsvDetails): string {
  const parts = [
    ['delimiter', 'delimiter', confidence.delimiter],
    ['encoding', 'encoding', confidence.encoding],
    ['headerRows', 'header', confidence.header],
  ] as const;
  return parts
    .filter(([key]) => !told.includes(key))
    .map(([, name, share]) => `${name} ${Math.round(share * 100)} %`)
    .join(', ');
}

const lineEnds = { '\n': 'LF', '\r\n': 'CRLF', '\r': 'CR' };

const names: Readonly<Record<string, string>> = { '\t': 'tab', ' ': 'space', ',': 'comma', ';': 'semicolon' };

/** A delimiter by its name, or in quotes. */
export function markName(delimiter: string): string {
  return names[delimiter] ?? JSON.stringify(delimiter);
}

/** A dialect as `--json` shows it, in the words that `--dialect` takes. */
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
