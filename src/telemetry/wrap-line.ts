import { stripVTControlCharacters } from 'node:util';

/**
 * Returns a line wrapped at words into lines of at most `width` characters; those after the first begin with
 * `indent` spaces. Breaks words that are longer, never `33 %`.
 */
export function wrapLine(line: string, width: number, indent: number): string[] {
  if (widthOf(line) <= width || width <= indent) return [line];
  const lines: string[] = [];
  let current = '';
  const start = ' '.repeat(indent);
  for (const word of line.split(/(?<=\S)(?= (?!%))/)) {
    let rest = word;
    if (widthOf(current) + widthOf(rest) > width && current.trim() !== '') {
      lines.push(current);
      current = start;
      rest = rest.trimStart();
    }
    while (widthOf(current) + widthOf(rest) > width) {
      const room = width - widthOf(current);
      lines.push(current + rest.slice(0, room));
      rest = rest.slice(room);
      current = start;
    }
    current += rest;
  }
  return [...lines, current];
}

/** Counts the visible characters: colours take no room. */
function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
