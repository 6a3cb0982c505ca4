import { InvalidError } from '../../errors.js';
import type { ColumnShape } from './column-shapes.js';

/** How one CSV file is written; plain data, the same in every worker and in the manifest. */
export interface Dialect {
  /** One or more characters. */
  readonly delimiter: string;
  /** One ASCII character, or null if nothing is quoted. */
  readonly quote: string | null;
  /**
   * Escapes a quote inside a quoted cell, besides doubling it; the quote itself or null: nothing else does.
   */
  readonly escape: string | null;
  /**
   * True if a backslash escapes any character, as in MySQL's files (`\N`, `\t`), not only quotes; only if
   * given.
   */
  readonly backslashes?: boolean;
  /** True if quoted cells have blanks before their opening quote: blanks around cells are then layout. */
  readonly padded?: boolean;
  /** True if no row of the sample spans lines: then quotes do not join lines that are rows by themselves. */
  readonly oneLine?: boolean;
  /**
   * The line end of most lines. LF and CRLF are always accepted; a lone CR ends a line only if this is `\r`.
   */
  readonly lineEnd: '\n' | '\r\n' | '\r';
  /** IANA name in lower case; everything but utf-8 is converted before rows are parsed. */
  readonly encoding: string;
  /** Number of header rows: 0 for none. */
  readonly headerRows: number;
  /** Physical lines before the header, or before the first row if there is no header. */
  readonly skipLines: number;
  /** A line that begins with this text is not a row. */
  readonly comment: string | null;
  /** How such lines are read within the table; null if all of them are comments, because the job says so. */
  readonly marked: MarkedLines | null;
  /** Cells of a regular row. */
  readonly fields: number;
  /** The number of cells of nearly every row of the sample, if there is one; else equal to `fields`. */
  readonly usualCells: number;
  /** Longest accepted row; a longer line is rejected as one row. */
  readonly maxRowBytes: number;
  /** Longest accepted cell. */
  readonly maxFieldBytes: number;
  /** Per column, true if all its cells in the sample were quoted: a lone quote there has lost its partner. */
  readonly quotedColumns: readonly boolean[];
  /** Per column, the look of its cells in the sample; none if the sample was too small. */
  readonly shapes: readonly ColumnShape[];
  /** How carefully the file was written, according to the sample. */
  readonly care: WritersCare;
  /** For a row that fits but continues beyond the last column: reject it, or drop the rest and flag it. */
  readonly surplus: 'reject' | 'drop';
  /**
   * Unpaired quotes: `keep` leaves them in the text; `drop` removes those that make a cell unlike its column.
   */
  readonly strayQuotes: 'keep' | 'drop';
}

/** Distinguishes a row that begins with the comment mark from a comment. */
export interface MarkedLines {
  /** Per column, true if it contains figures, dates or times. */
  readonly figures: readonly boolean[];
  /** True if the comments above the table have no blank after their mark. */
  readonly isBare: boolean;
}

/** True if cells that need quotes have them: then unquoted ones are damage, not text. */
export interface WritersCare {
  /** Cells that contain a delimiter are quoted. */
  readonly delimiters: boolean;
  /** Quotes within cells are doubled or escaped. */
  readonly quotes: boolean;
  /** Rows omit empty cells at their end: the sample has many short rows, and none ends in an empty cell. */
  readonly ends: boolean;
}

/** Dialect from the job, the command line or an earlier file; undefined properties are detected. */
export interface DialectOverrides {
  readonly delimiter?: string | undefined;
  readonly quote?: string | null | undefined;
  readonly escape?: string | null | undefined;
  readonly lineEnd?: Dialect['lineEnd'] | undefined;
  readonly encoding?: string | undefined;
  readonly headerRows?: number | undefined;
  readonly skipLines?: number | undefined;
  readonly comment?: string | null | undefined;
  readonly maxRowBytes?: number | undefined;
  readonly maxFieldBytes?: number | undefined;
  /**
   * Lines that look like another table: leave them out as the job expects, refuse the file, or read them as
   * rows; undefined: leave them out.
   */
  readonly tables?: 'first' | 'refuse' | 'one' | undefined;
  readonly surplus?: Dialect['surplus'] | undefined;
  readonly strayQuotes?: Dialect['strayQuotes'] | undefined;
  /** Names that the job expects in the header; undefined: unknown. */
  readonly expected?: readonly string[] | undefined;
  /** The header of the job's first file, which decides if a file is ambiguous. */
  readonly likeHeader?: { readonly rows: number; readonly titles: readonly string[] } | undefined;
}

export const defaultMaxRowBytes = 2 * 1024 * 1024;

/**
 * Reads the job file's `input.csv` (or `--dialect key=value,...`): a key that is `auto` or absent is
 * detected; throws `InvalidError` that names the key for an invalid value.
 */
export function dialectOverrides(csv: Readonly<Record<string, unknown>>): DialectOverrides {
  const text = (key: string): string | undefined => {
    const value = csv[key];
    if (value === undefined || value === null || value === 'auto') return undefined;
    if (typeof value !== 'string') throw invalid(key, 'a text or "auto"', value);
    return value;
  };
  const delimiter = text('delimiter');
  const encoding = text('encoding')?.toLowerCase();
  return {
    delimiter: delimiter === undefined ? undefined : asDelimiter(delimiter),
    quote: asMark('quote', csv),
    escape: asMark('escape', csv),
    lineEnd: asLineEnd(csv['line_end']),
    encoding,
    headerRows: asHeaderRows(csv['header']),
    skipLines: asCount('skip_lines', csv, 0),
    comment: asComment(csv['comment']),
    maxRowBytes: asCount('max_row_bytes', csv, 16),
    maxFieldBytes: asCount('max_field_bytes', csv, 1),
    tables: asTables(csv['tables']),
    surplus: csv['surplus'] === 'drop' ? 'drop' : undefined,
    strayQuotes: csv['stray_quotes'] === 'keep' ? 'keep' : undefined,
  };
}

const named: ReadonlyMap<string, string> = new Map([
  ['tab', '\t'],
  ['\\t', '\t'],
  ['comma', ','],
  ['semicolon', ';'],
  ['pipe', '|'],
  ['space', ' '],
  ['single', "'"],
  ['double', '"'],
  ['backslash', '\\'],
]);

/** Parses `\x1f` or `0x1f`: a character by its number. */
function byNumber(value: string): string | undefined {
  const match = /^(?:\\x|0x)([0-9a-f]{2})$/i.exec(value);
  return match === null ? undefined : String.fromCharCode(Number.parseInt(match[1]!, 16));
}

function asDelimiter(value: string): string {
  const delimiter = named.get(value.toLowerCase()) ?? byNumber(value) ?? value;
  if (delimiter === '' || /[\r\n\0]/.test(delimiter)) {
    throw invalid('delimiter', 'one or more characters other than line ends and NUL', value);
  }
  return delimiter;
}

function asMark(key: 'quote' | 'escape', csv: Readonly<Record<string, unknown>>): string | null | undefined {
  const value = csv[key];
  if (value === undefined || value === 'auto') return undefined;
  if (value === null || value === false || value === '' || value === 'none') return null;
  if (key === 'escape' && (value === 'doubled' || value === 'double')) return '"';
  const mark = typeof value === 'string' ? (named.get(value.toLowerCase()) ?? byNumber(value) ?? value) : '';
  if (mark.length !== 1 || mark.charCodeAt(0) > 126 || /[\r\n]/.test(mark)) {
    throw invalid(key, 'one ASCII character, "none" or "auto"', value);
  }
  return mark;
}

const lineEnds: ReadonlyMap<unknown, Dialect['lineEnd']> = new Map([
  ['lf', '\n'],
  ['\\n', '\n'],
  ['\n', '\n'],
  ['crlf', '\r\n'],
  ['\\r\\n', '\r\n'],
  ['\r\n', '\r\n'],
  ['cr', '\r'],
  ['\\r', '\r'],
  ['\r', '\r'],
] as const);

function asLineEnd(value: unknown): Dialect['lineEnd'] | undefined {
  if (value === undefined || value === null || value === 'auto') return undefined;
  const lineEnd = lineEnds.get(typeof value === 'string' ? value.toLowerCase() : value);
  if (lineEnd !== undefined) return lineEnd;
  throw invalid('line_end', 'lf, crlf, cr or auto', value);
}

function asHeaderRows(value: unknown): number | undefined {
  if (value === undefined || value === null || value === 'auto') return undefined;
  if (value === true || value === 'present' || value === 'true') return 1;
  if (value === false || value === 'absent' || value === 'none' || value === 'false') return 0;
  const rows = Number(value);
  if (Number.isInteger(rows) && rows >= 0 && rows <= 16) return rows;
  throw invalid('header', 'auto, true, false or a number of rows up to 16', value);
}

function asCount(key: string, csv: Readonly<Record<string, unknown>>, least: number): number | undefined {
  const value = csv[key];
  if (value === undefined || value === null || value === 'auto') return undefined;
  const count = Number(value);
  if (Number.isSafeInteger(count) && count >= least && count <= 1 << 30) return count;
  throw invalid(key, `auto or a whole number from ${least} to ${1 << 30}`, value);
}

function asTables(value: unknown): DialectOverrides['tables'] {
  if (value === undefined || value === null || value === 'auto') return undefined;
  if (value === 'first' || value === 'refuse' || value === 'one') return value;
  throw invalid('tables', 'auto, first, refuse or one', value);
}

function asComment(value: unknown): string | null | undefined {
  if (value === undefined || value === 'auto') return undefined;
  if (value === null || value === false || value === '' || value === 'none') return null;
  if (typeof value === 'string' && !/[\r\n]/.test(value)) return value;
  throw invalid('comment', 'a text that begins a comment line, "none" or "auto"', value);
}

function invalid(key: string, expected: string, found: unknown): InvalidError {
  return new InvalidError(
    'csv-option',
    `"csv.${key}" must be ${expected}, found ${JSON.stringify(found) ?? String(found)}`,
  );
}
