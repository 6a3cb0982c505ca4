import type { PlainMemory } from './memory.js';

/** `[+-] digits [mark digits] [e [+-] digits]` over bytes, cut into its parts; null for anything else. */
interface Decimal {
  negative: boolean;
  /** All digits as a whole number, exact up to 15 significant ones. */
  digits: number;
  significant: number;
  /** Power of ten that scales `digits`. */
  exponent: number;
}

const found: Decimal = { negative: false, digits: 0, significant: 0, exponent: 0 };

/**
 * Returns the double nearest to a number's text, NaN for any other text. With up to 15 digits and powers to
 * 22 both operands of one division or product are exact (W. Clinger, "How to Read Floating Point Numbers
 * Accurately", 1990); `Number` reads the rest.
 */
export function readNumber(memory: PlainMemory, start: number, end: number): number {
  const decimal = readDecimal(memory, start, end);
  if (decimal === null) return Number.NaN;
  const { exponent } = decimal;
  if (decimal.significant > 15 || exponent < -22 || exponent > 22) {
    const text = String.fromCharCode(...memory.u8.subarray(start, end));
    return Number(memory.decimal === 46 ? text : text.replace(String.fromCharCode(memory.decimal), '.'));
  }
  const value = exponent < 0 ? decimal.digits / powers[-exponent]! : decimal.digits * powers[exponent]!;
  return decimal.negative ? -value : value;
}

const powers = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/** Returns the whole number of a text of digits, with only zeros after a decimal mark; else null. */
export function readInteger({ u8, decimal }: PlainMemory, start: number, end: number): bigint | null {
  let i = start;
  const sign = u8[i];
  if (sign === 43 || sign === 45) i++;
  const first = i;
  let value = 0;
  while (i < end && u8[i]! >= 48 && u8[i]! <= 57) value = value * 10 + u8[i++]! - 48;
  const digits = i - first;
  if (digits === 0 || digits > 40) return null;
  const whole = digits <= 15 ? BigInt(value) : BigInt(String.fromCharCode(...u8.subarray(first, i)));
  if (i < end && u8[i++] !== decimal) return null;
  for (; i < end; i++) if (u8[i] !== 48) return null;
  return sign === 45 ? -whole : whole;
}

function readDecimal({ u8, decimal }: PlainMemory, start: number, end: number): Decimal | null {
  let i = start;
  let digits = 0;
  let significant = 0;
  let seen = 0;
  let mark = -1;
  const sign = u8[i];
  if (sign === 43 || sign === 45) i++;
  for (; i < end; i++) {
    const byte = u8[i]!;
    if (byte >= 48 && byte <= 57) {
      digits = digits * 10 + byte - 48;
      if (significant > 0 || byte !== 48) significant++;
      seen++;
    } else if (byte === decimal && mark < 0) {
      mark = seen;
    } else break;
  }
  if (seen === 0) return null;
  let exponent = 0;
  if (i < end) {
    if ((u8[i++]! | 32) !== 101) return null;
    const exponentSign = u8[i];
    if (i < end && (exponentSign === 43 || exponentSign === 45)) i++;
    if (i === end) return null;
    for (; i < end; i++) {
      const digit = u8[i]! - 48;
      if (digit < 0 || digit > 9) return null;
      exponent = Math.min(exponent * 10 + digit, 100_000);
    }
    if (exponentSign === 45) exponent = -exponent;
  }
  found.negative = sign === 45;
  found.digits = digits;
  found.significant = significant;
  found.exponent = exponent - (mark < 0 ? 0 : seen - mark);
  return found;
}
