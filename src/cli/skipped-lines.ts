import type { SourceFinding } from '../chunk/source-finding.js';
import type { SkippedLines } from '../formats/format.js';
import { printable } from './table.js';

/** Lines that were no rows, one line per code with the first few line numbers. */
export function skippedText(skipped: SkippedLines): string[] {
  return [...skipped].map(([code, { count, lines }]) => {
    const shown = lines.slice(0, 5).join(', ');
    return `  ${code}: ${count} (line ${shown}${count > 5 ? ', …' : ''})`;
  });
}

/** Sentences about how a file is read: what a person must look at, and what is only worth saying. */
export function findingLines(findings: readonly SourceFinding[]): string[] {
  return findings.map(
    ({ level, sentence }) => `  ${level === 'check' ? 'look at' : 'note'}: ${printable(sentence)}`,
  );
}
