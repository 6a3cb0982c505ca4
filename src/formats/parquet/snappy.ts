/**
 * Uncompresses a raw Snappy block (github.com/google/snappy, format_description.txt) into the start of
 * `target`; returns its length, or null if the bytes are not a block of at most `most` bytes. `target` has
 * room for `most`. Copies literals at once: random numbers are hardly anything else.
 */
export function uncompressSnappy(bytes: Uint8Array, target: Uint8Array, most: number): number | null {
  let length = 0;
  let at = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++];
    if (byte === undefined || scale > 2 ** 28) return null;
    length += (byte & 127) * scale;
    if (byte < 128) break;
  }
  if (length > most) return null;
  let to = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    let count = (tag >> 2) + 1;
    if ((tag & 3) === 0) {
      const more = count - 60;
      if (more > 0) {
        if (at + more > bytes.length) return null;
        count = 1;
        for (let i = 0; i < more; i++) count += bytes[at++]! * 256 ** i;
      }
      if (at + count > bytes.length || to + count > length) return null;
      copy(bytes, at, target, to, count);
      at += count;
    } else {
      const width = (tag & 3) === 1 ? 1 : (tag & 3) === 2 ? 2 : 4;
      if (at + width > bytes.length) return null;
      let back = 0;
      if (width === 1) {
        count = ((tag >> 2) & 7) + 4;
        back = ((tag >> 5) << 8) | bytes[at]!;
      } else for (let i = 0; i < width; i++) back += bytes[at + i]! * 256 ** i;
      at += width;
      if (back === 0 || back > to || to + count > length) return null;
      // Source and target may overlap; the source then repeats itself.
      if (back >= count) copy(target, to - back, target, to, count);
      else for (let i = 0; i < count; i++) target[to + i] = target[to + i - back]!;
    }
    to += count;
  }
  return to === length ? length : null;
}

/** From this length on one call is cheaper than a loop. */
const longCopy = 48;

function copy(from: Uint8Array, start: number, to: Uint8Array, at: number, count: number): void {
  if (count >= longCopy) to.set(from.subarray(start, start + count), at);
  else for (let i = 0; i < count; i++) to[at + i] = from[start + i]!;
}
