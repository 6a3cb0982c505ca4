import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/**
 * Converts the positions in a stack from the bundle to lines of the source, such as
 * `src/run/run-job.ts:12:3`; leaves positions without a map unchanged. Reads the maps only now, so that no
 * other run pays for them.
 */
export function withSourceLines(stack: string): string {
  return stack.replace(/file:\/\/([^\s()]+?\.c?js):(\d+):(\d+)/g, (position, file: string, line, column) => {
    const entry = mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !('originalSource' in entry)) return position;
    const source = entry.originalSource.replace(/^(\.\.\/)+/, '');
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

function mapOf(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${decodeURIComponent(file)}.map`, 'utf8')));
  } catch {
    return undefined;
  }
}
