/** A number's text in plain form (`-1234.50e3`), the input of `Number` and `exactInteger`. */
export interface PlainNumber {
  readonly text: string;
  /** True if grouping, a currency or percent sign, odd blanks or full-width digits had to be removed. */
  readonly repaired: boolean;
  /** The currency or percent sign that was removed; empty: none. */
  readonly sign: string;
}

/**
 * Returns the plain form of a number's text, or null if it is not a number. `1e3`, `.5`, `5.` and `+5` are
 * plain already, with surrounding ASCII blanks; `1,234.50` (well-formed groups of three, separated by one
 * kind of mark), `$12`, `12 %` (reads as 12), non-breaking blanks and full-width digits are repaired. Digits
 * after a mark other than the declared one must be groups of three, so `1,5` is not a number if the decimal
 * mark is `.`.
 */
export function plainNumber(text: string, decimal: '.' | ','): PlainNumber | null {
  const isTrim = text.charCodeAt(0) > 32 && text.charCodeAt(text.length - 1) > 32;
  const trimmed = isTrim ? text : text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  if (plain[decimal].test(trimmed)) return { text: withPoint(trimmed, decimal), repaired: false, sign: '' };
  const { bare, sign } = withoutSigns(narrow(trimmed).trim());
  if (bare !== trimmed && plain[decimal].test(bare))
    return { text: withPoint(bare, decimal), repaired: true, sign };
  if (!grouped[decimal].test(bare)) return null;
  const ungrouped = bare.replace(
    decimal === '.' ? /[, '’\u2009\u00a0\u202f]/g : /[. '’\u2009\u00a0\u202f]/g,
    '',
  );
  return { text: withPoint(ungrouped, decimal), repaired: true, sign };
}

/** Returns a plain form's whole number (`12.0`, `1e3`); null for a fraction, 'overflow' beyond 40 digits. */
export function exactInteger(plainText: string): bigint | 'overflow' | null {
  if (/^[+-]?\d{1,18}$/.test(plainText)) return BigInt(plainText.replace('+', ''));
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(plainText) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  if (digits === '') return 0n;
  const significant = digits.replace(/0+$/, '');
  const zeros = Number(exponent) - fraction.length + (digits.length - significant.length);
  if (zeros < 0) return null;
  if (significant.length + zeros > 40) return 'overflow';
  const magnitude = BigInt(significant) * 10n ** BigInt(zeros);
  return sign === '-' ? -magnitude : magnitude;
}

const plain = {
  '.': /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/,
  ',': /^[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?$/,
};

const grouped = {
  '.': /^[+-]?[1-9]\d{0,2}([, '’\u2009\u00a0\u202f])\d{3}(?:\1\d{3})*(?:\.\d*)?(?:[eE][+-]?\d+)?$/,
  ',': /^[+-]?[1-9]\d{0,2}([. '’\u2009\u00a0\u202f])\d{3}(?:\1\d{3})*(?:,\d*)?(?:[eE][+-]?\d+)?$/,
};

function withPoint(text: string, decimal: '.' | ','): string {
  return decimal === '.' ? text : text.replace(',', '.');
}

/** Returns true for ASCII, which skips the searches for other characters, the main cost here. */
function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/** Converts full-width forms (U+FF01 to U+FF5E) to ASCII, and the minus sign U+2212 to a hyphen. */
function narrow(text: string): string {
  if (isAscii(text)) return text;
  return text
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replaceAll('\u2212', '-');
}

/** Removes one percent sign, or one currency sign before or after the digits. */
function withoutSigns(text: string): { readonly bare: string; readonly sign: string } {
  if (text.endsWith('%')) return { bare: text.slice(0, -1).trim(), sign: '%' };
  if (isAscii(text) && !text.includes('$')) return { bare: text, sign: '' };
  const before = /^([+-]?)\s*(\p{Sc})\s*([+-]?)(\S.*)$/u.exec(text);
  if (before) return { bare: `${before[1]}${before[3]}${before[4]}`, sign: before[2]! };
  const after = /^(.*?)\s*(\p{Sc})$/u.exec(text);
  return after ? { bare: after[1]!, sign: after[2]! } : { bare: text, sign: '' };
}
