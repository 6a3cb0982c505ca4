import { EXACT_TIMES, LOCAL_IS_UTC, NULLS_FIRST } from '../layout';
import { flags, IS_ABSENT, IS_MISSING, IS_SLOW, isNull, isQuoted, markEmpty, trimEnd, trimStart } from './cell';

const MICROS_PER_DAY: i64 = 86400000000;
const NOT_A_TIME: i64 = i64.MIN_VALUE;

/** Returns the number of two digits, or more than 99 if they are not digits. */
// @ts-ignore: decorator
@inline
function twoDigits(at: usize): u32 {
  const tens = <u32>load<u8>(at) - 48;
  const ones = <u32>load<u8>(at, 1) - 48;
  return tens > 9 || ones > 9 ? 1000 : tens * 10 + ones;
}

/** H. Hinnant, "chrono-compatible low-level date algorithms", for years from 0. */
// @ts-ignore: decorator
@inline
function daysFromCivil(year: i32, month: i32, day: i32): i32 {
  const shifted = year + 400 - i32(month <= 2);
  const era = <u32>shifted / 400;
  const yearOfEra = <u32>shifted % 400;
  const dayOfYear = <u32>(153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + <u32>day - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  return <i32>(era * 146097 + dayOfEra) - 719468 - 146097;
}

// @ts-ignore: decorator
@inline
function daysInMonth(year: i32, month: i32): i32 {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);
}

/** Returns the days of `2013-01-04`, or a number that no date has. */
const NOT_A_DATE: i32 = i32.MIN_VALUE;

// @ts-ignore: decorator
@inline
function readDate(at: usize): i32 {
  if (load<u8>(at, 4) != 45 || load<u8>(at, 7) != 45) return NOT_A_DATE;
  const century = twoDigits(at);
  const years = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  if (max(century, years) > 99 || month - 1 > 11 || day - 1 > 30) return NOT_A_DATE;
  const year = <i32>(century * 100 + years);
  if (<i32>day > daysInMonth(year, <i32>month)) return NOT_A_DATE;
  return daysFromCivil(year, <i32>month, <i32>day);
}

/** True if the last time read had a zone. */
let zoned = false;

/** Returns microseconds since 1970 (UTC with a zone); `plain/times.ts` lists the accepted forms. */
function readTime(start: usize, end: usize): i64 {
  if (end - start < 10) return NOT_A_TIME;
  const days = readDate(start);
  if (days == NOT_A_DATE) return NOT_A_TIME;
  zoned = false;
  const midnight = <i64>days * MICROS_PER_DAY;
  if (end - start == 10) return midnight;
  const gap = load<u8>(start, 10);
  if (end - start < 16 || (gap != 84 && gap != 32) || load<u8>(start, 13) != 58) return NOT_A_TIME;
  const hours = twoDigits(start + 11);
  const minutes = twoDigits(start + 14);
  if (hours > 23 || minutes > 59) return NOT_A_TIME;
  let micros = <i64>(hours * 60 + minutes) * 60000000;
  let at = start + 16;
  if (at < end && load<u8>(at) == 58) {
    const seconds = at + 3 <= end ? twoDigits(at + 1) : 1000;
    if (seconds > 59) return NOT_A_TIME;
    micros += <i64>seconds * 1000000;
    at += 3;
    if (at < end && load<u8>(at) == 46) {
      const first = ++at;
      let scale: u32 = 100000;
      for (; at < end; at++) {
        const digit = <u32>load<u8>(at) - 48;
        if (digit > 9) break;
        if (scale == 0 && digit != 0 && (flags & EXACT_TIMES) != 0) return NOT_A_TIME;
        micros += <i64>(digit * scale);
        scale /= 10;
      }
      if (at == first || at > first + 9) return NOT_A_TIME;
    }
  }
  if (at == end) return midnight + micros;
  zoned = true;
  const sign = load<u8>(at);
  if (sign == 90) return at + 1 == end ? midnight + micros : NOT_A_TIME;
  const length = end - at;
  if ((sign != 43 && sign != 45) || (length != 3 && length != 5 && length != 6)) return NOT_A_TIME;
  if (length == 6 && load<u8>(at, 3) != 58) return NOT_A_TIME;
  const zoneHours = twoDigits(at + 1);
  const zoneMinutes = length == 3 ? 0 : twoDigits(end - 2);
  if (zoneHours > 18 || zoneMinutes > 59) return NOT_A_TIME;
  const offset = <i64>(zoneHours * 60 + zoneMinutes) * 60000000;
  return midnight + micros + (sign == 45 ? offset : -offset);
}

/** Reads a trimmed span as days (i32) or microseconds (i64) and stores it. */
// @ts-ignore: decorator
@inline
function storeTime<T>(start: usize, end: usize, value: usize): bool {
  if (sizeof<T>() == 4 && end - start != 10 && (flags & EXACT_TIMES) != 0) return false;
  const micros = readTime(start, end);
  if (micros == NOT_A_TIME) return false;
  const inUtc = (flags & LOCAL_IS_UTC) != 0;
  if (sizeof<T>() == 4) {
    if (zoned && !inUtc) return false;
    const days = micros / MICROS_PER_DAY;
    store<T>(value, <T>(days - i64(days * MICROS_PER_DAY > micros)));
  } else {
    if (!zoned && !inUtc) return false;
    store<T>(value, <T>micros);
  }
  return true;
}

// @ts-ignore: decorator
@inline
function times<T>(
  starts: usize,
  startStride: usize,
  ends: usize,
  endStride: usize,
  from: usize,
  to: usize,
  values: usize,
  validity: usize,
  slow: usize,
): void {
  const nullsFirst = (flags & NULLS_FIRST) != 0;
  const plainDates = sizeof<T>() == 4 && !nullsFirst;
  let startAt = starts + from * startStride;
  let endAt = ends + from * endStride;
  let value = values + from * sizeof<T>();
  for (let row = from; row < to; row++, value += sizeof<T>()) {
    let start = <usize>(load<u32>(startAt) + 1);
    let end = <usize>load<u32>(endAt);
    startAt += startStride;
    endAt += endStride;
    if (plainDates && end - start == 10) {
      const days = readDate(start);
      if (days != NOT_A_DATE) {
        store<T>(value, <T>days);
        continue;
      }
    }
    let outcome = IS_ABSENT;
    if (<i32>end >= <i32>start) {
      if (isQuoted(start, end)) {
        start++;
        end--;
      }
      start = trimStart(start, end);
      end = trimEnd(start, end);
      const isEmpty = start == end;
      if ((isEmpty || nullsFirst) && isNull(start, end)) outcome = IS_MISSING;
      else if (!isEmpty && storeTime<T>(start, end, value)) continue;
      else outcome = isNull(start, end) ? IS_MISSING : IS_SLOW;
    }
    store<T>(value, 0);
    markEmpty(outcome, row, validity, slow);
  }
}

export function date(starts: usize, startStride: usize, ends: usize, endStride: usize, from: usize, to: usize, values: usize, validity: usize, slow: usize): void {
  times<i32>(starts, startStride, ends, endStride, from, to, values, validity, slow);
}

export function timestamp(starts: usize, startStride: usize, ends: usize, endStride: usize, from: usize, to: usize, values: usize, validity: usize, slow: usize): void {
  times<i64>(starts, startStride, ends, endStride, from, to, values, validity, slow);
}
