/**
 * Lines of a table whose columns are as wide as their widest cell; control characters in cells are shown, not obeyed. Lines longer than
 * `width` are cut at their end.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  const cells = [head, ...rows].map((row) => row.map(printable));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
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

/** Columns of the terminal; without one, lines are as long as they are. */
export function screenWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
}

/** Whether a stream shows colours: a terminal, unless the environment's `NO_COLOR` (no-color.org) says otherwise. */
export function isColoured(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
}

/** A text of at most `width` characters; what is cut off shows as an ellipsis. */
export function clipped(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

/** A text from a file, so that it can neither move the cursor nor turn text around. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (char) => `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}
