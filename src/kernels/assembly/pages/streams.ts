// BYTE_STREAM_SPLIT (Encodings.md, "Byte Stream Split"): the first bytes of all values, then the second ones, and so on.

/** Writes values `[before, last)` of the `count` values of `width` bytes whose streams begin at `at`. */
export function joinStreams(
  at: usize,
  count: usize,
  before: usize,
  last: usize,
  width: usize,
  target: usize,
): void {
  for (let stream: usize = 0; stream < width; stream++) {
    const bytes = at + stream * count;
    let to = target + stream;
    for (let i = before; i < last; i++, to += width) store<u8>(to, load<u8>(bytes + i));
  }
}
