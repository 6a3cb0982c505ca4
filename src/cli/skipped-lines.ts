import type { SkippedLines } from '../formats/format.js';

/** Lines that were no rows, one line per code with the first few line numbers. */
export function skippedText(skipped: SkippedLines): string[] {
  return [...skipped].map(([code, { count, lines }]) => {
    const shown = lines.slice(0, 5).join(', ');
    return `  ${code}: ${count} (line ${shown}${count > 5 ? ', …' : ''})`;
  });
}
