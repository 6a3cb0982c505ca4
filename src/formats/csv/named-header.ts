import { type SampleRow, sampleRows } from './sample-rows.js';
import type { DialectGuess } from './sniff-dialect.js';
import { isName } from './table-bounds.js';

/** Location of a header with the names that the job expects among the rows of a sample. */
interface NamedHeader {
  readonly at: number;
  readonly matches: number;
}

const lookedRows = 40;

/**
 * Finds the row with the names that the job expects: all of them, or at least two and most. Looks at the
 * first 40 lines, no further than row `last`, so that no row of data is skipped. Null if there is none.
 */
export function findNamed(
  rows: readonly SampleRow[],
  expected: readonly string[],
  last: number,
): NamedHeader | null {
  let best: NamedHeader | null = null;
  for (let at = 0; at < rows.length && at <= last && at < lookedRows; at++) {
    const { kind, cells } = rows[at]!;
    if (kind !== 'row') continue;
    const matches = matchedNames(cells, expected);
    if (matches > (best?.matches ?? 0) && isEnough(matches, expected.length)) best = { at, matches };
  }
  return best;
}

/** Returns the sample's first line whose cells are the expected names, and its delimiter; else null. */
export function findNamesLine(
  sample: Buffer,
  expected: readonly string[],
): { readonly line: number; readonly delimiter: string } | null {
  const folded = expected.map(fold);
  for (const [i, text] of sample
    .toString('utf8')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = fold(text);
    if (!isEnough(folded.filter((name) => line.includes(name)).length, expected.length)) continue;
    for (const delimiter of [',', ';', '\t', '|']) {
      const cells = text.split(delimiter).map((cell) => cell.trim().replace(/^(["'])(.*)\1$/, '$2'));
      if (cells.length > 1 && isEnough(matchedNames(cells, expected), expected.length))
        return { line: i + 1, delimiter };
    }
  }
  return null;
}

/** Returns true for all of the names, or for at least two and three fifths of them. */
function isEnough(matches: number, expected: number): boolean {
  return matches > 0 && (matches === expected || (matches >= 2 && matches * 5 >= expected * 3));
}

/** Returns how many of the names occur in a row, case-insensitive. */
export function matchedNames(cells: readonly string[], expected: readonly string[]): number {
  const found = new Set(cells.map(fold));
  return expected.filter((name) => found.has(fold(name))).length;
}

function fold(name: string): string {
  return name.normalize('NFC').trim().toLowerCase();
}

/**
 * Returns the comment right above the table as its header if it contains as many distinct names as the table
 * has columns, without its mark: `#time,x,y` above figures. Null if it does not.
 */
export function markedHeader(
  rows: readonly SampleRow[],
  first: number,
  sample: Buffer,
  guess: DialectGuess,
  width: number,
): { readonly at: number; readonly row: SampleRow; readonly title: string } | null {
  const { comment } = guess;
  let at = first - 1;
  while (at >= 0 && rows[at]!.kind === 'blank') at--;
  const above = rows[at];
  if (comment === null || above?.kind !== 'comment' || width < 2) return null;
  const [row] = sampleRows(
    sample.subarray(0, above.next),
    { ...guess, comment: null },
    width,
    1,
    true,
    above.start,
  );
  if (row === undefined || row.trouble || row.cells.length !== width) return null;
  const title = row.cells[0]!;
  const cells = [title.slice(comment.length).replace(/^[\s#/%]+/, ''), ...row.cells.slice(1)];
  const isNamed = cells.every(isName) && new Set(cells.map(fold)).size === width;
  return isNamed ? { at, row: { ...above, kind: 'row', cells, texts: cells }, title } : null;
}
