import type { SkippedLines } from './format.js';

/** Number of line numbers kept of each code. */
export const rememberedLines = 10;

/** Counts a skipped line; keeps the first few line numbers. */
export function noteSkipped(skipped: SkippedLines, code: string, line: number, times = 1): void {
  const entry = skipped.get(code) ?? { count: 0, lines: [] };
  entry.count += times;
  if (entry.lines.length < rememberedLines) entry.lines.push(line);
  skipped.set(code, entry);
}
