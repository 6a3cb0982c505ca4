import type { PlainMemory } from './memory.js';

/** A date and time of day as written. */
export interface WrittenTime {
  /** Days since 1970-01-01 in the proleptic Gregorian calendar. */
  days: number;
  /** Microseconds since midnight; finer digits are truncated. */
  micros: number;
  /** True if a truncated digit is not zero. */
  truncated: boolean;
  /** Minutes east of UTC, 0 if no zone is written. */
  offset: number;
  zoned: boolean;
}

export const microsPerDay = 86_400_000_000;

/**
 * Reads `2013-01-04`, and `2013-01-04T05:06[:07[.123456789]]` with `T` or a blank, followed by nothing, `Z`,
 * `+01`, `+0100` or `+01:00`. Returns false for anything else, and for days and times that do not exist.
 */
export function readTime({ u8 }: PlainMemory, start: number, end: number, into: WrittenTime): boolean {
  if (end - start < 10 || u8[start + 4] !== dash || u8[start + 7] !== dash) return false;
  const century = twoDigits(u8, start);
  const years = twoDigits(u8, start + 2);
  const month = twoDigits(u8, start + 5);
  const day = twoDigits(u8, start + 8);
  if (century < 0 || years < 0 || month < 1 || month > 12 || day < 1) return false;
  const year = century * 100 + years;
  if (day > daysInMonth(year, month)) return false;
  into.days = daysFromCivil(year, month, day);
  into.micros = 0;
  into.truncated = false;
  into.offset = 0;
  into.zoned = false;
  if (end - start === 10) return true;
  const gap = u8[start + 10];
  if (end - start < 16 || (gap !== 84 && gap !== 32) || u8[start + 13] !== colon) return false;
  const hours = twoDigits(u8, start + 11);
  const minutes = twoDigits(u8, start + 14);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false;
  into.micros = (hours * 60 + minutes) * 60_000_000;
  let i = start + 16;
  if (i < end && u8[i] === colon) {
    const seconds = i + 3 <= end ? twoDigits(u8, i + 1) : -1;
    if (seconds < 0 || seconds > 59) return false;
    into.micros += seconds * 1_000_000;
    i += 3;
    if (i < end && u8[i] === point) {
      const first = ++i;
      for (
        let scale = 100_000;
        i < end && u8[i]! >= 48 && u8[i]! <= 57;
        i++, scale = Math.floor(scale / 10)
      ) {
        if (scale === 0 && u8[i] !== 48) into.truncated = true;
        into.micros += (u8[i]! - 48) * scale;
      }
      if (i === first || i > first + 9) return false;
    }
  }
  return readZone(u8, i, end, into);
}

const dash = 45;
const colon = 58;
const point = 46;

function readZone(u8: Uint8Array, at: number, end: number, into: WrittenTime): boolean {
  if (at === end) return true;
  into.zoned = true;
  const sign = u8[at];
  if (sign === 90) return at + 1 === end;
  const length = end - at;
  if ((sign !== 43 && sign !== dash) || (length !== 3 && length !== 5 && length !== 6)) return false;
  if (length === 6 && u8[at + 3] !== colon) return false;
  const hours = twoDigits(u8, at + 1);
  const minutes = length === 3 ? 0 : twoDigits(u8, end - 2);
  if (hours < 0 || hours > 18 || minutes < 0 || minutes > 59) return false;
  into.offset = (sign === dash ? -1 : 1) * (hours * 60 + minutes);
  return true;
}

/** Returns the number of two digits, -1 if they are not digits. */
function twoDigits(u8: Uint8Array, at: number): number {
  const tens = u8[at]! - 48;
  const ones = u8[at + 1]! - 48;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** H. Hinnant, "chrono-compatible low-level date algorithms", for years from 0. */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
