import type { ColumnType } from '../chunk/column.js';
import type { Value } from './job.js';

/** Converts `written` to the units of a column of `type` (see `Value`); null if it is not of that type. */
export function valueOfType(written: Value, type: ColumnType): Value | null {
  switch (type) {
    case 'int32':
      return typeof written === 'number' && Number.isInteger(written) && written === (written | 0)
        ? written
        : null;
    case 'int64':
      return wholeNumber(written);
    case 'float32':
    case 'float64':
      return typeof written === 'bigint' ? Number(written) : typeof written === 'number' ? written : null;
    case 'boolean':
      return typeof written === 'boolean' ? written : null;
    case 'string':
      return typeof written === 'string' ? written : null;
    case 'date':
      return typeof written === 'string' && isoDate.test(written) ? daysOf(written) : null;
    case 'timestamp':
      return typeof written === 'string' ? microsecondsOf(written) : null;
    case 'list<float32>':
      return Array.isArray(written) ? written : null;
  }
}

/** Describes how a value of `type` is written in a job file, for messages. */
export function showType(type: ColumnType): string {
  return descriptions[type];
}

const descriptions: Readonly<Record<ColumnType, string>> = {
  int32: 'a whole number of 32 bits',
  int64: 'a whole number of 64 bits',
  float32: 'a number',
  float64: 'a number',
  boolean: 'true or false',
  string: 'text',
  date: 'a date such as "2013-01-04"',
  timestamp: 'a timestamp such as "2013-01-04T06:00:00Z"',
  'list<float32>': 'a list of numbers',
};

const isoDate = /^(\d{4})-(\d{2})-(\d{2})$/;
const isoTimestamp =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,6}))?(Z|[+-]\d{2}:\d{2})?)?$/;

function wholeNumber(written: Value): bigint | null {
  if (typeof written === 'bigint') return BigInt.asIntN(64, written) === written ? written : null;
  return typeof written === 'number' && Number.isSafeInteger(written) ? BigInt(written) : null;
}

function daysOf(text: string): number | null {
  const instant = Date.parse(`${text}T00:00:00Z`);
  // Date.parse accepts February 30 as March 2.
  return Number.isNaN(instant) || !new Date(instant).toISOString().startsWith(text)
    ? null
    : instant / 86_400_000;
}

function microsecondsOf(text: string): bigint | null {
  const parts = isoTimestamp.exec(text);
  if (parts === null || daysOf(parts[1]!) === null) return null;
  const instant = Date.parse(`${parts[1]}T${parts[2] ?? '00:00'}${parts[4] ?? 'Z'}`);
  return Number.isNaN(instant) ? null : BigInt(instant) * 1000n + BigInt((parts[3] ?? '').padEnd(6, '0'));
}
