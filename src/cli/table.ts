import { wrapLine } from '../telemetry/wrap-line.js';
import { printable } from '../text/printable.js';

/**
 * Returns the lines of a table with columns as wide as their widest cell, cut to `width`; escapes control
 * characters.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  const cells = [head, ...rows].map((row) => row.map(printable));
  const widths = widthsOf(cells);
  const line = (row: readonly string[]) =>
    clipped(
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
      width,
    );
  const rule = widths.map((each) => '-'.repeat(each)).join('  ');
  return [line(cells[0]!), rule.slice(0, width), ...cells.slice(1).map(line)];
}

/**
 * Returns a table without cutting: if lines are longer than `width`, the widest columns get narrower and
 * their cells wrap; where that is not enough, each row is a list of its cells, one below the other. The first
 * `names` columns get narrower only if the others have the width of their longest word.
 */
export function foldedTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
  names = 0,
): string[] {
  const cells = [head, ...rows].map((row) => row.map(printable));
  const widths = widthsOf(cells);
  const tooLong = () => widths.reduce((sum, each) => sum + each + 2, -2) > width;
  const narrow = (least: readonly number[]) => {
    const room = () => widths.map((each, i) => (each > least[i]! ? each : 0));
    while (tooLong() && Math.max(...room()) > 0) widths[room().indexOf(Math.max(...room()))]! -= 1;
  };
  const words = widthsOf(cells.map((row) => row.map(longestWord)));
  if (names > 0) narrow(widths.map((each, i) => (i < names ? each : Math.max(narrowest, words[i]!))));
  narrow(widths.map(() => narrowest));
  if (tooLong())
    return cells.slice(1).flatMap((row, i) => [...(i === 0 ? [] : ['']), ...listed(cells[0]!, row, width)]);
  const lines = cells.flatMap((row) => sideBySide(row, widths));
  const headLines = sideBySide(cells[0]!, widths).length;
  return [
    ...lines.slice(0, headLines),
    widths.map((each) => '-'.repeat(each)).join('  '),
    ...lines.slice(headLines),
  ];
}

/** Returns the width of the widest cell of each column; there may be a row for each of 200,000 partitions. */
function widthsOf(cells: readonly (readonly string[])[]): number[] {
  const widths = cells[0]!.map(() => 0);
  for (const row of cells)
    for (const [column, { length }] of row.entries()) widths[column] = Math.max(widths[column]!, length);
  return widths;
}

function longestWord(text: string): string {
  return text.split(' ').reduce((longest, word) => (word.length > longest.length ? word : longest), '');
}

const narrowest = 8;

/** Width below which the last column of a table is too narrow to be cut. */
const narrow = 60;

/** Returns a table whose lines are cut to `width`; folded if a cut would leave nothing of its last column. */
export function tableFor(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  return width < narrow ? foldedTable(head, rows, width) : table(head, rows, width);
}

/** Returns the non-empty cells of a row, each preceded by its heading. */
function listed(head: readonly string[], row: readonly string[], width: number): string[] {
  const widest = Math.max(...head.map(({ length }) => length));
  return row.flatMap((cell, i) =>
    cell === '' ? [] : sideBySide([head[i]!, cell], [widest, Math.max(narrowest, width - widest - 2)]),
  );
}

/**
 * Returns lines such as `rows 916 read` wrapped at words to `width`, with continuation lines indented below
 * the text; a path stays whole, so that it can be copied.
 */
export function hanging(text: string, width = Number.POSITIVE_INFINITY): string {
  return text
    .split('\n')
    .flatMap((line) => (line.startsWith('page ') ? line : wrapLine(line, width, 12)))
    .join('\n');
}

/** Returns lines of cells wrapped at words to the widths of their columns. */
export function sideBySide(row: readonly string[], widths: readonly number[]): string[] {
  const folds = row.map((cell, i) => folded(cell, widths[i]!));
  const height = Math.max(...folds.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    folds
      .map((fold, i) => (i === row.length - 1 ? (fold[line] ?? '') : (fold[line] ?? '').padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

function folded(text: string, width: number): string[] {
  const lines = [''];
  for (let word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (last !== '' && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
      continue;
    }
    if (last !== '') lines.push('');
    for (; word.length > width; word = word.slice(width)) lines.splice(-1, 0, word.slice(0, width));
    lines[lines.length - 1] = word;
  }
  return lines;
}

/** Returns the number of columns of the terminal; infinite if there is none. */
export function screenWidth({ isTTY, columns = 0 }: Partial<NodeJS.WriteStream> = process.stdout): number {
  return isTTY === true && columns > 0 ? columns : Number.POSITIVE_INFINITY;
}

/** Returns true if a stream is a terminal that interprets escape sequences: its `TERM` is not `dumb`. */
export function isScreen({ isTTY }: { readonly isTTY?: boolean }): boolean {
  return isTTY === true && process.env['TERM'] !== 'dumb';
}

/** Returns true if a stream shows colours: a screen, unless the environment has `NO_COLOR` (no-color.org). */
export function isColoured(stream: { readonly isTTY?: boolean }): boolean {
  return isScreen(stream) && (process.env['NO_COLOR'] ?? '') === '';
}

/** Cuts a text to `width` characters; an ellipsis marks the cut. */
export function clipped(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}
