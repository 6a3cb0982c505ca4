/** A date and time of day as written, with its zone if one is written. */
interface WrittenTime {
  /** Days since 1970-01-01 in the proleptic Gregorian calendar. */
  readonly days: number;
  /** Microseconds since midnight; finer digits are truncated. */
  readonly micros: number;
  /** True if a truncated digit was not zero. */
  readonly isTruncated: boolean;
  /** Minutes east of UTC, null if none is written. */
  readonly offset: number | null;
}

export const microsPerDay = 86_400_000_000;

/**
 * Reads ISO 8601: `2013-01-04`, `20130104`, `2013-01-04T05:06[:07[.123456]]` with `T` or a blank, and `Z`,
 * `UTC` or `+01:00` after it; null for anything else, and for days that do not exist.
 */
export function parseIso(text: string): WrittenTime | null {
  const found = iso.exec(text);
  if (!found) return null;
  const year = Number(found[1] ?? found[4]);
  const month = Number(found[2] ?? found[5]);
  const day = Number(found[3] ?? found[6]);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  const hours = Number(found[7] ?? 0);
  const minutes = Number(found[8] ?? 0);
  const seconds = Number(found[9] ?? 0);
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  const written = found[10] ?? '';
  const fraction = Number(written.slice(0, 6).padEnd(6, '0'));
  const micros = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction;
  const offset = found[11] === undefined ? null : offsetMinutes(found[11]);
  if (Number.isNaN(offset)) return null;
  return {
    days: daysFromCivil(year, month, day),
    micros,
    isTruncated: /[1-9]/.test(written.slice(6)),
    offset,
  };
}

/** Returns true for a date that day-first and month-first readers read differently: `03/04/2013`. */
export function isAmbiguousDate(text: string): boolean {
  const found = /^(\d{1,2})([./-])(\d{1,2})\2(?:\d{4}|\d{2})(?!\d)/.exec(text);
  if (!found) return false;
  const [first, second] = [Number(found[1]), Number(found[3])];
  return first >= 1 && first <= 12 && second >= 1 && second <= 12 && first !== second;
}

/**
 * Returns days since 1970-01-01 of a Gregorian date (H. Hinnant, chrono-compatible low-level date
 * algorithms).
 */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

const iso =
  /^(?:(\d{4})-(\d{2})-(\d{2})|(\d{4})(\d{2})(\d{2}))(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)? ?([Zz]|UTC|[+-]\d{2}(?::?\d{2})?)?)?$/;

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function offsetMinutes(zone: string): number {
  if (!/^[+-]/.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || 0);
  if (hours > 18 || minutes > 59) return Number.NaN;
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes);
}
