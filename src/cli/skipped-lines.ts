import type { SourceFinding } from '../chunk/source-finding.js';
import type { SkippedLines } from '../formats/format.js';
import { printable } from '../text/printable.js';

/** Formats skipped lines, one line per code with the first few line numbers. */
export function skippedText(skipped: SkippedLines): string[] {
  return [...skipped].map(([code, { count, lines }]) => {
    const shown = lines.slice(0, 5).join(', ');
    return `  ${code}: ${count} (line ${shown}${count > 5 ? ', …' : ''})`;
  });
}

/** Formats the findings about how a file is read: those that a person must check, and notes. */
export function findingLines(findings: readonly SourceFinding[]): string[] {
  return findings.map(
    ({ level, sentence }) => `  ${level === 'check' ? 'check' : 'note'}: ${printable(sentence)}`,
  );
}
