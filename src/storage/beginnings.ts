/** Yields the beginnings of a text that end before `mark`, shortest first, reading its bytes on demand. */
export async function* beginnings(bytes: AsyncIterable<Uint8Array>, mark: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = '';
  let from = 0;
  for await (const piece of bytes) {
    text += decoder.decode(piece, { stream: true });
    for (let at = text.indexOf(mark, from); at >= 0; at = text.indexOf(mark, from)) {
      yield text.slice(0, at);
      from = at + 1;
    }
    from = Math.max(from, text.length - mark.length);
  }
}
