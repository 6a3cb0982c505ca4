/** Lists the first `most` of some texts or numbers, and the rest of `count`: `a, b, c and 4 more`. */
export function firstOf(texts: readonly unknown[], most: number, count = texts.length): string {
  const shown = texts.slice(0, most);
  const more = count - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
