export type QuoteCode = 'stray-quote' | 'unclosed-quote' | 'text-after-quote';

/** A row's cells under one interpretation of its quotes. */
export interface Reading {
  readonly cells: string[];
  /** Indices of cells that are written as null (`\N`). */
  readonly nulls?: ReadonlySet<number>;
  /** True if a delimiter was inserted next to a quote. */
  readonly isParted?: boolean;
  /** The defect of the quotes, null for none. */
  readonly code: QuoteCode | null;
  /** The first cell with the defect, from 0. */
  readonly column: number;
  /** Cells that were not quoted but contain quotes. */
  readonly loose: readonly number[];
  /** The original text of cells, by index, if the quote that was removed from them may be text. */
  readonly written: ReadonlyMap<number, string>;
}

/** For a reading from which no quote was removed. */
export const noneWritten: ReadonlyMap<number, string> = new Map();

/** Returns the cells after putting back all removed quotes that may be text. */
export function asWritten(cells: readonly string[], written: ReadonlyMap<number, string>): string[] {
  return cells.map((cell, i) => written.get(i) ?? cell);
}

/**
 * Ways of reading a row whose quotes do not follow RFC 4180, the most literal first:
 * strict       a quote inside quotes that nothing could follow is text
 * resync       the same, but after a delimiter it opens the next cell: the cell before it was never closed
 * twin         two quotes before a delimiter are a quote and the closing one
 * after        the first closing quote closes, what follows up to the delimiter is text
 * blanks       blanks before an opening quote do not count
 * unopened     the first quote that is wrong did not open its cell
 * parted       a delimiter is missing before an opening quote or after a closing one
 * none         quotes mean nothing; a cell's own outer quotes come off
 */
export const ladder = ['strict', 'resync', 'twin', 'after', 'blanks', 'unopened', 'parted', 'none'] as const;
export type Rung = (typeof ladder)[number];
