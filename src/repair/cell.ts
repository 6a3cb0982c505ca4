import type { Column, ColumnType } from '../chunk/column.js';
import type { Found } from '../chunk/problem.js';
import { shortestFloat32 } from '../chunk/shortest-float.js';
import { isPresent } from '../chunk/validity.js';
import { badContract } from './bad-contract.js';
import type { Fill, Value } from './contract.js';

/**
 * A present cell as stored: number (int32, date, floats, 0 or 1), bigint (int64, timestamp), string, vector.
 */
export type Stored = number | bigint | string | Float32Array;

/** Returns a cell for people: null if missing, times as ISO 8601, vectors as at most 8 items. */
export function cellAt(column: Column, row: number): Found {
  if (!isPresent(column.validity, row)) return null;
  if (column.type === 'string') {
    if (column.layout === 'dictionary') return column.dictionary[column.codes[row]!] ?? null;
    return textAt(column.bytes, column.offsets[row]!, column.offsets[row + 1]!);
  }
  if (column.type === 'list<float32>') {
    return showStored(column.type, column.items.subarray(column.offsets[row]!, column.offsets[row + 1]!));
  }
  return showStored(column.type, column.values[row]!);
}

/** Formats a stored value for people. */
export function showStored(type: ColumnType, value: Stored): Found {
  if (value instanceof Float32Array) {
    return `[${[...value.subarray(0, 8)].map(shortestFloat32).join(', ')}${value.length > 8 ? ', …' : ''}]`;
  }
  if (type === 'boolean') return value !== 0;
  if (type === 'date') return isoDate(Number(value)) ?? value;
  if (type === 'timestamp') return isoTimestamp(BigInt(value)) ?? value;
  return type === 'float32' ? shortestFloat32(Number(value)) : value;
}

/** Parses a text of `showStored` back to the stored value; returns the text for a type without an inverse. */
export function storedOf(type: ColumnType, text: string): Stored {
  if (type === 'boolean') return text === 'true' ? 1 : 0;
  if (type === 'int64') return /^-?\d+$/.test(text) ? BigInt(text) : text;
  if (type === 'float32') return Math.fround(Number(text));
  if (type === 'date') return Date.parse(text) / 86_400_000;
  return type === 'int32' || type === 'float64' ? Number(text) : text;
}

/** Converts a value of the contract to the stored form of `type`; throws `InvalidError`. */
export function storedValue(type: ColumnType, value: Value, column: string, option: string): Stored {
  const stored = toStored(type, value);
  if (stored === null) {
    throw badContract(
      column,
      option,
      `must be a value of type ${type}, found ${String(value)}`,
      `write a ${type}, or change the column's "type"`,
    );
  }
  return stored;
}

/** Returns the stored fill value of a policy, or null for another policy. */
export function fillOf(
  type: ColumnType,
  policy: Fill | { readonly kind: string },
  column: string,
  option: string,
): Stored | null {
  return 'value' in policy ? storedValue(type, policy.value, column, option) : null;
}

/** Decodes UTF-8 bytes `[start, end)`; bad bytes become U+FFFD. */
export function textAt(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

function toStored(type: ColumnType, value: Value): Stored | null {
  switch (type) {
    case 'int32':
    case 'date':
      return typeof value === 'number' && (value | 0) === value ? value : null;
    case 'int64':
    case 'timestamp':
      if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : null;
      return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : null;
    case 'float32':
      return typeof value === 'number' || typeof value === 'bigint' ? Math.fround(Number(value)) : null;
    case 'float64':
      return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null;
    case 'boolean':
      return typeof value === 'boolean' ? Number(value) : null;
    case 'string':
      return typeof value === 'string' ? value : null;
    case 'list<float32>':
      return Array.isArray(value) ? Float32Array.from(value as readonly number[]) : null;
  }
}

function isoDate(days: number): string | null {
  const date = new Date(days * 86_400_000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace(/T.*/, '');
}

function isoTimestamp(micros: bigint): string | null {
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const date = new Date(Number((micros - rest) / 1000n));
  if (Number.isNaN(date.getTime())) return null;
  const seconds = date.toISOString().replace(/\.\d+Z$/, '');
  return rest === 0n ? `${seconds}Z` : `${seconds}.${String(rest).padStart(6, '0').replace(/0+$/, '')}Z`;
}
