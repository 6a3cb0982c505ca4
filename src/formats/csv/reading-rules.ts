import type { WritersCare } from './dialect.js';

/** Rules for reading a row's text. */
export interface ReadingRules {
  readonly delimiter: string;
  readonly quote: string | null;
  readonly escape: string | null;
  /** True if a backslash escapes any character, as written by MySQL. */
  readonly backslashes?: boolean;
  /** True if blanks around cells are layout. */
  readonly padded?: boolean;
  /** Per column, true if its cells are always quoted: a lone quote at an edge there is dropped. */
  readonly quotedColumns: readonly boolean[];
  /** If quotes in text are always escaped, a lone unescaped one in a cell is dropped. */
  readonly care: WritersCare;
  /** What to do with cells beyond the last column. */
  readonly surplus: 'reject' | 'drop';
  /** Unpaired quotes, as in `Dialect`. */
  readonly strayQuotes: 'keep' | 'drop';
}
