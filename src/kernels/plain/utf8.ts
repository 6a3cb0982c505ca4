/**
 * Returns the length of the UTF-8 sequence at `at`, by table 3-7 of the Unicode standard: 0 if it is invalid.
 * A valid beginning that `end` cuts off has the length up to `end`.
 */
export function sequenceLength(u8: Uint8Array, at: number, end: number): number {
  const lead = u8[at]!;
  if (lead < 0x80) return 1;
  if (lead >= 0xc0 && at + 1 >= end) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let i = 1; i < length; i++) {
    if (at + i >= end) return i;
    const byte = u8[at + i]!;
    if (byte < (i === 1 ? lowest : 0x80) || byte > (i === 1 ? highest : 0xbf)) return 0;
  }
  return length;
}

/** Returns the length of the white space (as in `String.prototype.trim`) that begins at `at`, 0 for none. */
export function blankLength(u8: Uint8Array, at: number): number {
  const byte = u8[at]!;
  if (byte === 32 || (byte >= 9 && byte <= 13)) return 1;
  if (byte < 0xc2) return 0;
  if (byte === 0xc2) return u8[at + 1] === 0xa0 ? 2 : 0;
  return isWideBlank((byte << 16) | (u8[at + 1]! << 8) | u8[at + 2]!) ? 3 : 0;
}

/** Returns the length of the white space that ends right before `at`. */
export function blankLengthBefore(u8: Uint8Array, at: number): number {
  const byte = u8[at - 1]!;
  if (byte === 32 || (byte >= 9 && byte <= 13)) return 1;
  if (byte < 0x80) return 0;
  if (byte === 0xa0 && u8[at - 2] === 0xc2) return 2;
  return isWideBlank((u8[at - 3]! << 16) | (u8[at - 2]! << 8) | byte) ? 3 : 0;
}

/** Matches the three bytes of U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF. */
function isWideBlank(bytes: number): boolean {
  if (bytes >= 0xe28080 && bytes <= 0xe2808a) return true;
  return (
    bytes === 0xe19a80 ||
    bytes === 0xe280a8 ||
    bytes === 0xe280a9 ||
    bytes === 0xe280af ||
    bytes === 0xe2819f ||
    bytes === 0xe38080 ||
    bytes === 0xefbbbf
  );
}
