import type { WritersCare } from './dialect.js';

/** What a row's text is read by. */
export interface ReadingRules {
  readonly delimiter: string;
  readonly quote: string | null;
  readonly escape: string | null;
  /** Whether a backslash stands before any character, as MySQL writes it. */
  readonly backslashes?: boolean;
  /** Per column, whether its cells are always quoted: a lone quote at an edge there is dropped. */
  readonly quotedColumns: readonly boolean[];
  /** Where quotes that are text are written as they should be, a lone one in a cell that is not is dropped. */
  readonly care: WritersCare;
  /** Whether cells beyond the last column may be left out. */
  readonly surplus: 'reject' | 'drop';
  /** Whether quotes that belong to no pair stay in their cells as text, or are taken out where the cell is better without. */
  readonly strayQuotes: 'keep' | 'drop';
}
