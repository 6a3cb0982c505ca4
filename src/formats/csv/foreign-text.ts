/** A script that windows-1252 lacks, its encodings, and the letters that most of any text consists of. */
interface Script {
  readonly letters: RegExp;
  readonly common: RegExp;
  readonly encodings: readonly string[];
}

const scripts: readonly Script[] = [
  {
    letters: /\p{Script=Cyrillic}/u,
    common: /[оеаинтсрвлі]/i,
    encodings: ['windows-1251', 'koi8-r', 'koi8-u', 'iso-8859-5', 'ibm866', 'x-mac-cyrillic'],
  },
  {
    letters: /\p{Script=Greek}/u,
    common: /[αοιετσςνηυρά-ώ]/i,
    encodings: ['windows-1253', 'iso-8859-7'],
  },
  {
    letters: /\p{Script=Hebrew}/u,
    common: /[יוהלאתרבמםש]/,
    encodings: ['windows-1255', 'iso-8859-8'],
  },
  {
    letters: /\p{Script=Arabic}/u,
    common: /[الينمرتةوبعدح]/,
    encodings: ['windows-1256', 'iso-8859-6'],
  },
  { letters: /\p{Script=Thai}/u, common: /[านรอกเงมยลวตท\u0e31-\u0e4e]/, encodings: ['windows-874'] },
];

/** Bytes that are examined at most. */
const examined = 64 * 1024;
/** Fewer different characters or words prove nothing. */
const fewest = 4;
/** Number of characters that distinguish encodings that share most of their common characters. */
const many = 12;

/**
 * Returns the encodings of other scripts in which a text that is not UTF-8 makes sense: every byte is valid,
 * and nearly all characters are common ones of its language. Usually one, several where the bytes fit more,
 * none if nothing is certain. Takes up to 20 ms.
 */
export function likelyEncodings(bytes: Uint8Array): readonly string[] {
  const lines = wholeLines(bytes);
  const wide = wideEncodings.filter(({ encoding, isCommon }) => {
    const pairs = pairsOf(lines, encoding === 'shift_jis');
    return pairs !== null && pairs.length >= fewest && isCommon(pairs) && decoded(lines, encoding) !== null;
  });
  if (wide.length > 0) return wide.map(({ encoding }) => encoding);
  const fits = scripts.flatMap((script) =>
    script.encodings.map((encoding) => ({ encoding, share: commonShare(decoded(lines, encoding), script) })),
  );
  const best = Math.max(...fits.map(({ share }) => share));
  return fits
    .filter(({ share }) => share >= leastCommon && share >= best - nearlyAsGood)
    .map(({ encoding }) => encoding);
}

/** Common letters make up this share of a text in its own encoding, and rarely as much in another. */
const leastCommon = 0.5;
const nearlyAsGood = 0.08;

/** Returns true if an ASCII text is UTF-7: every `+` begins base64 with letters of a script, or is `+-`. */
export function isUtf7(bytes: Uint8Array): boolean {
  const words = new Set<string>();
  for (const [, base64, next] of asciiOf(bytes).matchAll(/\+([A-Za-z0-9+/]*)(-?)/g)) {
    if (base64 === '' && next === '-') continue;
    const units = base64!.length * 6;
    if (base64 === '' || units % 16 >= 6) return false;
    const word = Buffer.from(base64!, 'base64')
      .subarray(0, (units >> 4) * 2)
      .swap16()
      .toString('utf16le');
    if (!/^[\p{L}\p{M}\p{P}\p{S}\p{Zs}\p{N}]+$/u.test(word)) return false;
    if (/[\u0080-\uffff]/.test(word) && /\p{L}/u.test(word)) words.add(word);
  }
  return words.size >= 2 && [...words].every((word) => isOfOneScript(word));
}

/** Returns iconv's name of an encoding that cannot be read here (HZ, ISO-2022-KR, EBCDIC), else null. */
export function unsupportedEncoding(bytes: Uint8Array): string | null {
  const head = bytes.subarray(0, examined);
  if (head.includes(0x1b) && asciiOf(head).includes('\x1b$)C')) return 'ISO-2022-KR';
  if (head.includes(0x7e) && isHz(asciiOf(head))) return 'HZ';
  return isEbcdic(head) ? 'IBM037' : null;
}

/** Returns true if a text has Chinese characters, two bytes each, between `~{` and `~}`, as in HZ. */
function isHz(text: string): boolean {
  const runs = text.match(/~\{(?:[!-w][!-~])+~\}/g) ?? [];
  return new Set(runs).size >= 2 && text.match(/~(?!~)(?<!~~)/g)!.length === 2 * runs.length;
}

/** Returns true if nearly all bytes are EBCDIC text, which has neither LF nor comma where ASCII has. */
function isEbcdic(bytes: Uint8Array): boolean {
  if (bytes.length < 16 || bytes.includes(10) || bytes.includes(0x2c)) return false;
  let known = 0;
  let high = 0;
  for (const byte of bytes) {
    const low = byte & 15;
    const isLetter = (byte >= 0xc1 || (byte >= 0x81 && byte < 0xaa)) && low <= 9 && (low > 0 || byte >= 0xf0);
    if (isLetter || ebcdicSigns.has(byte)) known++;
    if (byte >= 0x80) high++;
  }
  return known >= bytes.length * 0.8 && high >= bytes.length * 0.4;
}

/** Line ends, blank, and the signs `.<(+&!$*);-/,%_>?:#@'="`. */
const ebcdicSigns = new Set([
  0x0d, 0x15, 0x25, 0x40, 0x4b, 0x4c, 0x4d, 0x4e, 0x50, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x60, 0x61, 0x6b, 0x6c,
  0x6d, 0x6e, 0x6f, 0x7a, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f,
]);

function asciiOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Returns true if a word's letters are of one script, or of those that Japanese mixes. */
function isOfOneScript(word: string): boolean {
  const letters = word.replace(/\P{L}/gu, '');
  return unmixed.some((script) => script.test(letters));
}

const unmixed = [
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]*$/u,
  ...['Latin', 'Greek', 'Cyrillic', 'Hebrew', 'Arabic', 'Thai', 'Hangul', 'Devanagari', 'Armenian'].map(
    (script) => new RegExp(`^\\p{Script=${script}}*$`, 'u'),
  ),
];

/** Cuts at the last line end, so that no character is split. */
function wholeLines(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= examined) return bytes;
  const end = bytes.subarray(0, examined).lastIndexOf(10);
  return bytes.subarray(0, end < 0 ? examined : end + 1);
}

function decoded(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * Returns the share of a script's common letters. 0 unless nearly all words with letters beyond ASCII belong
 * to the script and, except for a first capital, do not mix case.
 */
function commonShare(text: string | null, { letters, common }: Script): number {
  const words = new Set(text?.match(/[^\s!-@[-`{-~]*[\u0080-\uffff][^\s!-@[-`{-~]*/g) ?? []);
  let fit = 0;
  let letterCount = 0;
  let commonCount = 0;
  for (const word of words) {
    const named = [...word.replace(/[^\p{L}\p{M}]/gu, '')];
    const isClean = /^\P{L}?\p{L}(?:[\p{L}\p{M}\p{P}]*[\p{L}\p{M}])?\P{L}?$/u.test(word);
    const isCased = /^(?:\p{Lu}?[\p{Ll}\p{Lo}\p{M}]*|\p{Lu}+)$/u.test(named.join(''));
    if (isClean && isCased && named.every((letter) => letters.test(letter) || /\p{M}/u.test(letter))) fit++;
    letterCount += named.length;
    commonCount += named.filter((letter) => common.test(letter)).length;
  }
  return fit >= fewest && fit >= words.size * 0.95 ? commonCount / letterCount : 0;
}

/** Two bytes of one character: the lead byte times 256 plus the trail byte. */
type Pairs = readonly number[];

/** Returns the different two-byte characters of a text; null if a lead byte has no trail byte. */
function pairsOf(bytes: Uint8Array, isShiftJis: boolean): Pairs | null {
  const pairs = new Set<number>();
  for (let at = 0; at < bytes.length; at++) {
    const lead = bytes[at]!;
    if (lead < 0x80 || (isShiftJis && lead >= 0xa1 && lead <= 0xdf)) continue;
    const trail = bytes[++at];
    if (trail === undefined || trail < 0x40) return null;
    pairs.add(lead * 256 + trail);
  }
  return [...pairs];
}

/** Returns the share of characters whose lead byte is in one of the ranges. */
function shareIn(pairs: Pairs, ...ranges: readonly (readonly [from: number, to: number])[]): number {
  const isIn = (pair: number) => ranges.some(([from, to]) => pair >> 8 >= from && pair >> 8 <= to);
  return pairs.filter(isIn).length / pairs.length;
}

/** Returns the share of characters with an ASCII trail byte: none in EUC, few in GBK, some in Big5. */
function asciiTrails(pairs: Pairs): number {
  return pairs.filter((pair) => (pair & 255) < 0x80).length / pairs.length;
}

const isEuc = (pairs: Pairs): boolean => pairs.every((pair) => (pair & 255) >= 0xa1);
const isKorean = (pairs: Pairs): boolean =>
  isEuc(pairs) && shareIn(pairs, [0xa1, 0xa3], [0xb0, 0xc8]) >= 0.97;
const kana = (pairs: Pairs): number => shareIn(pairs, [0xa4, 0xa5]);

/** Common characters by their lead bytes: punctuation, syllables, ideographs of the first level. */
const wideEncodings: readonly { readonly encoding: string; readonly isCommon: (pairs: Pairs) => boolean }[] =
  [
    {
      encoding: 'shift_jis',
      isCommon: (pairs) => asciiTrails(pairs) <= 0.7 && shareIn(pairs, [0x81, 0x83], [0x88, 0x97]) >= 0.9,
    },
    {
      encoding: 'euc-jp',
      isCommon: (pairs) =>
        isEuc(pairs) &&
        shareIn(pairs, [0xa1, 0xa5], [0xb0, 0xcf]) >= 0.95 &&
        (kana(pairs) >= 0.1 || pairs.length < many),
    },
    {
      encoding: 'gbk',
      isCommon: (pairs) =>
        pairs.filter((pair) => (pair & 255) < 0xa1).length <= pairs.length * 0.05 &&
        shareIn(pairs, [0xa1, 0xa3], [0xb0, 0xd7]) >= 0.85 &&
        !(isKorean(pairs) && pairs.length >= many),
    },
    { encoding: 'euc-kr', isCommon: isKorean },
    {
      encoding: 'big5',
      isCommon: (pairs) => !isEuc(pairs) && asciiTrails(pairs) <= 0.7 && shareIn(pairs, [0xa1, 0xc6]) >= 0.9,
    },
  ];
