/** Characters of bytes 0x80 to 0x9f in windows-1252; the rest are the characters of the same number. */
const above80 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Decodes windows-1252, with the five bytes that it lacks as control characters. */
export function westernText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .replace(/[\x80-\x9f]/g, (byte) => above80[byte.charCodeAt(0) - 0x80]!);
}

/**
 * From this share of odd words on, the encoding is wrong: western texts have less than one in a hundred,
 * others a tenth or more.
 */
const oddShare = 0.05;

/**
 * Returns true if a text that was read as windows-1252 looks like one of the languages written in it: of its
 * different words with letters beyond ASCII, fewer than one in twenty are odd. Measured over word lists and
 * place names of 13 western languages and 17 others in their own encodings.
 */
export function looksWestern(text: string): boolean {
  let odd = 0;
  let likely = 0;
  for (const word of new Set(wordsOf(text))) {
    const found = isOdd(word);
    if (found === true) odd++;
    else if (found === false) likely++;
  }
  return odd === 0 || odd < (odd + likely) * oddShare;
}

/** Returns true if a cell contains a word that no western language writes. */
export function hasOddWord(cell: string): boolean {
  return wordsOf(cell).some((word) => isOdd(word) === true);
}

/** Returns runs of letters and signs with at least one character beyond ASCII. */
function wordsOf(text: string): string[] {
  const runs = text.match(/[A-Za-z]*[\x80-\uffff][A-Za-z\x80-\uffff]*/g) ?? [];
  return runs.flatMap((run) => run.split(partsWords)).filter((word) => beyondAscii.test(word));
}

const partsWords = /[\xa0\xad’‘´·•–—×÷™®…\ufffd]+/;
const beyondAscii = /[\x80-\uffff]/;

/** Signs that occur before or after a word or a number. */
const atEdges = /^[“«„‚‹¿¡°±©§ªº]+|[”“»›²³°†€¢£¥©¹]+$|^µ(?=\p{L}{1,2}$)|(?<=^.{0,3})[ªº]$/gu;

/** Returns true if a word belongs to no western language; false if it may, null if undecided. */
function isOdd(written: string): boolean | null {
  if (/[¤\x80-\x9f]/.test(written)) return true;
  const word = written.replace(atEdges, '').replace(atEdges, '');
  if (!beyondAscii.test(word) || !/\p{L}/u.test(word)) return null;
  // A sign among letters, or a capital after a small letter.
  if (/[^\p{L}]/u.test(word) || /\p{Ll}[À-ÞŠŽŒŸ]/u.test(word)) return true;
  // These are the same in windows-1250.
  const letters = word.toLowerCase().replace(/[šž]/g, 's');
  if (!beyondAscii.test(letters)) return null;
  return unwritten.test(letters) || !languages.some((language) => language.test(letters));
}

/**
 * Letters where no western language has them: `ñ` and `è` follow Spanish and French, `ï` a vowel, and so on.
 */
const unwritten =
  /ñ(?![aeiouyáéíóúâêôãõàüèò])|õ(?!e)|ã(?:[b-df-hj-np-rtv-y]|s.)|[aeioy]æ|[ae]è|è[aeiouáéíóú]|[aeo]ò|ò[aeo]|(?<![aeiouyéáàôíóêâ])[ïë]|[aeiouy]œ|ç[b-df-hj-np-tv-z]/;

/** The words that a language writes, by its letters. */
const languages: readonly RegExp[] = [
  /^[a-zäöüßåéàëï]+$/, // German, Swedish, Finnish
  /^[a-zæøåéèêóòôäöü]+$/, // Danish, Norwegian
  /^(?:[a-zéêëîïôöüæç]|â(?!$)|û(?=[a-z])|è(?=[a-z])|à(?![a-z]{3})|ù$|œ|ÿ$)+$/, // French
  /^[a-züñç]*(?:[áéíóú][a-züñç]*)?$/, // Spanish
  /^[a-zçàáâéêíóôúãõü]+$/, // Portuguese
  /^[a-z]*[àèéìíîòóùú]$/, // Italian
  /^[a-zëïöüäéèêíóúáçñâîûô]+$/, // Dutch, Frisian
  /^[a-zàèéíïòóúüç]+$/, // Catalan
  /^(?!ð)(?:[a-záéíóúýæöð]|þ(?=[aeiouyáéíóúýæöjrv]))+$/, // Icelandic
];
