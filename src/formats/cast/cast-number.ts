import type { Float32Column, Float64Column, Int32Column, Int64Column } from '../../chunk/column.js';
import { isPresent } from '../../chunk/validity.js';
import { fromFloat16 } from '../../text/float16.js';
import { parseCell } from '../text/parse-cell.js';
import { plainNumber } from '../text/parse-number.js';
import { type ArrowArray, holdsValue, type Numbers } from './arrow-array.js';
import type { CastMemory } from './cast-memory.js';
import { cellFound, decimalText, unscaled } from './cell-text.js';
import { noteShortened } from './note-shortened.js';
import { fillMissing, miss, type Presence, presenceOf } from './presence.js';

/**
 * Casts numbers to 32- or 64-bit floats, NaN if missing; NaN itself is missing unless the column must keep
 * `all`, and a number beyond the largest float is an overflow.
 */
export function castFloat(
  array: ArrowArray,
  type: 'float32' | 'float64',
  memory: CastMemory,
): Float32Column | Float64Column {
  const { length } = array;
  const presence = presenceOf(array, memory.scratch);
  const source = numbersOf(array);
  const values = type === 'float32' ? memory.scratch.float32(length) : memory.scratch.float64(length);
  const keepsNaN = memory.column.exact === 'all';
  floatsInto(source, values);
  // Whole numbers of 64 bits are all below the largest float.
  const mayOverflow = source instanceof Float64Array || source instanceof Float32Array;
  const end = mayOverflow ? length : 0;
  for (let row = nextUnbound(values, 0, end); row < end; row = nextUnbound(values, row + 1, end)) {
    if (!isPresent(presence.bits, row)) continue;
    const exact = Number(source[row]!);
    if (Number.isNaN(exact)) {
      if (!keepsNaN) miss(presence, row, memory.scratch, length);
    } else if (Number.isFinite(exact)) fail('overflow', array, row, presence, memory);
  }
  noteShortened(array, source, values, presence, memory);
  missNullNumbers(values, array, presence, memory);
  fillMissing(values, presence, Number.NaN);
  return { type, length, values, validity: presence.bits } as Float32Column | Float64Column;
}

/** Returns the first of the rows `[row, end)` whose value is infinite or NaN, or `end`. */
function nextUnbound(values: Float32Array | Float64Array, row: number, end: number): number {
  let next = row;
  while (next < end && values[next]! - values[next]! === 0) next++;
  return next;
}

/** Casts to 32-bit whole numbers; fractions are unreadable. */
export function castInt32(array: ArrowArray, memory: CastMemory): Int32Column {
  const { length } = array;
  const presence = presenceOf(array, memory.scratch);
  const values = memory.scratch.int32(length);
  const source = array.type.kind === 'decimal' ? wholeDecimals(array, presence, memory) : numbersOf(array);
  if (source instanceof BigInt64Array || source instanceof BigUint64Array) {
    const words = new Int32Array(source.buffer, source.byteOffset, 2 * length);
    const signed = source instanceof BigInt64Array;
    for (let row = 0; row < length; row++) {
      const low = words[2 * row]!;
      values[row] = low;
      const high = words[2 * row + 1]!;
      if ((high !== low >> 31 || (!signed && high !== 0)) && isPresent(presence.bits, row)) {
        fail('overflow', array, row, presence, memory);
      }
    }
  } else if (
    source instanceof Float64Array ||
    source instanceof Float32Array ||
    source instanceof Uint32Array
  ) {
    for (let row = 0; row < length; row++) {
      const value = source[row]!;
      const whole = value | 0;
      values[row] = whole;
      if (whole !== value && isPresent(presence.bits, row)) failWhole(value, array, row, presence, memory);
    }
  } else values.set(source);
  missNullNumbers(values, array, presence, memory);
  fillMissing(values, presence, 0);
  return { type: 'int32', length, values, validity: presence.bits };
}

/** Casts to 64-bit whole numbers, exact; fractions are unreadable. */
export function castInt64(array: ArrowArray, memory: CastMemory): Int64Column {
  const { length } = array;
  const presence = presenceOf(array, memory.scratch);
  const values = memory.scratch.int64(length);
  const source = array.type.kind === 'decimal' ? wholeDecimals(array, presence, memory) : numbersOf(array);
  if (source instanceof BigInt64Array) values.set(source);
  else if (source instanceof BigUint64Array) {
    values.set(new BigInt64Array(source.buffer, source.byteOffset, length));
    for (let row = 0; row < length; row++) {
      if (values[row]! < 0n && isPresent(presence.bits, row)) fail('overflow', array, row, presence, memory);
    }
  } else {
    const words = new Int32Array(values.buffer, values.byteOffset, 2 * length);
    for (let row = 0; row < length; row++) {
      const value = source[row]!;
      const high = Math.floor(value / 4294967296);
      words[2 * row] = value - high * 4294967296;
      words[2 * row + 1] = high;
      if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) continue;
      if (isPresent(presence.bits, row)) failWhole(value, array, row, presence, memory);
    }
  }
  missNullNumbers(values, array, presence, memory);
  fillMissing(values, presence, 0n);
  return { type: 'int64', length, values, validity: presence.bits };
}

/** Returns a number column's rows as one typed array: looks up codes; widens bits, float16 and decimals. */
export function numbersOf(array: ArrowArray): Numbers {
  switch (array.store) {
    case 'nothing':
      return new Int32Array(array.length);
    case 'codes':
      return gather(numbersOf(array.dictionary), array.codes);
    case 'bits': {
      const values = new Uint8Array(array.length);
      for (let row = 0; row < array.length; row++) {
        const bit = array.bitStart + row;
        values[row] = (array.bits[bit >> 3]! >> (bit & 7)) & 1;
      }
      return values;
    }
    case 'numbers':
      if (array.type.kind === 'decimal') return decimalFloats(array);
      if (array.type.kind === 'float' && array.type.bits === 16)
        return halvesToFloat32(array.values as Uint16Array);
      return array.values;
    case 'fixed':
    case 'text':
      return decimalFloats(array);
    case 'list':
      throw new Error('lists are not numbers');
  }
}

/**
 * Converts numbers to floats, rounding once; 64-bit whole numbers from two words (`high * 2 ** 32` is exact).
 */
export function floatsInto(source: Numbers, floats: Float32Array | Float64Array): void {
  if (!(source instanceof BigInt64Array || source instanceof BigUint64Array)) {
    floats.set(source);
    return;
  }
  const low = new Uint32Array(source.buffer, source.byteOffset, 2 * source.length);
  const high =
    source instanceof BigInt64Array ? new Int32Array(source.buffer, source.byteOffset, low.length) : low;
  for (let row = 0; row < source.length; row++) {
    floats[row] = high[2 * row + 1]! * 4294967296 + low[2 * row]!;
  }
}

/** Converts decimals to the nearest doubles: divides if both sides are exact, else parses their digits. */
function decimalFloats(array: ArrowArray): Float64Array {
  const floats = new Float64Array(array.length);
  if (array.type.kind !== 'decimal') throw new Error('only decimals are scaled');
  const { scale } = array.type;
  const divisor = 10 ** scale;
  for (let row = 0; row < array.length; row++) {
    if (!holdsValue(array, row)) continue;
    const whole = unscaled(array, row);
    const number = Number(whole);
    const exact = Number.isSafeInteger(number) && scale >= 0 && scale <= 22;
    floats[row] = exact ? number / divisor : Number(decimalText(whole, scale));
  }
  return floats;
}

/** Converts decimals to int64; those with a fraction or beyond 64 bits are recorded and missing. */
function wholeDecimals(array: ArrowArray, presence: Presence, memory: CastMemory): BigInt64Array {
  const whole = new BigInt64Array(array.length);
  for (let row = 0; row < array.length; row++) {
    if (!isPresent(presence.bits, row)) continue;
    const source = array.store === 'codes' ? array.dictionary : array;
    if (source.type.kind !== 'decimal') throw new Error('only decimals are scaled');
    const digits = unscaled(source, array.store === 'codes' ? array.codes[row]! : row);
    const unit = 10n ** BigInt(Math.abs(source.type.scale));
    const value = source.type.scale >= 0 ? digits / unit : digits * unit;
    if (source.type.scale > 0 && digits % unit !== 0n) fail('unreadable', array, row, presence, memory);
    else if (BigInt.asIntN(64, value) !== value) fail('overflow', array, row, presence, memory);
    else whole[row] = value;
  }
  return whole;
}

function gather(values: Numbers, codes: Int32Array): Numbers {
  const gathered = new (values.constructor as new (length: number) => Numbers)(codes.length);
  for (let row = 0; row < codes.length; row++) gathered[row] = values[codes[row]!] ?? gathered[row]!;
  return gathered;
}

function failWhole(
  value: number,
  array: ArrowArray,
  row: number,
  presence: Presence,
  memory: CastMemory,
): void {
  if (Number.isNaN(value)) miss(presence, row, memory.scratch, array.length);
  else fail(Number.isInteger(value) ? 'overflow' : 'unreadable', array, row, presence, memory);
}

function fail(
  code: 'unreadable' | 'overflow',
  array: ArrowArray,
  row: number,
  presence: Presence,
  memory: CastMemory,
): void {
  memory.note(code, row, cellFound(array, row));
  miss(presence, row, memory.scratch, array.length);
}

/** Applies null values that are numbers: `-999` also means the number -999. Booleans have no null texts. */
function missNullNumbers(
  values: Exclude<Numbers, BigUint64Array>,
  array: ArrowArray,
  presence: Presence,
  { column, scratch }: CastMemory,
): void {
  if (array.store === 'bits') return;
  for (const text of column.nullValues) {
    if (plainNumber(text, column.parse.decimal) === null) continue;
    const { value } = parseCell(text, { ...column, nullValues: [] });
    if (value === null) continue;
    for (
      let row = values.indexOf(value as never);
      row !== -1;
      row = values.indexOf(value as never, row + 1)
    ) {
      miss(presence, row, scratch, values.length);
    }
  }
}

/** Converts 16-bit floats to 32-bit floats, which hold each of them exactly. */
function halvesToFloat32(bits: ArrayLike<number>): Float32Array {
  const floats = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) floats[i] = fromFloat16(bits[i]!);
  return floats;
}
