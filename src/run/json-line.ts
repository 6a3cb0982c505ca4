import { InvalidError } from '../errors.js';

const hint = 'give an array of objects, with the columns as keys';

/** Returns rows as JSON Lines. Throws `InvalidError` for anything but an array, otherwise like `jsonLine`. */
export function jsonLines(rows: unknown): string {
  if (!Array.isArray(rows))
    throw new InvalidError('not-a-row', `rows must be an array of objects, found ${shown(rows)}`, { hint });
  return `${rows.map(jsonLine).join('\n')}\n`;
}

/**
 * Returns a row as one line of JSON, as in a file of JSON Lines: whole numbers beyond 2^53 are bigints, NaN
 * and infinities are words, dates are ISO 8601 in UTC, a value of undefined is an absent key. Throws
 * `InvalidError` naming the row (`index`, from 0) and the key for anything else.
 */
function jsonLine(row: unknown, index: number): string {
  if (typeof row !== 'object' || row === null || Array.isArray(row) || ArrayBuffer.isView(row))
    throw refusal(index, null, shown(row), hint);
  const cells: string[] = [];
  for (const [key, value] of Object.entries(row)) {
    if (value === undefined) continue;
    const text = cellText(value);
    if (text === null)
      throw refusal(
        index,
        key,
        shown(value),
        'give a number, a text, true, false, a Date, an array of numbers or null',
      );
    cells.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${cells.join(',')}}`;
}

/** Returns null for values that JSON cannot hold. */
function cellText(value: unknown): string | null {
  switch (typeof value) {
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'string':
      return JSON.stringify(value);
    case 'object':
      return objectText(value);
    default:
      return null;
  }
}

function objectText(value: object | null): string | null {
  if (value instanceof Date && Number.isNaN(value.getTime())) return null;
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
    const items = Array.from(value as ArrayLike<unknown>, (item) => cellText(item ?? null));
    return items.includes(null) ? null : `[${items.join(',')}]`;
  }
  try {
    return JSON.stringify(value) ?? null;
  } catch {
    return null;
  }
}

function refusal(index: number, column: string | null, found: string, hint: string): InvalidError {
  const where = column === null ? 'an object' : `a JSON value in column "${column}"`;
  const details = { row: index + 1, hint, ...(column === null ? {} : { column }) };
  return new InvalidError('not-a-row', `row ${index + 1} must be ${where}, found ${found}`, details);
}

function shown(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  return value instanceof Date
    ? 'a Date without a time'
    : `an object of class ${value.constructor?.name ?? 'null'}`;
}
