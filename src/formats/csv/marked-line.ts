import { cellShape } from './cell-shape.js';
import type { Dialect, MarkedLines } from './dialect.js';
import { readCells } from './readings.js';

/** Returns true if a line that begins with the comment mark is a comment; takes it without its line end. */
export type CommentTest = (row: string) => boolean;

/**
 * Returns the test for lines that begin with the mark within the table, null if all of them are comments. A
 * line is a row if it has the table's number of cells with numbers in the numeric columns, or if it is
 * written unlike comments: delimiters, and no blank after the mark.
 */
export function commentTest(
  dialect: Pick<Dialect, 'delimiter' | 'quote' | 'escape' | 'comment' | 'fields' | 'marked'>,
): CommentTest | null {
  const { comment, fields, marked } = dialect;
  if (comment === null || marked === null) return null;
  const rules = { ...dialect, ...plainRules };
  return (row) => {
    const isApart = isSpaced(row, comment);
    const { cells } = readCells(row, rules, fields);
    if (cells.length === fields && fitsTable(cells, marked, isApart)) return false;
    return isApart || cells.length === 1 || marked.isBare;
  };
}

const plainRules = {
  quotedColumns: [],
  care: { delimiters: false, quotes: false, ends: false },
  surplus: 'reject' as const,
  strayQuotes: 'drop' as const,
};

/** Returns true if there are numbers in the numeric columns; if all columns are text, the mark decides. */
function fitsTable(cells: readonly string[], { figures }: MarkedLines, isApart: boolean): boolean {
  if (!figures.includes(true)) return !isApart;
  const shapes = cells.filter((_, i) => figures[i]).map(cellShape);
  const isFigure = (shape: string): boolean => shape === 'number' || shape === 'time';
  return shapes.some(isFigure) && shapes.every((shape) => shape === 'empty' || isFigure(shape));
}

/** Returns true if nothing, a blank or another mark follows the comment mark, as in comments. */
export function isSpaced(line: string, mark: string): boolean {
  return /^(?:\s|$|[-=*#%!/])/.test(line.slice(mark.length));
}
