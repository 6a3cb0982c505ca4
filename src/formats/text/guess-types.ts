import type { ColumnType, TextColumn } from '../../chunk/column.js';
import { isPresent } from '../../chunk/validity.js';
import { parseIso } from './parse-date.js';

/** Texts that mean a missing value in any column, for guessing types. */
export const usualNulls = ['', 'NA', 'N/A', 'null', 'NULL', 'NaN'];

/** A column's type suggested by its first cells, with some of them; `string` if there are none. */
interface TypeGuess {
  readonly type: ColumnType;
  /** Number of cells that are empty, or hold a text for a missing value. */
  readonly missing: number;
  /** The first few distinct values. */
  readonly samples: readonly string[];
}

const looked = 2000;
const longestNull = Math.max(...usualNulls.map((text) => text.length));

/**
 * Guesses a column's type from up to 2,000 filled cells: the narrowest that reads all exactly; numbers with
 * leading zeros are text.
 */
export function guessType(column: TextColumn, nulls: readonly string[] = usualNulls): TypeGuess {
  const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
  const mayBegin = firstBytes(nulls);
  const left = new Set(readers.map(([type]) => type));
  const samples = new Set<string>();
  let filled = 0;
  let missing = 0;
  for (let row = 0; row < column.length; row++) {
    if (!isPresent(column.validity, row)) {
      missing++;
      continue;
    }
    const start = column.offsets[row]!;
    const end = column.offsets[row + 1]!;
    const isDecided = filled >= looked;
    if (isDecided && (end - start > longestNull || (end > start && mayBegin[bytes[start]!] === 0))) continue;
    const text = bytes.toString('utf8', start, end);
    const trimmed = text.trim();
    if (nulls.includes(trimmed)) {
      missing++;
      continue;
    }
    filled++;
    if (isDecided) continue;
    if (samples.size < 5) samples.add(text.slice(0, 80));
    for (const [type, reads] of readers) if (left.has(type) && !reads(trimmed)) left.delete(type);
  }
  const type = filled === 0 ? 'string' : (readers.find(([each]) => left.has(each))?.[0] ?? 'string');
  return { type, missing, samples: [...samples] };
}

/** Returns true if every cell is missing, a null text, or of the type, as in `guessType`; tests all cells. */
export function areOfType(
  column: TextColumn,
  type: ColumnType,
  nulls: readonly string[] = usualNulls,
): boolean {
  const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
  const reads = readers.find(([each]) => each === type)?.[1];
  if (reads === undefined) return true;
  for (let row = 0; row < column.length; row++) {
    if (!isPresent(column.validity, row)) continue;
    const start = column.offsets[row]!;
    const end = column.offsets[row + 1]!;
    if (type === 'int64' && isShortInteger(bytes, start, end)) continue;
    const text = bytes.toString('utf8', start, end).trim();
    if (!nulls.includes(text) && !reads(text)) return false;
  }
  return true;
}

/** Returns true for up to 15 digits without a leading zero: most whole numbers, tested without a string. */
function isShortInteger(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > 15 || bytes[start] === zero) return false;
  for (let at = start; at < end; at++) if (bytes[at]! < zero || bytes[at]! > zero + 9) return false;
  return true;
}

const zero = 0x30;

/** Returns 1 for bytes that may begin a null text, even after blanks: this rules out most cells. */
function firstBytes(texts: readonly string[]): Uint8Array {
  const first = new Uint8Array(256);
  for (const text of [' ', '\t', '\r', '\n', ...texts]) if (text !== '') first[Buffer.from(text)[0]!] = 1;
  // Blanks beyond ASCII, which are trimmed too.
  for (const lead of [0x0b, 0x0c, 0xc2, 0xe1, 0xe2, 0xe3, 0xef]) first[lead] = 1;
  return first;
}

const float = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Counts digits before the exponent: a number with more than 17 is not the text of a float. */
function digitsOf(text: string): number {
  return text.replace(/[eE].*/, '').replace(/\D/g, '').length;
}

const readers: readonly (readonly [ColumnType, (text: string) => boolean])[] = [
  ['boolean', (text) => /^(?:true|false)$/i.test(text)],
  ['int64', (text) => /^[+-]?(?:0|[1-9]\d{0,17})$/.test(text)],
  ['float64', (text) => float.test(text) && digitsOf(text) <= 17],
  ['date', (text) => text.length === 10 && parseIso(text) !== null],
  ['timestamp', (text) => text.length >= 10 && parseIso(text) !== null],
];
