/** Returns the hash of a text's bytes, eight at a time, not yet mixed, like the counting loops. */
export function textHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at += 8) {
    const h =
      Math.imul(hash ^ wordAt(bytes, at, end), 0x9e3779b1) ^
      rotated(Math.imul(wordAt(bytes, at + 4, end), 0x85ebca77));
    hash = h ^ (h >>> 15);
  }
  return hash;
}

/** Returns four bytes, least significant first; 0 beyond the end. */
function wordAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end)
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  let word = 0;
  for (let i = at; i < end; i++) word |= bytes[i]! << (8 * (i - at));
  return word;
}

function rotated(word: number): number {
  return (word << 15) | (word >>> 17);
}
