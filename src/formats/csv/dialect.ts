import { InvalidError } from '../../errors.js';
import type { ColumnShape } from './column-shapes.js';

/** How one CSV file is written; plain data, the same in every worker and in the manifest. */
export interface Dialect {
  /** One or more characters. */
  readonly delimiter: string;
  /** One ASCII character, or null where nothing is quoted. */
  readonly quote: string | null;
  /** What makes a quote inside a quoted cell a plain character beside doubling it, which always does: the quote itself or null for nothing else. */
  readonly escape: string | null;
  /** Whether a backslash stands before any character, as MySQL writes it (`\N`, `\t`, one before a line end), and not before quotes alone: only where it is told. */
  readonly backslashes?: boolean;
  /** The line end most lines have. LF and CRLF are always both read; a lone CR ends a line only where this is `\r`. */
  readonly lineEnd: '\n' | '\r\n' | '\r';
  /** IANA name in lower case; everything but utf-8 is converted before rows are looked for. */
  readonly encoding: string;
  /** How many rows make up the header: 0 for none. */
  readonly headerRows: number;
  /** Physical lines before the header, or before the first row where there is no header. */
  readonly skipLines: number;
  /** A line that begins with this text is no row. */
  readonly comment: string | null;
  /** How such lines are read within the table; null where all of them are comments, since the job says so. */
  readonly marked: MarkedLines | null;
  /** Cells of a regular row. */
  readonly fields: number;
  /** Cells that nearly every row of the sample has, where there is such a number; else as many as `fields`. */
  readonly usualCells: number;
  /** Longest row that is read; a longer line is rejected as one row. */
  readonly maxRowBytes: number;
  /** Longest cell that is read. */
  readonly maxFieldBytes: number;
  /** Per column, whether its cells stood in quotes throughout the sample: there a lone quote at a cell's edge has lost its partner. */
  readonly quotedColumns: readonly boolean[];
  /** Per column, what its cells looked like in the sample; none where the sample was too small. */
  readonly shapes: readonly ColumnShape[];
  /** What the sample shows of the care with which the file was written. */
  readonly care: WritersCare;
  /** What becomes of a row whose cells all fit but that goes on beyond the last column: it is rejected, or the rest is dropped and the row flagged. */
  readonly surplus: 'reject' | 'drop';
  /** Whether quotes that belong to no pair stay in their cells as text, or are taken out where the cell is better without. */
  readonly strayQuotes: 'keep' | 'drop';
}

/** What tells a row that begins with the comment mark from a comment. */
export interface MarkedLines {
  /** Per column, whether figures, dates or times stand in it. */
  readonly figures: readonly boolean[];
  /** Whether the comments above the table are written without a blank after their mark. */
  readonly isBare: boolean;
}

/** Whether cells that need it are quoted as they should be: where they are, what is not is damage and no text. */
export interface WritersCare {
  /** Cells that hold a delimiter stand in quotes. */
  readonly delimiters: boolean;
  /** Quotes within cells are doubled or escaped. */
  readonly quotes: boolean;
  /** Empty cells at a row's end are left out, as the sample shows by many short rows and none that ends in an empty cell. */
  readonly ends: boolean;
}

/** What the job, the command line or an earlier file of the job says about the dialect; what is undefined is found out. */
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
  /** What becomes of lines that look like another table: left out as the job knows, refused with the file, or rows like all others; undefined: left out. */
  readonly tables?: 'first' | 'refuse' | 'one' | undefined;
  readonly surplus?: Dialect['surplus'] | undefined;
  readonly strayQuotes?: Dialect['strayQuotes'] | undefined;
  /** Names that the job expects in the header; none: nothing is known of them. */
  readonly expected?: readonly string[] | undefined;
  /** The header of the job's first file, which decides where a file's own look does not. */
  readonly likeHeader?: { readonly rows: number; readonly titles: readonly string[] } | undefined;
}

export const defaultMaxRowBytes = 2 * 1024 * 1024;

/**
 * Reads the job file's `input.csv` (or `--dialect key=value,...`): `auto` or nothing leaves a key to be found out; throws `InvalidError` that names
 * the key for a value that cannot be meant.
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

/** `\x1f` or `0x1f`: a character by its number. */
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
