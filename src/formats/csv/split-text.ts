import type { ReadingRules } from './reading-rules.js';

let lastText = '';
let lastDelimiter = '';
let lastParts: readonly string[] = [''];

/** Splits a text at delimiters; cached for the last text, because readings begin and end alike. */
export function splitOnce(text: string, delimiter: string): readonly string[] {
  if (text !== lastText || delimiter !== lastDelimiter) {
    lastParts = text.split(delimiter);
    lastText = text;
    lastDelimiter = delimiter;
  }
  return lastParts;
}

/** Returns the parts of a text from an offset on; whole parts are the strings of `splitOnce`. */
export function splitFrom(text: string, at: number, delimiter: string): readonly string[] {
  if (delimiter.length > 1) return text.slice(at).split(delimiter);
  const parts = splitOnce(text, delimiter);
  let i = parts.length - 1;
  let start = text.length - parts[i]!.length;
  while (start > at) start -= parts[--i]!.length + 1;
  return start === at ? parts.slice(i) : [text.slice(at, start + parts[i]!.length), ...parts.slice(i + 1)];
}

/** Returns a row's cells if quotes mean nothing; an escaped delimiter belongs to its cell. */
export function splitPlain(text: string, { delimiter, escape: slash, quote }: ReadingRules): string[] {
  if (slash === null || slash === quote || !text.includes(slash)) return splitOnce(text, delimiter).slice();
  const cells: string[] = [];
  let cell = '';
  for (const part of text.split(delimiter)) {
    if (part.endsWith(slash)) {
      cell += part.slice(0, -slash.length) + delimiter;
      continue;
    }
    cells.push(cell + part);
    cell = '';
  }
  if (cell !== '') cells.push(cell.slice(0, -delimiter.length) + slash);
  return cells;
}
