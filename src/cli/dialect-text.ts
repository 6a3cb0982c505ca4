import type { Dialect } from '../formats/csv/dialect.js';

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
    ...(skipLines > 0 ? [`${skipLines} lines before it`] : []),
    ...(comment !== null ? [`comments after ${comment}`] : []),
  ];
  return parts.join(', ');
}

const lineEnds = { '\n': 'LF', '\r\n': 'CRLF', '\r': 'CR' };

const names: Readonly<Record<string, string>> = { '\t': 'tab', ' ': 'space', ',': 'comma', ';': 'semicolon' };

function markName(delimiter: string): string {
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
