import type { Int32Column, Int64Column } from '../../chunk/column.js';
import { isPresent } from '../../chunk/validity.js';
import { dayOf } from '../text/parse-cell.js';
import { zoneOffset } from '../text/zoned-time.js';
import { type ArrowArray, valueType } from './arrow-array.js';
import type { ArrowType } from './arrow-type.js';
import type { CastMemory } from './cast-memory.js';
import { numbersOf } from './cast-number.js';
import { cellFound } from './cell-text.js';
import { fillMissing, miss, presenceOf } from './presence.js';

/** Casts dates to days since 1970; a timestamp's day is in the column's zone, or its own without a zone. */
export function castDate(array: ArrowArray, memory: CastMemory): Int32Column {
  const { length } = array;
  const { zone } = memory.column.parse;
  const presence = presenceOf(array, memory.scratch);
  const values = memory.scratch.int32(length);
  const type = valueType(array);
  const source = numbersOf(array);
  if (source instanceof Int32Array) values.set(source);
  else {
    const { multiply, divide, local } = microsOf(type);
    const isExact = memory.column.exact === 'all';
    const isFiner = finerThanMicros(array);
    for (let row = 0; row < length; row++) {
      if (!isPresent(presence.bits, row)) continue;
      const micros = floorDivide(BigInt(source[row]!) * multiply, divide);
      const day = dayOf(micros, local ? 'UTC' : zone);
      values[row] = day;
      if (values[row] === day) {
        if (isExact && (!local || micros % 86_400_000_000n !== 0n || isFiner?.(row)))
          memory.note('shortened', row, cellFound(array, row));
        continue;
      }
      memory.note('overflow', row, cellFound(array, row));
      miss(presence, row, memory.scratch, length);
    }
  }
  fillMissing(values, presence, 0);
  return { type: 'date', length, values, validity: presence.bits };
}

/**
 * Casts timestamps to microseconds since 1970 UTC, truncating finer ones (`shortened` where they must be
 * kept); one without a zone, and a date's midnight, is wall-clock time in the column's zone.
 */
export function castTimestamp(array: ArrowArray, memory: CastMemory): Int64Column {
  const { length } = array;
  const { zone } = memory.column.parse;
  const presence = presenceOf(array, memory.scratch);
  const values = memory.scratch.int64(length);
  const source = numbersOf(array);
  const { multiply, divide, local } = microsOf(valueType(array));
  const inZone = local && zone !== 'UTC';
  const isExact = memory.column.exact !== undefined;
  const isFiner = finerThanMicros(array);
  if (multiply === 1n && divide === 1n && source instanceof BigInt64Array && !inZone && isFiner === null)
    values.set(source);
  else {
    for (let row = 0; row < length; row++) {
      if (!isPresent(presence.bits, row)) continue;
      const ticks = BigInt(source[row]!);
      if (isExact && (ticks % divide !== 0n || isFiner?.(row)))
        memory.note('shortened', row, cellFound(array, row));
      let micros = floorDivide(ticks * multiply, divide);
      const ahead = inZone ? zoneOffset(Number(micros) / 1000, zone) : 0;
      if (typeof ahead === 'number') {
        micros -= BigInt(Math.round(ahead * 60_000_000));
        values[row] = micros;
        if (values[row] === micros) continue;
      }
      memory.note(typeof ahead === 'string' ? ahead : 'overflow', row, cellFound(array, row));
      miss(presence, row, memory.scratch, length);
    }
  }
  fillMissing(values, presence, 0n);
  return { type: 'timestamp', length, values, validity: presence.bits };
}

/** Returns a test for rows with nanoseconds beyond their microseconds; null if no row has any. */
function finerThanMicros(array: ArrowArray): ((row: number) => boolean) | null {
  const nanoseconds = array.store === 'numbers' ? array.nanoseconds : undefined;
  return nanoseconds === undefined ? null : (row) => nanoseconds[row] !== 0;
}

/** Returns how a type's numbers become microseconds, and whether they are wall-clock time. */
function microsOf(type: ArrowType): { multiply: bigint; divide: bigint; local: boolean } {
  if (type.kind === 'date') {
    return { multiply: type.bits === 32 ? 86_400_000_000n : 1000n, divide: 1n, local: true };
  }
  if (type.kind !== 'timestamp') return { multiply: 1n, divide: 1n, local: true };
  const multiply = type.unit === 's' ? 1_000_000n : type.unit === 'ms' ? 1000n : 1n;
  return { multiply, divide: type.unit === 'ns' ? 1000n : 1n, local: type.zone === null };
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  if (divisor === 1n) return value;
  const quotient = value / divisor;
  return value < 0n && quotient * divisor !== value ? quotient - 1n : quotient;
}
