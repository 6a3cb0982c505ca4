import type { ParseOptions, ReadColumn } from '../../chunk/read-plan.js';
import { instantOffset } from '../../text/time-zone.js';
import { isOwnSign } from './number-signs.js';
import { isAmbiguousDate, microsPerDay, parseIso } from './parse-date.js';
import { exactInteger, type PlainNumber, plainNumber } from './parse-number.js';
import { parseLayout, type WallTimeCode, zoneOffset } from './zoned-time.js';

/** Problems in reading one cell. */
export type CellCode =
  | 'unreadable'
  | 'overflow'
  | 'number-format'
  | 'number-ambiguous'
  | 'mixed-units'
  | 'date-ambiguous'
  | 'shortened'
  | WallTimeCode;

/**
 * By type: number (int32, date, floats), bigint (int64, timestamp), boolean, string, Float32Array
 * (list<float32>); chunk/column.ts has the units.
 */
export type CellValue = number | bigint | boolean | string | Float32Array;

/**
 * Result of reading a cell's text: a value, or missing (null); `code` says that it was repaired
 * (`number-format`, with its value), may be another number (`number-ambiguous`, with the likelier value) or
 * could not be read.
 */
export interface Cell {
  readonly value: CellValue | null;
  readonly code: CellCode | null;
}

/**
 * Reads one cell's text as the column's type, exactly: the reference for every faster path, and the fallback
 * for cells that a faster path skips. Columns with layouts need `loadDateLibrary` first. Returns strings
 * unchanged; compares null values without surrounding blanks; NaN is missing, and infinities are values of
 * the float types.
 */
export function parseCell(text: string, column: ReadColumn): Cell {
  const trimmed = text.trim();
  if (column.nullValues.includes(trimmed)) return missing;
  if (column.type !== 'string' && trimmed.length === 3 && /^nan$/i.test(trimmed)) return missing;
  switch (column.type) {
    case 'string':
      return { value: text, code: null };
    case 'boolean':
      return parseBoolean(trimmed, column);
    case 'float32':
    case 'float64':
      return parseFloating(trimmed, column);
    case 'int32':
    case 'int64':
      return parseInteger(trimmed, column);
    case 'date':
    case 'timestamp':
      return parseTime(trimmed, column);
    case 'list<float32>':
      return parseList(trimmed, column);
  }
}

const missing: Cell = { value: null, code: null };
const unreadable: Cell = { value: null, code: 'unreadable' };
const overflow: Cell = { value: null, code: 'overflow' };
const mixed: Cell = { value: null, code: 'mixed-units' };
const ambiguous: Cell = { value: null, code: 'date-ambiguous' };

function parseBoolean(text: string, { parse }: ReadColumn): Cell {
  const plain = plainNumber(text, parse.decimal);
  const word = plain === null ? text.toLowerCase() : String(Number(plain.text));
  const code = plain === null ? null : formatCode(text, plain, parse);
  if (parse.trueValues.some((value) => value.toLowerCase() === word)) return { value: true, code };
  if (parse.falseValues.some((value) => value.toLowerCase() === word)) return { value: false, code };
  return unreadable;
}

function parseFloating(text: string, { type, parse }: ReadColumn): Cell {
  const plain = plainNumber(text, parse.decimal);
  if (plain === null) {
    const value = wordNumbers.get(text.toLowerCase());
    return value === undefined ? unreadable : { value, code: null };
  }
  if (isMixed(plain, parse)) return mixed;
  const number = Number(plain.text);
  const value = type === 'float32' ? Math.fround(number) : number;
  if (!Number.isFinite(value)) return overflow;
  return { value, code: formatCode(text, plain, parse) };
}

/** Returns true if a number's sign, or its lack, leaves open whether it has its column's unit. */
function isMixed({ sign }: PlainNumber, { signs }: ParseOptions): boolean {
  return signs !== undefined && !isOwnSign(sign, signs);
}

/**
 * Returns the code of a number not written plainly: repaired if its thousands marks are certain, else
 * ambiguous.
 */
function formatCode(text: string, plain: PlainNumber, { decimal, grouping }: ParseOptions): CellCode | null {
  if (!plain.repaired) return null;
  if (grouping === 'certain') return 'number-format';
  const other = plainNumber(text, decimal === '.' ? ',' : '.');
  if (other === null) return 'number-format';
  const [taken, left] = [Math.abs(Number(plain.text)), Math.abs(Number(other.text))];
  if (taken === left) return 'number-format';
  if (grouping === 'doubtful') return 'number-ambiguous';
  const isInRange = (size: number): boolean => size >= grouping.from && size <= grouping.to;
  return isInRange(taken) && !isInRange(left) ? 'number-format' : 'number-ambiguous';
}

function parseInteger(text: string, { type, parse }: ReadColumn): Cell {
  const plain = plainNumber(text, parse.decimal);
  if (plain === null) {
    const value = wordNumbers.get(text.toLowerCase());
    if (value === undefined || !Number.isFinite(value)) return unreadable;
    return { value: type === 'int32' ? value : BigInt(value), code: null };
  }
  if (isMixed(plain, parse)) return mixed;
  const whole = exactInteger(plain.text);
  if (whole === null) return unreadable;
  if (whole === 'overflow') return overflow;
  const fits = type === 'int32' ? BigInt.asIntN(32, whole) === whole : BigInt.asIntN(64, whole) === whole;
  if (!fits) return overflow;
  return { value: type === 'int32' ? Number(whole) : whole, code: formatCode(text, plain, parse) };
}

/** Words for numbers: true and false are 1 and 0, because models take boolean columns as numbers. */
const wordNumbers: ReadonlyMap<string, number> = new Map([
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['+infinity', Number.POSITIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
  ['true', 1],
  ['false', 0],
]);

/**
 * Parses a time; a date is the day in the column's zone; a date read as a timestamp is its midnight there.
 */
function parseTime(text: string, { type, parse, exact }: ReadColumn): Cell {
  const readings = new Set<number | bigint | WallTimeCode>();
  let isCut = false;
  const isLost = (micros: number, isTruncated: boolean): boolean =>
    type === 'date' ? exact === 'all' && (micros !== 0 || isTruncated) : exact !== undefined && isTruncated;
  for (const layout of parse.layouts) {
    const read = parseLayout(text, layout);
    if (read === null) continue;
    isCut ||= isLost(read.micros, read.isTruncated);
    readings.add(toType(type, read.days, read.micros, read.absolute ? 0 : null, parse.zone));
  }
  if (readings.size > 1) return ambiguous;
  for (const reading of readings) return timeCell(reading, isCut);
  const written = parseIso(text);
  if (written === null) return isAmbiguousDate(text) ? ambiguous : unreadable;
  const { days, micros, offset, isTruncated } = written;
  return timeCell(toType(type, days, micros, offset, parse.zone), isLost(micros, isTruncated));
}

function timeCell(reading: number | bigint | WallTimeCode, isShortened: boolean): Cell {
  if (typeof reading === 'string') return { value: null, code: reading };
  return { value: reading, code: isShortened ? 'shortened' : null };
}

function toType(
  type: string,
  days: number,
  micros: number,
  offset: number | null,
  zone: string,
): number | bigint | WallTimeCode {
  if (offset === null) {
    if (type === 'date') return days;
    const ahead = zoneOffset(days * 86_400_000 + Math.floor(micros / 1000), zone);
    return typeof ahead === 'string' ? ahead : instant(days, micros, ahead);
  }
  const micro = instant(days, micros, offset);
  return type === 'date' ? dayOf(micro, zone) : micro;
}

/** Returns microseconds since 1970 UTC of a wall-clock time `offset` minutes ahead of UTC. */
function instant(days: number, micros: number, offset: number): bigint {
  return BigInt(days) * perDay + BigInt(micros) - BigInt(Math.round(offset * 60_000_000));
}

const perDay = BigInt(microsPerDay);

/** Returns the day since 1970-01-01 in a zone's calendar at an instant of microseconds since 1970 UTC. */
export function dayOf(micros: bigint, zone: string): number {
  if (zone === 'UTC') return Number((micros - (((micros % perDay) + perDay) % perDay)) / perDay);
  const millis = Number(micros) / 1000;
  return Math.floor((millis + instantOffset(millis, zone) * 60_000) / 86_400_000);
}

/** Parses numbers, bracketed or not, separated by comma, semicolon, bar or blank; empty items are NaN. */
function parseList(text: string, column: ReadColumn): Cell {
  const inner = /^\[(.*)\]$/s.exec(text)?.[1] ?? text;
  const body = inner.trim();
  if (body === '') return { value: new Float32Array(0), code: null };
  const separator = body.includes(';') ? ';' : body.includes('|') ? '|' : body.includes(',') ? ',' : /\s+/;
  const parts = body.split(separator);
  const items = new Float32Array(parts.length);
  let code: CellCode | null = null;
  for (const [i, part] of parts.entries()) {
    const word = part.trim().toLowerCase();
    const item =
      word === '' || word === 'null'
        ? missing
        : parseCell(word, { ...column, type: 'float32', nullValues: [] });
    if (item.value === null && item.code !== null) return item;
    code ??= item.code;
    items[i] = item.value === null ? Number.NaN : (item.value as number);
  }
  return { value: items, code };
}
