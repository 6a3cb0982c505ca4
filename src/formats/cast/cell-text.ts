import type { Found } from '../../chunk/problem.js';
import { fromFloat16 } from '../../text/float16.js';
import { type ArrowArray, holdsValue } from './arrow-array.js';
import type { TimeUnit } from './arrow-type.js';

/** Returns a row's value for a problem: numbers and booleans as they are, others as text; null if missing. */
export function cellFound(array: ArrowArray, row: number): Found {
  if (!holdsValue(array, row)) return null;
  if (array.store === 'bits') return bitAt(array.bits, array.bitStart + row);
  if (array.store === 'codes') return cellFound(array.dictionary, array.codes[row]!);
  const { kind } = array.type;
  if (array.store === 'numbers' && (kind === 'int' || kind === 'float' || kind === 'duration')) {
    const value = array.values[row]!;
    return kind === 'float' && array.type.bits === 16 ? fromFloat16(Number(value)) : value;
  }
  return cellText(array, row);
}

/**
 * Returns the text of a present row in the form of a CSV file: shortest digits that read back as the same
 * number, exact decimals, ISO 8601 (with `Z` if the type has a zone), lists in brackets.
 */
export function cellText(array: ArrowArray, row: number): string {
  switch (array.store) {
    case 'nothing':
      return '';
    case 'bits':
      return String(bitAt(array.bits, array.bitStart + row));
    case 'codes':
      return cellText(array.dictionary, array.codes[row]!);
    case 'text':
      if (array.type.kind === 'decimal') return decimalText(unscaled(array, row), array.type.scale);
      return Buffer.from(array.bytes.buffer, array.bytes.byteOffset, array.bytes.byteLength).toString(
        'utf8',
        array.offsets[row]!,
        array.offsets[row + 1]!,
      );
    case 'fixed':
      if (array.type.kind === 'decimal') return decimalText(unscaled(array, row), array.type.scale);
      return uuidText(array.bytes.subarray(row * array.width, (row + 1) * array.width));
    case 'list': {
      const items: string[] = [];
      for (let i = array.starts[row]!; i < array.ends[row]!; i++) {
        items.push(holdsValue(array.items, i) ? cellText(array.items, i) : 'null');
      }
      return `[${items.join(', ')}]`;
    }
    case 'numbers':
      if (array.nanoseconds !== undefined) {
        const nanos = BigInt(array.values[row]!) * 1000n + BigInt(array.nanoseconds[row]!);
        return numberText(nanos, { ...array.type, unit: 'ns' } as ArrowArray['type']);
      }
      return numberText(array.values[row]!, array.type);
  }
}

/** Returns the unscaled whole number of a decimal row: the value times `10 ** scale`. */
export function unscaled(array: ArrowArray, row: number): bigint {
  if (array.type.kind !== 'decimal') throw new Error('only decimals have an unscaled number');
  if (array.store === 'numbers') return BigInt(array.values[row]!);
  if (array.store !== 'fixed' && array.store !== 'text')
    throw new Error('decimals are stored as numbers or bytes');
  const fixed = array.store === 'fixed';
  const start = fixed ? row * array.width : array.offsets[row]!;
  const end = fixed ? start + array.width : array.offsets[row + 1]!;
  if (start === end) return 0n;
  const { buffer, byteOffset } = array.bytes;
  if (!array.type.bytes.bigEndian && end - start === 16) {
    const view = new DataView(buffer, byteOffset + start, 16);
    return (view.getBigInt64(8, true) << 64n) | view.getBigUint64(0, true);
  }
  const bytes = Buffer.from(array.bytes.subarray(start, end));
  if (!array.type.bytes.bigEndian) bytes.reverse();
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex')}`));
}

/** Formats a decimal's digits with the point at its scale: `decimalText(-1250n, 2)` is `-12.50`. */
export function decimalText(whole: bigint, scale: number): string {
  if (scale <= 0) return String(whole * 10n ** BigInt(-scale));
  const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, '0');
  return `${whole < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function bitAt(bits: Uint8Array, bit: number): boolean {
  return (bits[bit >> 3]! & (1 << (bit & 7))) !== 0;
}

function numberText(value: number | bigint, type: ArrowArray['type']): string {
  switch (type.kind) {
    case 'float':
      if (Object.is(value, -0)) return '-0';
      if (type.bits === 16) return String(fromFloat16(Number(value)));
      return type.bits === 32 ? float32Text(Number(value)) : String(value);
    case 'decimal':
      return decimalText(BigInt(value), type.scale);
    case 'date':
      return isoDay(type.bits === 32 ? Number(value) : Math.floor(Number(value) / 86_400_000));
    case 'time':
      return timeOfDay(BigInt(value) * nanos[type.unit]);
    case 'timestamp': {
      const total = BigInt(value) * nanos[type.unit];
      const inDay = ((total % nanosPerDay) + nanosPerDay) % nanosPerDay;
      const day = Number((total - inDay) / nanosPerDay);
      return `${isoDay(day)}T${timeOfDay(inDay)}${type.zone === null ? '' : 'Z'}`;
    }
    default:
      return String(value);
  }
}

const nanos: Readonly<Record<TimeUnit, bigint>> = { s: 1_000_000_000n, ms: 1_000_000n, us: 1000n, ns: 1n };
const nanosPerDay = 86_400_000_000_000n;

function isoDay(days: number): string {
  const date = new Date(days * 86_400_000);
  return Number.isNaN(date.getTime()) ? `day ${days}` : date.toISOString().split('T')[0]!;
}

function timeOfDay(nanosOfDay: bigint): string {
  const seconds = Number(nanosOfDay / 1_000_000_000n);
  const fraction = String(nanosOfDay % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/(?:000){1,3}$/, '');
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const clock = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return fraction === '' ? clock : `${clock}.${fraction}`;
}

/** Returns the fewest digits that read back as the same 32-bit float. */
export function float32Text(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
