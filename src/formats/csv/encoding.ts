import { isAscii, isUtf8 } from 'node:buffer';
import { looksWestern, westernText } from './western-text.js';

/** Encoding of a text, and the confidence from 0 to 1. */
export interface EncodingGuess {
  /** IANA name in lower case. */
  readonly encoding: string;
  /** Number of bytes of a byte order mark at the start. */
  readonly bomBytes: number;
  readonly confidence: number;
  /**
   * Evidence for the encoding: bytes only it has, ASCII alone, letters that look like it, or damaged UTF-8.
   */
  readonly basis: 'sure' | 'ascii' | 'guess' | 'damage';
}

/**
 * Guesses the encoding from the first bytes of an input: a byte order mark, else zeros at every other byte
 * (UTF-16), else the escape sequences of ISO-2022-JP, else valid UTF-8, else windows-1252 where what is not
 * UTF-8 looks like its letters, on enough lines or with no valid UTF-8 beyond ASCII beside it; else damage,
 * not an encoding. `complete` says that the input ends with these bytes.
 */
export function guessEncoding(bytes: Uint8Array, complete: boolean): EncodingGuess {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return { encoding: 'utf-8', bomBytes: 3, confidence: 1, basis: 'sure' };
  }
  const wide =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : null;
  if (wide !== null) return { encoding: wide, bomBytes: 2, confidence: 1, basis: 'sure' };
  const unmarked = guessUtf16(bytes);
  if (unmarked !== null) return { encoding: unmarked, bomBytes: 0, confidence: 0.95, basis: 'sure' };
  if (hasJapaneseShifts(bytes))
    return { encoding: 'iso-2022-jp', bomBytes: 0, confidence: 0.95, basis: 'sure' };
  const whole = complete ? bytes : bytes.subarray(0, lastWholeCharacter(bytes));
  if (isUtf8(whole))
    return { encoding: 'utf-8', bomBytes: 0, confidence: 1, basis: isAscii(whole) ? 'ascii' : 'sure' };
  return guessSingleByte(whole);
}

/** Returns true if a text switches to Japanese and back by escape sequences, and has no byte beyond ASCII. */
function hasJapaneseShifts(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const has = (...marks: readonly string[]): boolean => marks.some((mark) => text.includes(mark));
  return has('\x1b$B', '\x1b$@') && has('\x1b(B', '\x1b(J') && isAscii(text);
}

function guessUtf16(bytes: Uint8Array): string | null {
  const length = Math.min(bytes.length, 4096) & ~1;
  if (length < 4) return null;
  let even = 0;
  let odd = 0;
  for (let i = 0; i < length; i += 2) {
    if (bytes[i] === 0) even++;
    if (bytes[i + 1] === 0) odd++;
  }
  const pairs = length / 2;
  if (odd > pairs * 0.6 && even < pairs * 0.05) return 'utf-16le';
  if (even > pairs * 0.6 && odd < pairs * 0.05) return 'utf-16be';
  if (even > 0 === odd > 0 || even + odd < Math.max(4, pairs * 0.05)) return null;
  const encoding = odd > 0 ? 'utf-16le' : 'utf-16be';
  return isWideText(bytes.subarray(0, length), encoding) ? encoding : null;
}

/** Returns true if bytes are valid UTF-16 with line ends and no control characters. */
function isWideText(bytes: Uint8Array, encoding: string): boolean {
  const text = new TextDecoder(encoding).decode(bytes).slice(0, -1);
  return /[\n\r]/.test(text) && !/[\p{Cc}\p{Cn}\p{Co}\ufffd]/u.test(text.replace(/[\t\n\r]/g, ''));
}

/** Returns where to cut so that no UTF-8 character is split. */
export function lastWholeCharacter(bytes: Uint8Array): number {
  let at = bytes.length;
  for (let back = 1; back <= 4 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return at;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      if (back < length) at = bytes.length - back;
      return at;
    }
  }
  return at;
}

function guessSingleByte(bytes: Uint8Array): EncodingGuess {
  let lines = 1;
  let oddLines = 0;
  let lineIsOdd = false;
  let odd = 0;
  let likely = 0;
  let multibyte = 0;
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte < 0x80) {
      if (byte === 10) {
        lines++;
        lineIsOdd = false;
      }
      at++;
      continue;
    }
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      multibyte++;
      at += length;
      continue;
    }
    odd++;
    if (likely1252(byte) && !(isDigit(bytes[at - 1]) && isDigit(bytes[at + 1]) && byte !== 0xa0)) likely++;
    if (!lineIsOdd) oddLines++;
    lineIsOdd = true;
    at++;
  }
  const everywhere = oddLines >= 3 && oddLines >= lines * 0.1;
  const looksLikeLetters = likely >= odd * (everywhere ? 0.7 : 0.9) && multibyte <= odd * 0.1;
  const often = oddLines >= Math.max(1, lines * 0.005) || multibyte === 0;
  if (!looksLikeLetters || !often)
    return { encoding: 'utf-8', bomBytes: 0, confidence: 0.6, basis: 'damage' };
  const isWestern = !undefined1252.some((byte) => bytes.includes(byte));
  const encoding = isWestern ? 'windows-1252' : 'iso-8859-1';
  const isLikely = isWestern && looksWestern(westernText(bytes));
  const confidence = isLikely ? Math.min(0.9, 0.5 + oddLines / 20) : foreignConfidence;
  return { encoding, bomBytes: 0, confidence, basis: 'guess' };
}

/** The confidence in a western encoding whose text does not look western. */
export const foreignConfidence = 0.4;

/** Returns true for an ASCII digit: letters do not occur between two digits. */
function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

const undefined1252 = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/** Returns the bytes of the valid UTF-8 sequence at `at`, 0 for none (Unicode 15, table 3-7). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  return length > 0 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

/** Returns true for letters, quotation marks, dashes and signs that occur in texts in windows-1252. */
function likely1252(byte: number): boolean {
  if (byte >= 0xc0) return byte !== 0xd7 && byte !== 0xf7 && byte !== 0xff && byte !== 0xfe && byte !== 0xde;
  return signs1252.has(byte);
}

const signs1252 = new Set([
  0x80, 0x85, 0x8a, 0x8c, 0x8e, 0x91, 0x92, 0x93, 0x94, 0x96, 0x97, 0x99, 0x9a, 0x9c, 0x9e, 0x9f, 0xa0, 0xa1,
  0xa2, 0xa3, 0xa4, 0xa5, 0xa7, 0xa9, 0xaa, 0xab, 0xae, 0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb7, 0xba, 0xbb,
  0xbc, 0xbd, 0xbe, 0xbf,
]);
