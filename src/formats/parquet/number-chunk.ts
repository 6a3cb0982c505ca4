import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { deltaBinaryPack } from 'hyparquet-writer/src/delta.js';
import type { BooleanColumn, NumberColumn } from '../../chunk/column.js';
import { countMissing } from '../../chunk/validity.js';
import { packedBytes, writeLoops } from '../../kernels/page-loops.js';
import { type ColumnPages, columnPages, statisticsOf } from './column-chunk.js';
import { type Presence, presenceOf } from './presence.js';
import { oneRun } from './run-lengths.js';

const plain = 0;
const deltaBinaryPacked = 5;
const rleDictionary = 8;

/**
 * Returns a column chunk of one data page (Encodings.md): floats and booleans PLAIN, whole numbers, dates and
 * times as DELTA_BINARY_PACKED, uncompressed: Snappy gains little on either. About 0.02 us a row.
 */
export function numberChunk(
  column: NumberColumn | BooleanColumn,
  rows: number,
  presence = presenceOf(rows),
): ColumnPages {
  const missing = countMissing(column.validity, rows);
  const encoded = encodeValues(column, presence, missing);
  const { physical, encoding, values, least, greatest } = encoded;
  return columnPages({
    physical,
    encoding,
    dictionary: null,
    data: [...presence.levels(missing === 0 ? null : column.validity), values],
    count: rows,
    statistics: statisticsOf(missing, least, greatest),
  });
}

/** Returns a column chunk of one dictionary number that all present rows repeat; null if they differ. */
export function repeatedChunk(
  column: NumberColumn | BooleanColumn,
  rows: number,
  presence = presenceOf(rows),
): ColumnPages | null {
  const missing = countMissing(column.validity, rows);
  if (column.type !== 'float64') return null;
  if (missing === rows) return numberChunk(column, rows, presence);
  const values = presence.values(column.values, column.validity, missing);
  if (!isOneNumber(values)) return null;
  const { physical, values: body, least, greatest } = encodeFloats(5, values.subarray(0, 1));
  return columnPages({
    physical,
    encoding: rleDictionary,
    dictionary: { body, count: 1 },
    data: [
      ...presence.levels(missing === 0 ? null : column.validity),
      Uint8Array.of(0),
      oneRun(0, values.length, 0),
    ],
    count: rows,
    statistics: statisticsOf(missing, least, greatest),
  });
}

function isOneNumber(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i++) if (!Object.is(values[i], values[0])) return false;
  return true;
}

interface EncodedValues {
  readonly physical: number;
  readonly encoding: number;
  readonly values: Uint8Array;
  /** The statistics' min_value and max_value, null if there is no value to compare. */
  readonly least: Uint8Array | null;
  readonly greatest: Uint8Array | null;
}

function encodeValues(
  column: NumberColumn | BooleanColumn,
  presence: Presence,
  missing: number,
): EncodedValues {
  switch (column.type) {
    case 'boolean':
      return encodeBooleans(presence.values(column.values, column.validity, missing));
    case 'int32':
    case 'date':
      return encodeInt32(presence.values(column.values, column.validity, missing));
    case 'int64':
    case 'timestamp':
      return encodeInt64(presence.values(column.values, column.validity, missing));
    case 'float32':
      return encodeFloats(4, presence.values(column.values, column.validity, missing));
    case 'float64':
      return encodeFloats(5, presence.values(column.values, column.validity, missing));
  }
}

function encodeBooleans(values: Uint8Array): EncodedValues {
  const bits = new Uint8Array((values.length + 7) >> 3);
  let ones = 0;
  for (let i = 0; i < values.length; i++) {
    bits[i >> 3]! |= values[i]! << (i & 7);
    ones += values[i]!;
  }
  const least = values.length === 0 ? null : Uint8Array.of(ones === values.length ? 1 : 0);
  const greatest = values.length === 0 ? null : Uint8Array.of(ones > 0 ? 1 : 0);
  return { physical: 0, encoding: plain, values: bits, least, greatest };
}

function encodeInt32(values: Int32Array): EncodedValues {
  const writer = new ByteWriter(values.byteLength + 64);
  deltaBinaryPack(writer, values, 'INT32');
  const [least, greatest] = spanOf(values);
  const bytesOf = (value: number) => new Uint8Array(Int32Array.of(value).buffer);
  const isEmpty = values.length === 0;
  return {
    physical: 1,
    encoding: deltaBinaryPacked,
    values: writer.getBytes(),
    least: isEmpty ? null : bytesOf(least),
    greatest: isEmpty ? null : bytesOf(greatest),
  };
}

function encodeInt64(values: BigInt64Array): EncodedValues {
  const encoded = { physical: 2, encoding: deltaBinaryPacked };
  const step = stepOf(values);
  if (step === null) return { ...encoded, ...packDeltas(values) };
  const bytesOf = (value: bigint) => new Uint8Array(BigInt64Array.of(value).buffer);
  const [first, last] = [values[0]!, values[values.length - 1]!];
  const [least, greatest] = step < 0 ? [last, first] : [first, last];
  const packed = encodeSteps(first, step, values.length);
  return { ...encoded, values: packed, least: bytesOf(least), greatest: bytesOf(greatest) };
}

/**
 * Returns the constant difference of consecutive values, as of row numbers; null if it varies, takes more
 * than 32 bits, or there are fewer than two.
 */
function stepOf(values: BigInt64Array): number | null {
  if (values.length < 2) return null;
  const { low, high } = halvesOf(values);
  const step = (high[3]! - high[1]!) * 4294967296 + (low[2]! - low[0]!);
  if (step !== (step | 0)) return null;
  for (let i = 4; i < low.length; i += 2) {
    if ((high[i + 1]! - high[i - 1]!) * 4294967296 + (low[i]! - low[i - 2]!) !== step) return null;
  }
  return step;
}

/** Writes blocks of 128 equal deltas in four miniblocks of width 0 (Encodings.md, "Delta Encoding"). */
function encodeSteps(first: bigint, step: number, count: number): Uint8Array {
  const head = new ByteWriter(64);
  head.appendVarInt(128);
  head.appendVarInt(4);
  head.appendVarInt(count);
  head.appendVarBigInt(zigZag(first));
  const block = new ByteWriter(16);
  block.appendVarBigInt(zigZag(BigInt(step)));
  block.appendUint32(0);
  const bytes = Buffer.alloc(head.index + Math.ceil((count - 1) / 128) * block.index);
  bytes.set(head.getBytes());
  return bytes.fill(block.getBytes(), head.index);
}

function zigZag(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
}

/** Views 64-bit values as halves: a BigInt per value would cost ten times as much. */
function halvesOf({ buffer, byteOffset, length }: BigInt64Array) {
  return {
    low: new Uint32Array(buffer, byteOffset, 2 * length),
    high: new Int32Array(buffer, byteOffset, 2 * length),
  };
}

/** Packs numbers with any differences in compiled loops. */
function packDeltas(values: BigInt64Array): Pick<EncodedValues, 'values' | 'least' | 'greatest'> {
  const { loops, memory, at } = writeLoops({
    numbers: values.byteLength,
    packed: packedBytes(values.length),
    span: 16,
  });
  memory.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at.numbers);
  loops.writeSpan(at.numbers, values.length, at.span);
  const end = loops.packDeltas(at.numbers, values.length, at.packed);
  const boundAt = (address: number) => (values.length === 0 ? null : memory.slice(address, address + 8));
  return {
    values: memory.slice(at.packed, end),
    least: boundAt(at.span),
    greatest: boundAt(at.span + 8),
  };
}

/** Encodes floats; statistics omit NaN, and a zero bound has the sign that covers both (ColumnOrder). */
function encodeFloats(physical: 4 | 5, values: Float32Array | Float64Array): EncodedValues {
  const [least, greatest] = spanOf(values);
  const bytesOf = (value: number) =>
    new Uint8Array((physical === 4 ? Float32Array : Float64Array).of(value).buffer);
  const isAnyThere = least <= greatest;
  return {
    physical,
    encoding: plain,
    values: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    least: isAnyThere ? bytesOf(least === 0 ? -0 : least) : null,
    greatest: isAnyThere ? bytesOf(greatest === 0 ? 0 : greatest) : null,
  };
}

/** Returns minimum and maximum of the values that are numbers; the first is above the second if none. */
function spanOf(values: Int32Array | Float32Array | Float64Array): [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return [least, greatest];
}
