/** 10^0 to 10^22, which doubles hold exactly. */
const tens = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** A number's token as the nearest double. */
export interface ParsedNumber {
  value: number;
  /**
   * True if the token has at most 15 digits and a small exponent: then a value is exact, and whole only if
   * its token is.
   */
  isExact: boolean;
}

/**
 * Parses a number's token, which must be valid; `into` is reused. Digits times or divided by a power of ten,
 * both exact, round once (W. Clinger, "How to read floating point numbers accurately"); all others are left
 * to the engine.
 */
export function parseNumber(bytes: Uint8Array, start: number, end: number, into: ParsedNumber): void {
  let at = start;
  const isNegative = bytes[at] === MINUS;
  if (isNegative) at++;
  let digits = 0;
  let count = 0;
  let exponent = 0;
  let isFraction = false;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === DOT) isFraction = true;
    else if (byte >= ZERO && byte <= NINE) {
      digits = digits * 10 + (byte - ZERO);
      if (digits > 0) count++;
      if (isFraction) exponent--;
    } else break;
  }
  if (at < end && (bytes[at]! | 32) === 101) {
    at++;
    const isSmall = bytes[at] === MINUS;
    if (isSmall || bytes[at] === PLUS) at++;
    let power = 0;
    for (; at < end && power < 10_000; at++) power = power * 10 + (bytes[at]! - ZERO);
    exponent += isSmall ? -power : power;
  }
  if (at === end && count <= 15 && exponent >= -22 && exponent <= 22) {
    const size = exponent < 0 ? digits / tens[-exponent]! : digits * tens[exponent]!;
    into.value = isNegative ? -size : size;
    into.isExact = true;
    return;
  }
  into.value = Number(asciiText(bytes, start, end));
  into.isExact = false;
}

/** Returns the value of a whole number's token that fits into 64 bits; null if it does not. */
export function parseWhole(bytes: Uint8Array, start: number, end: number): bigint | null {
  const value = BigInt(asciiText(bytes, start, end));
  return BigInt.asIntN(64, value) === value ? value : null;
}

/** Returns the value of `NaN`, `Infinity` or `-Infinity`. */
export function parseSpecial(bytes: Uint8Array, start: number): number {
  if (bytes[start] === MINUS) return Number.NEGATIVE_INFINITY;
  return bytes[start] === 78 ? Number.NaN : Number.POSITIVE_INFINITY;
}

function asciiText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

/** Not UTF-8, so that half a surrogate pair is reported as invalid bytes, and reads as one U+FFFD. */
const NO_TEXT = 0xff;

/** Writes the string between two quotes as UTF-8 without its escapes (never longer); returns the end. */
export function unescapeInto(
  out: Uint8Array,
  to: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let at = to;
  for (let from = start; from < end; from++) {
    const byte = bytes[from]!;
    if (byte !== BACKSLASH) {
      out[at++] = byte;
      continue;
    }
    from++;
    if (bytes[from] !== 117) {
      out[at++] = plain(bytes[from]!);
      continue;
    }
    let code = hexAt(bytes, from + 1);
    from += 4;
    if (code >= 0xd800 && code < 0xe000) {
      const isPaired =
        code < 0xdc00 && from + 6 < end && bytes[from + 1] === BACKSLASH && bytes[from + 2] === 117;
      const low = isPaired ? hexAt(bytes, from + 3) : 0;
      if (low < 0xdc00 || low >= 0xe000) {
        out[at++] = NO_TEXT;
        continue;
      }
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      from += 6;
    }
    at = writeCodePoint(out, at, code);
  }
  return at;
}

function writeCodePoint(out: Uint8Array, to: number, code: number): number {
  let at = to;
  if (code < 0x80) out[at++] = code;
  else if (code < 0x800) {
    out[at++] = 0xc0 | (code >> 6);
    out[at++] = 0x80 | (code & 63);
  } else if (code < 0x10000) {
    out[at++] = 0xe0 | (code >> 12);
    out[at++] = 0x80 | ((code >> 6) & 63);
    out[at++] = 0x80 | (code & 63);
  } else {
    out[at++] = 0xf0 | (code >> 18);
    out[at++] = 0x80 | ((code >> 12) & 63);
    out[at++] = 0x80 | ((code >> 6) & 63);
    out[at++] = 0x80 | (code & 63);
  }
  return at;
}

/** Returns the character of an escape such as `n`. */
function plain(byte: number): number {
  switch (byte) {
    case 98:
      return 8;
    case 102:
      return 12;
    case 110:
      return 10;
    case 114:
      return 13;
    case 116:
      return 9;
    default:
      return byte;
  }
}

function hexAt(bytes: Uint8Array, at: number): number {
  let code = 0;
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i]!;
    code = code * 16 + (byte <= NINE ? byte - ZERO : (byte | 32) - 87);
  }
  return code;
}

const BACKSLASH = 92;
const MINUS = 45;
const PLUS = 43;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
