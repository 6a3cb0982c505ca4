import { doubleAt, halvesOf } from '../../chunk/halves.js';
import { shortestFloat32 } from '../../chunk/shortest-float.js';

/** Most bytes of a number, date or instant as text, such as `-1.2345678901234567e-308`. */
export const numberBytes = 32;

const MINUS = 45;
const DOT = 46;
const ZERO = 48;

/** 10^0 to 10^22, which doubles hold exactly. */
const tens = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

const floatView = new Float32Array(1);
const bitsView = new Int32Array(floatView.buffer);

/** By biased exponent of a float32: half the distance to its neighbours. */
const halfSteps = Float64Array.from({ length: 256 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 151));

/** Scaled values closer than this cannot be compared reliably: they are rounded to 2^-52 of their size. */
const doubt = 1e-6;

/** Writes a 32-bit whole number; returns its end. */
export function writeInt32(out: Uint8Array, at: number, value: number): number {
  if (value >= 0) return writeDigits(out, at, value, digitsOf(value));
  out[at] = MINUS;
  return writeDigits(out, at + 1, -value, digitsOf(-value));
}

/**
 * Returns 64-bit numbers as doubles, which are written in a fifth of the time; the same numbers if one of them is
 * beyond 2^53.
 */
export function fasterNumbers(values: BigInt64Array): Float64Array | BigInt64Array {
  const halves = halvesOf(values);
  const numbers = new Float64Array(values.length);
  for (let i = 0; i < numbers.length; i++) {
    const high = halves[2 * i + 1]!;
    if (high >= 2 ** 21 || high < -(2 ** 21)) return values;
    numbers[i] = doubleAt(halves, i);
  }
  return numbers;
}

/** Writes a 64-bit whole number, as a number if it is below 2^53; returns its end. */
export function writeInt64(out: Uint8Array, at: number, value: number | bigint): number {
  const number = Number(value);
  if (number === (number | 0)) return writeInt32(out, at, number);
  return Number.isSafeInteger(number) ? writeFloat64(out, at, number) : writeAscii(out, at, String(value));
}

/**
 * Writes the shortest text that reads back as this float32, in the notation of JavaScript; nothing for NaN;
 * returns its end. Between 10^-6 and 2^23 the digits come from the value times a power of ten, rounded to
 * fewer and fewer digits while the result stays nearer to the value than to its neighbours; where rounding
 * could decide that, and elsewhere, from `shortestFloat32`.
 */
export function writeFloat32(out: Uint8Array, at: number, value: number): number {
  const size = Math.abs(value);
  if (!(size >= 1e-6 && size < 2 ** 23) || size === Math.trunc(size)) return writeOther32(out, at, value);
  floatView[0] = size;
  const bits = bitsView[0]!;
  // A power of two has a nearer neighbour below it than above.
  if ((bits & 0x7fffff) === 0) return writeOther32(out, at, value);
  const half = halfSteps[bits >>> 23]!;
  let scale = 9 - digitsBefore(size);
  const scaled = size * tens[scale]!;
  const low = (size - half) * tens[scale]! + doubt;
  const high = (size + half) * tens[scale]! - doubt;
  let digits = Math.round(scaled);
  if (digits <= low || digits >= high || isHalf(scaled)) return writeOther32(out, at, value);
  for (let step = 10; ; step *= 10) {
    const fewer = scaled / step;
    if (isHalf(fewer)) return writeOther32(out, at, value);
    const rounded = Math.round(fewer);
    const back = rounded * step;
    if (back <= low || back >= high) {
      if (back >= low - 2 * doubt && back <= high + 2 * doubt) return writeOther32(out, at, value);
      break;
    }
    digits = rounded;
    scale--;
  }
  return writeDecimal(out, value < 0 ? minus(out, at) : at, digits, scale);
}

function writeOther32(out: Uint8Array, at: number, value: number): number {
  return writeFloat64(out, at, shortestFloat32(value));
}

/**
 * Writes the shortest text that reads back as this double, in the notation of JavaScript; nothing for NaN;
 * returns its end. A double within half a step of a decimal of at most 15 digits has no shorter or nearer
 * one; others are left to the engine.
 */
export function writeFloat64(out: Uint8Array, at: number, value: number): number {
  const size = Math.abs(value);
  if ((size >= 1e-6 && size < 1e15) || Object.is(value, 0)) {
    for (let scale = 0; scale <= mostDecimals; scale++) {
      const power = tens[scale]!;
      const digits = Math.round(size * power);
      if (digits >= 1e15) break;
      if (digits / power === size) return writeDecimal(out, value < 0 ? minus(out, at) : at, digits, scale);
    }
  }
  return writeAscii(out, at, floatText(value));
}

/** Number of decimals to try before using the engine's conversion, which costs as much as trying more. */
const mostDecimals = 8;

/** Returns the shortest text that reads back as this double; nothing for NaN. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return '';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Writes days since 1970-01-01 as an ISO date; returns its end. */
export function writeDate(out: Uint8Array, at: number, days: number): number {
  if (days < firstDay || days > lastDay) return writeAscii(out, at, dateText(days));
  // The proleptic Gregorian calendar with years from March (H. Hinnant, "chrono-compatible low-level date
  // algorithms").
  const shifted = (days + 719_468) | 0;
  const era = (shifted / 146_097) | 0;
  const dayOfEra = (shifted - Math.imul(era, 146_097)) | 0;
  const leapDays = (((dayOfEra / 1460) | 0) - ((dayOfEra / 36_524) | 0) + ((dayOfEra / 146_096) | 0)) | 0;
  const yearOfEra = ((dayOfEra - leapDays) / 365) | 0;
  const dayOfYear = (dayOfEra - Math.imul(yearOfEra, 365) - (yearOfEra >> 2) + ((yearOfEra / 100) | 0)) | 0;
  const fromMarch = ((5 * dayOfYear + 2) / 153) | 0;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const day = (dayOfYear - (((153 * fromMarch + 2) / 5) | 0) + 1) | 0;
  const year = (yearOfEra + Math.imul(era, 400) + (month <= 2 ? 1 : 0)) | 0;
  let end = writeDigits(out, at, year, 4);
  out[end] = MINUS;
  end = writeDigits(out, end + 1, month, 2);
  out[end] = MINUS;
  return writeDigits(out, end + 1, day, 2);
}

/** 0001-01-01 and 9999-12-31. */
const firstDay = -719_162;
const lastDay = 2_932_896;

/**
 * Writes microseconds since 1970 as an ISO instant in UTC, with as many decimals as needed; returns its end.
 */
export function writeTimestamp(out: Uint8Array, at: number, micros: number | bigint): number {
  const all = Number(micros);
  const days = Math.floor(all / 86_400_000_000);
  if (!Number.isSafeInteger(all) || days < firstDay || days > lastDay)
    return writeAscii(out, at, timestampText(BigInt(micros)));
  const within = all - days * 86_400_000_000;
  const seconds = Math.floor(within / 1_000_000);
  let end = writeDate(out, at, days);
  end = writePair(out, end, 84, Math.floor(seconds / 3600));
  end = writePair(out, end, 58, Math.floor(seconds / 60) % 60);
  end = writePair(out, end, 58, seconds % 60);
  let fraction = within - seconds * 1_000_000;
  if (fraction > 0) {
    let decimals = 6;
    for (; fraction % 10 === 0; decimals--) fraction /= 10;
    out[end] = DOT;
    end = writeDigits(out, end + 1, fraction, decimals);
  }
  out[end] = 90;
  return end + 1;
}

function writePair(out: Uint8Array, at: number, sign: number, value: number): number {
  out[at] = sign;
  return writeDigits(out, at + 1, value, 2);
}

function dateText(days: number): string {
  const date = new Date(days * 86_400_000);
  return Number.isNaN(date.getTime()) ? String(days) : date.toISOString().split('T')[0]!;
}

function timestampText(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const date = new Date(Number((micros - fraction) / 1000n));
  if (Number.isNaN(date.getTime())) return String(micros);
  const decimals = fraction === 0n ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
  return `${date.toISOString().slice(0, -5)}${decimals}Z`;
}

/** Writes `digits` / 10^`scale`, of at most 15 digits, all of them significant; returns its end. */
function writeDecimal(out: Uint8Array, at: number, digits: number, scale: number): number {
  if (scale === 0) return writeDigits(out, at, digits, digitsOf(digits));
  const whole = digits < tens[scale]! ? 0 : Math.floor(digits / tens[scale]!);
  const end = writeDigits(out, at, whole, digitsOf(whole));
  out[end] = DOT;
  return writeDigits(out, end + 1, digits - whole * tens[scale]!, scale);
}

/** Writes a whole number below 10^15 with leading zeros up to `count` digits; returns its end. */
function writeDigits(out: Uint8Array, at: number, value: number, count: number): number {
  if (count <= 9) return writeFew(out, at, value | 0, count);
  const upper = Math.floor(value / 1e9);
  return writeFew(out, writeFew(out, at, upper | 0, count - 9), (value - upper * 1e9) | 0, 9);
}

/** Does the same for at most 9 digits, in 32-bit arithmetic. */
function writeFew(out: Uint8Array, at: number, value: number, count: number): number {
  let rest = value | 0;
  for (let to = at + count - 1; to >= at; to--) {
    const next = (rest / 10) | 0;
    out[to] = ZERO + ((rest - Math.imul(next, 10)) | 0);
    rest = next;
  }
  return at + count;
}

/** Returns the number of digits of a whole number below 10^15. */
function digitsOf(value: number): number {
  let count = 1;
  while (value >= tens[count]!) count++;
  return count;
}

/**
 * Returns the number of digits before the point; minus the number of zeros after it for a value below 0.1.
 */
function digitsBefore(value: number): number {
  let count = 0;
  if (value >= 1) while (value >= tens[count]!) count++;
  else while (value * tens[1 - count]! < 1) count--;
  return count;
}

/** Returns true if rounding to a whole number could go either way. */
function isHalf(value: number): boolean {
  return Math.abs(value - Math.floor(value) - 0.5) < doubt;
}

function minus(out: Uint8Array, at: number): number {
  out[at] = MINUS;
  return at + 1;
}

/** Writes a text of ASCII; returns its end. */
function writeAscii(out: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return at + text.length;
}
